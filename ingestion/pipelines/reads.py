"""What the Pipeline Manager shows, in a fixed number of statements."""

import dataclasses
import uuid
from collections import defaultdict
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from connectors.models import Connection
from faces.queries import live_consent
from ingestion.freshness.datasets import DATASETS, FACES, LINKS
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetStatus, Job
from ingestion.models.job import JobKind, JobState
from ingestion.pipelines.cards import Card, StageCard
from ingestion.pipelines.flips import Flip, recent_flips
from ingestion.pipelines.lines import Line, lines_of
from ingestion.pipelines.looks import SEVERITY, TROUBLED
from ingestion.pipelines.runs import last_runs
from media.models.stage import Stage
from tenants.models import Organization

PAGE_SIZE: Final = 25
# What people ask for in the library has pages of its own.
HIDDEN_KINDS: Final = (JobKind.CHANGE, JobKind.IMPORT)
# What the filter offers, and which states of health each keeps.
FILTERS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "": ("All", tuple(Freshness.values)),
    "attention": ("Need attention", TROUBLED),
    "fresh": ("Up to date", (Freshness.FRESH,)),
    "paused": ("Paused", (Freshness.PAUSED,)),
    "never": ("Never synced", (Freshness.NEVER,)),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Which connections to show: by name, by health, and which page of them."""

    q: str = ""
    health: str = ""
    page: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Manager:
    """The page.

    Attributes:
        counts: connections per filter, of those whose name fits.
        pages: how many pages the chosen filter has.
    """

    asked: Asked
    cards: list[Card]
    stages: list[StageCard]
    housekeeping: Card
    flips: list[Flip]
    counts: dict[str, int]
    pages: int

    @property
    def lines(self) -> list[Line]:
        """Return all lines of the page."""
        own = [*(card.line for card in self.stages), *self.housekeeping.lines]
        return [line for card in self.cards for line in card.lines] + own


def manager_of(org: Organization, asked: Asked) -> Manager:
    """Return the page that was asked for, worst off first."""
    ranked = _ranked(asked.q)
    counts = _counts(ranked)
    wanted = FILTERS[asked.health][1]
    pages = max(-(-counts[asked.health] // PAGE_SIZE), 1)
    page = min(asked.page, pages)
    begin = (page - 1) * PAGE_SIZE
    kept = ranked.filter(severity__in=[SEVERITY[state] for state in wanted])
    connections = list(
        kept.order_by("-severity", "source", "name", "pk")[begin : begin + PAGE_SIZE]
    )
    cards, stages, housekeeping = _with_runs(org, connections)
    return Manager(
        asked=dataclasses.replace(asked, page=page),
        cards=cards,
        stages=stages,
        housekeeping=housekeeping,
        flips=recent_flips(),
        counts=counts,
        pages=pages,
    )


def _ranked(q: str) -> "QuerySet[Any]":
    """Return the connections whose name fits, each with how badly its worst dataset is off.

    Accounts that were let go are none of them: Connections tells of those.
    """
    severity = Case(
        *(When(state=state, then=Value(rank)) for state, rank in SEVERITY.items()),
        output_field=IntegerField(),
    )
    worst_of = (
        DatasetStatus.objects.filter(connection=OuterRef("pk"))
        .order_by()
        .values("connection")
        .annotate(worst=Max(severity))
        .values("worst")
    )
    found = Connection.objects.in_use().annotate(
        severity=Coalesce(Subquery(worst_of), Value(SEVERITY[Freshness.NEVER]))
    )
    return found.filter(name__icontains=q) if q else found


def _counts(ranked: "QuerySet[Any]") -> dict[str, int]:
    rows = ranked.order_by().values_list("severity").annotate(count=Count("pk"))
    by_rank: dict[int, int] = dict(rows)
    return {
        key: sum(by_rank.get(SEVERITY[state], 0) for state in states)
        for key, (_, states) in FILTERS.items()
    }


def _with_runs(
    org: Organization, connections: list[Connection]
) -> tuple[list[Card], list[StageCard], Card]:
    """Return what is to be shown of ``connections`` and of the organization as a whole."""
    keys = [connection.pk for connection in connections]
    jobs: dict[object, list[Job]] = defaultdict(list)
    standing = Job.objects.filter(is_one_off=False).exclude(state=JobState.ARCHIVED)
    # Where faces or links are off nothing is to be seen of them: no more would ever come of it.
    shows = {FACES: live_consent() is not None, LINKS: settings.ENRICH_LINKS}
    hidden = [name for name, is_on in shows.items() if not is_on]
    for job in _of(standing.exclude(kind__in=(*HIDDEN_KINDS, *hidden)), keys).select_related(
        "paused_by", "connection"
    ):
        jobs[job.connection_id].append(job)
    datasets: dict[object, list[DatasetStatus]] = defaultdict(list)
    shown = DatasetStatus.objects.exclude(name__in=hidden)
    for status in _of(shown.select_related("connection", "muted_by"), keys):
        datasets[status.connection_id].append(status)
    cards = [
        Card(each, lines_of(org, each, jobs[each.pk], datasets[each.pk])) for each in connections
    ]
    own = lines_of(org, None, jobs[None], datasets[None])
    _add_runs([line for card in cards for line in card.lines] + own)
    stages = [found for stage in Stage if (found := _stage(stage, own))]
    staged = {card.line.id for card in stages}
    return cards, stages, Card(None, [line for line in own if line.id not in staged])


Rows = TypeVar("Rows", "QuerySet[Job]", "QuerySet[DatasetStatus]")


def _of(rows: Rows, connections: list[uuid.UUID]) -> Rows:
    """Keep what belongs to one of ``connections`` or to none."""
    found = rows.filter(Q(connection=None) | Q(connection__in=connections))
    return found.order_by("connection", "pk")


def _add_runs(lines: list[Line]) -> None:
    runs = last_runs([line.key for line in lines])
    for line in lines:
        line.runs.extend(runs.get(line.key, ()))


def _stage(stage: Stage, lines: list[Line]) -> StageCard | None:
    """Return the card of ``stage``; None before it had anything to do."""
    found = (line for line in lines if _stage_of(line) == stage)
    return next((StageCard(stage, line) for line in found), None)


def _stage_of(line: Line) -> str | None:
    if line.job is not None:
        return line.job.kind
    known = DATASETS.get(line.datasets[0].name)
    return known.stage if known else None
