"""The table of jobs: a page of it, what is told beside it, and what a browser has seen of that."""

import dataclasses
import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from django.http import QueryDict
from django.utils import timezone

from faces.models import FaceSettings
from ingestion.gather.lists import listed, listed_counts, open_jobs
from ingestion.gather.queries import Gathering, as_gatherings, of_kinds
from ingestion.models import Job
from ingestion.uploads_page import looks
from ingestion.uploads_page.paging import Pages, pages_of
from ingestion.uploads_page.reads import Row, rows_of, state_of, version_of

PAGE_SIZE: Final = 50
# Jobs that a page follows, of whose ends it tells: those whose turn comes first.
MOST_FOLLOWED: Final = 40
# Of what a row shows; a row that is taken for unchanged by chance stands still until it changes.
_DIGITS: Final = 8
_MINUTE_S, _HOUR_S = 60, 3600


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What a browser shows already, by the versions that came with it."""

    parts: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    @classmethod
    def of_query(cls, query: QueryDict) -> "Seen":
        """Return what the browser says; nothing where it says nothing."""
        parts = tuple(query.get("seen", "").split("."))
        return cls(parts, tuple(query.get("rows", "").split(".")))


@dataclasses.dataclass(frozen=True)
class Table:
    """A page of the table.

    Attributes:
        going: jobs that go on by themselves, on whatever page; those whose turn is first.
        ended: jobs that the browser followed, and that go on no more.
    """

    rows: Sequence[Row]
    pages: Pages
    totals: Sequence[looks.Chip]
    going: Sequence[Gathering]
    ended: Sequence[Gathering]
    has_faces: bool

    @property
    def poll_s(self) -> int | None:
        """Return how soon to ask again; None once nothing goes on by itself."""
        return looks.poll_s(self.going)

    @property
    def followed(self) -> str:
        """Return the keys of what goes on, for the next question."""
        return ",".join(each.job.pk.hex for each in self.going)

    @cached_property
    def row_versions(self) -> tuple[str, ...]:
        """Return what changes with each row."""
        return tuple(_short(_shown(row)) for row in self.rows)

    @cached_property
    def parts(self) -> tuple[str, str, str]:
        """Return what changes with the list of rows, with the totals, and with the polling."""
        keys = [row.found.job.pk for row in self.rows]
        of_list = _short((keys, self.pages.number, self.pages.last))
        of_totals = _short((self.totals, self.has_faces, bool(keys)))
        return of_list, of_totals, _short((self.poll_s, self.followed))

    @property
    def seen(self) -> str:
        """Return what the next question says of what is shown, but for the rows."""
        return ".".join(self.parts)

    @property
    def rows_seen(self) -> str:
        """Return the same of the rows."""
        return ".".join(self.row_versions)

    def has_news(self, seen: Seen) -> bool:
        """Return whether anything is to be shown anew."""
        return seen.parts != self.parts or seen.rows != tuple(self.rows_seen.split("."))

    def has_other_rows(self, seen: Seen) -> bool:
        """Return whether rows came or went, so that the whole list is to be shown anew."""
        return seen.parts[:1] != self.parts[:1]

    def has_other_totals(self, seen: Seen) -> bool:
        """Return whether the figures above the list changed."""
        return seen.parts[1:2] != self.parts[1:2]

    def changed_rows(self, seen: Seen) -> list[Row]:
        """Return the rows of the same list that changed."""
        versions = zip(self.rows, self.row_versions, seen.rows, strict=False)
        return [row for row, version, before in versions if version != before]


def table_of(query: QueryDict) -> Table:
    """Return the page of the table that is asked for; a few queries, whatever its length."""
    jobs = listed()
    pages = pages_of(query.get("page", ""), count=jobs.count(), size=PAGE_SIZE)
    page = list(jobs[pages.part])
    going = open_jobs(MOST_FOLLOWED)
    followed = _keys(query.get("going", ""))
    shown = {job.pk for job in page}
    others = (set(going) | set(followed)) - shown
    more = list(of_kinds().filter(pk__in=others)) if others else []
    known = {each.job.pk: each for each in as_gatherings([*page, *more])}
    return Table(
        rows=rows_of([known[job.pk] for job in page]),
        pages=pages,
        totals=looks.chips_of(listed_counts()),
        going=[known[key] for key in going if key in known and not known[key].is_over],
        ended=[known[key] for key in followed if key in known and known[key].is_over],
        has_faces=FaceSettings.objects.filter(is_enabled=True).exists(),
    )


def _keys(text: str) -> list[uuid.UUID]:
    """Return the keys that a browser says it follows; what is none is passed over."""
    found = []
    for part in text.split(",")[:MOST_FOLLOWED]:
        try:
            found.append(uuid.UUID(part))
        except ValueError:
            continue
    return found


def _shown(row: Row) -> tuple[object, ...]:
    """Return what a row shows; also how long ago it was submitted, as far as people care."""
    return (state_of(row.found), row.card, row.faces, _age(row.found.job))


def _age(job: Job) -> int:
    """Return a figure that changes each minute in the first hour, and each hour afterwards."""
    age_s = int((timezone.now() - job.created_at).total_seconds())
    return age_s // _MINUTE_S if age_s < _HOUR_S else -(age_s // _HOUR_S)


def _short(part: object) -> str:
    return version_of(part)[:_DIGITS]
