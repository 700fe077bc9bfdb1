"""What is known of jobs over single pictures, and of those; a few queries for any number."""

import dataclasses
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from django.db.models import QuerySet

from connectors.items import Source
from ingestion.gather.earlier import Earlier
from ingestion.gather.faces import faces_by_asset, faces_by_job
from ingestion.gather.queries import LISTED, Gathering, Picture, as_gatherings, of_kinds
from ingestion.gather.status import ItemStatus
from ingestion.models import Job
from ingestion.uploads_page.looks import (
    Chip,
    chip_of,
    is_of_a_page,
    progress_of,
    short_address,
    spoken_of,
    title_of,
)
from media.library.cards import Card, cards_of
from media.models import Board

Action = Literal["review", "open", "choose", "cancel", "retry"]

PAGE_SIZE: Final = 96
# The chip says it; a job that is over has nothing that could be cancelled.
_ACTIONS: Final[dict[str, Action]] = {
    "choice": "choose",
    "completed": "review",
    "processing": "open",
    "queued": "cancel",
    "failed": "retry",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A job in the table.

    Attributes:
        address: of its page, as people read it; empty of files.
        card: of its first picture that is here; None while there is none.
        faces: how many were found; None where none of its pictures was analysed.
        action: what one most likely wants to do with it.
        earlier: that its page was asked for before; None where it was not.
    """

    found: Gathering
    title: str
    address: str
    chip: Chip
    card: Card | None
    faces: int | None
    action: Action
    earlier: Earlier | None

    @property
    def sums(self) -> str:
        """Return what became of its pictures, in words."""
        return progress_of(self.found)

    @property
    def spoken(self) -> str:
        """Return what a chip with a figure alone leaves to the eye; else nothing."""
        return spoken_of(self.found)


@dataclasses.dataclass(frozen=True, slots=True)
class Tile:
    """A picture of a job in the grid.

    Attributes:
        card: of its asset; None while that is not here.
        faces: as of ``Row``.
    """

    picture: Picture
    chip: Chip
    card: Card | None
    faces: int | None

    @property
    def name(self) -> str:
        """Return what the picture is called: by its page, its file, or its address."""
        wanted = self.picture.wanted
        last = wanted.url.partition("?")[0].rstrip("/").rpartition("/")[2]
        return wanted.title or last or short_address(wanted.url) or "Picture"

    @property
    def words(self) -> str:
        """Return what its page says to those who do not see it; nothing where that is its name."""
        words = self.picture.wanted.alt_text
        return words if words != self.name else ""


def find(job: Job) -> Gathering:
    """Return what is known of a job."""
    (found,) = as_gatherings([job])
    return found


def jobs() -> QuerySet[Job]:
    """Return the jobs that can be opened."""
    return of_kinds()


def hidden_jobs() -> QuerySet[Job]:
    """Return the jobs that can be put back on the list, and those that are on it."""
    return Job.objects.filter(kind__in=LISTED)


def rows_of(found: Sequence[Gathering]) -> list[Row]:
    """Return jobs as rows of the table."""
    cards = {card.id: card for card in cards_of(_ids(each.asset_id for each in found))}
    faces = faces_by_job([each.job.pk for each in found])
    return [_row(each, cards, faces) for each in found]


def tiles_of(pictures: Sequence[Picture]) -> list[Tile]:
    """Return pictures as tiles of the grid."""
    ids = _ids(each.stored_id for each in pictures)
    cards = {card.id: card for card in cards_of(ids)}
    faces = faces_by_asset(ids)
    return [
        Tile(
            picture=each,
            chip=Chip(each.status.value, each.status.label),
            card=cards.get(each.stored_id) if each.stored_id else None,
            faces=faces.get(each.stored_id) if each.stored_id else None,
        )
        for each in pictures
    ]


def board_of(found: Gathering) -> Board | None:
    """Return the group of the pictures of a page; None of files, and before there is any."""
    if not is_of_a_page(found):
        return None
    key = f"page:{found.job.params.get('page', '')}"
    return Board.objects.present().filter(source=Source.WEB.value, source_key=key).first()


def with_status(pictures: Iterable[Picture], status: str) -> list[Picture]:
    """Return those that stand so; all for what is no status."""
    wanted = [each for each in ItemStatus if each.value == status]
    return [each for each in pictures if not wanted or each.status in wanted]


def version_of(*parts: object) -> str:
    """Return what changes when a page would show something else."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def state_of(found: Gathering) -> tuple[object, ...]:
    """Return what a page shows of a job, for ``version_of``."""
    run = found.run
    seen = (run.pk, run.state, run.phase, run.raw_count, run.expected_count) if run else ()
    asked_to_end = run is not None and run.cancel_requested_at is not None
    return (found.job.pk, found.job.name, found.status.value, found.counts, seen, asked_to_end)


def _row(found: Gathering, cards: dict[uuid.UUID, Card], faces: dict[uuid.UUID, int]) -> Row:
    chip = chip_of(found)
    return Row(
        found=found,
        title=title_of(found),
        address=short_address(found.url),
        chip=chip,
        card=cards.get(found.asset_id) if found.asset_id else None,
        faces=faces.get(found.job.pk),
        action=_ACTIONS[chip.status],
        earlier=Earlier.of_job(found.job),
    )


def _ids(found: Iterable[uuid.UUID | None]) -> list[uuid.UUID]:
    return list({each for each in found if each is not None})
