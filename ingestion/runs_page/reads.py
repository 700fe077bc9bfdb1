"""Reads of the run pages: all that a run's page shows and asks for again, in one query."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf

from ingestion.models import ImportFile, RunAttempt, RunEvent, RunStep, SyncRun
from ingestion.models.run import OPEN_STATES, WAITING_STATES, RunState
from ingestion.models.step import StepState
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization, User

# Of each, the newest: a run that lives for a week may have thousands.
MOST_EVENTS, MOST_ATTEMPTS, MOST_STEPS = 60, 20, 40
# Counting what is left of a stage stops here, so that a poll costs the same for any backlog.
MOST_LEFT = 50_000
PAGE_SIZE = 50
# How the list of a job's runs can be narrowed.
STATE_FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("Not done yet", OPEN_STATES),
    "succeeded": ("Done", (RunState.SUCCEEDED,)),
    "warnings": ("Done, some failed", (RunState.WARNINGS,)),
    "failed": ("Failed", (RunState.FAILED, RunState.ACTION_REQUIRED, RunState.DEAD)),
    "cancelled": ("Cancelled", (RunState.CANCELLED,)),
}


@dataclasses.dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a run, as far as it has come."""

    position: int
    name: str
    dataset: str
    is_optional: bool
    state: str
    changed_count: int
    error_code: str
    user_message: str
    finished_at: dt.datetime | None
    # Where one that takes many batches stands.
    cursor: dict[str, Any] | None = None

    @property
    def done(self) -> int:
        """Return how many things it has gone over; 0 where it does not count them."""
        return int((self.cursor or {}).get("done", 0))

    @property
    def total(self) -> int:
        """Return how many there are to go over; 0 where nobody counted them."""
        return int((self.cursor or {}).get("of", 0))


@dataclasses.dataclass(frozen=True, slots=True)
class AttemptRow:
    """A try of a run."""

    number: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: str
    error_code: str


@dataclasses.dataclass(frozen=True, slots=True)
class EventRow:
    """A line of a run's timeline; ``by_name`` is who did it, None where it was no person."""

    name: str
    detail: dict[str, Any]
    at: dt.datetime
    by_name: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class WaitingRow:
    """Another run of the same job that waits in line."""

    id: uuid.UUID
    run_after: dt.datetime
    state: str


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """A run with all that its page says of it.

    Attributes:
        steps: in order; none of a run that is one step as a whole.
        attempts: newest first.
        events: newest first.
        waiting: another run of the job that waits.
        left_count: units that its stage still has to do, ``MOST_LEFT`` at the most; None of what
            is no stage.
        file_name: the first file of an import.
    """

    run: SyncRun
    steps: tuple[StepRow, ...]
    attempts: tuple[AttemptRow, ...]
    events: tuple[EventRow, ...]
    waiting: WaitingRow | None
    left_count: int | None
    file_name: str = ""

    @property
    def is_stage(self) -> bool:
        """Return whether it works units of a stage rather than records of a source."""
        return self.run.kind in Stage.values

    @property
    def counted_step(self) -> StepRow | None:
        """Return the step that the run is at, where that counts what it goes over."""
        at_work = (step for step in self.steps if step.state == StepState.RUNNING and step.total)
        return next(at_work, None)

    @property
    def progress(self) -> int:
        """Return what the pace is taken of: things the step went over, else records."""
        step = self.counted_step
        return self.run.raw_count if step is None else step.done

    @property
    def records_left(self) -> int | None:
        """Return how many records are still to come, where that can be told."""
        run, step = self.run, self.counted_step
        if step is not None:
            return max(step.total - step.done, 0)
        if self.left_count is not None:
            return self.left_count if self.left_count < MOST_LEFT else None
        if run.expected_count is not None:
            return max(run.expected_count - run.raw_count, 0)
        if run.bytes_total and run.bytes_read:
            return run.raw_count * (run.bytes_total - run.bytes_read) // run.bytes_read
        return None


def find_run(org: Organization, run_id: uuid.UUID) -> Seen | None:
    """Return the organization's run with its steps, tries, events and neighbours: one query."""
    of_run = OuterRef("pk")
    waiting = SyncRun.objects.filter(job=OuterRef("job"), state__in=WAITING_STATES)
    files = ImportFile.objects.filter(job=OuterRef("job")).order_by("position")
    units = StageState.objects.filter(stage=OuterRef("kind"), status=StageStatus.PENDING)
    found = (
        runs_of(org)
        .annotate(
            steps_json=_rows(RunStep.objects.filter(run=of_run), StepRow, ["position"], MOST_STEPS),
            attempts_json=_rows(
                RunAttempt.objects.filter(run=of_run), AttemptRow, ["-number"], MOST_ATTEMPTS
            ),
            events_json=_rows(_events(of_run), EventRow, ["-at", "-id"], MOST_EVENTS),
            waiting_json=_rows(waiting.exclude(pk=of_run), WaitingRow, ["run_after"], 1),
            file_name=Subquery(files.values("name")[:1]),
            left=Func(
                ArraySubquery(units.order_by().values(one=Value(1))[:MOST_LEFT]),
                function="cardinality",
                output_field=IntegerField(),
            ),
        )
        .filter(pk=run_id)
        .first()
    )
    return None if found is None else _as_seen(found)


def runs_of(org: Organization) -> QuerySet[SyncRun]:
    """Return the runs of ``org`` with the people and the connection that pages name."""
    found: QuerySet[SyncRun] = org.runs.select_related(
        "job__connection", "job__paused_by", "created_by", "cancel_requested_by"
    )
    return found


def runs_page(
    org: Organization, job_id: uuid.UUID, *, state: str = "", before: uuid.UUID | None = None
) -> tuple[list[SyncRun], uuid.UUID | None]:
    """Return a page of the job's runs, newest first, and where the next page begins.

    Args:
        state: one of ``STATE_FILTERS``; anything else leaves all.
    """
    runs = runs_of(org).filter(job=job_id).order_by("-pk")
    if state in STATE_FILTERS:
        runs = runs.filter(state__in=STATE_FILTERS[state][1])
    if before is not None:
        runs = runs.filter(pk__lt=before)
    found = list(runs[: PAGE_SIZE + 1])
    return found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None


def _events(of_run: OuterRef) -> QuerySet[Any]:
    """Return the run's events with the names of the people whose keys stand in their detail."""
    key = Func(
        OuterRef("detail"),
        Value("by"),
        function="jsonb_extract_path_text",
        output_field=TextField(),
    )
    people = User.objects.filter(pk=Cast(key, UUIDField()))
    name = Coalesce(NullIf("name", Value("")), "email", output_field=TextField())
    return RunEvent.objects.filter(run=of_run).annotate(
        by_name=Subquery(people.values(called=name)[:1])
    )


def _rows(rows: QuerySet[Any], shape: type[Any], order: Sequence[str], most: int) -> Combinable:
    """Return up to ``most`` rows as an array of the fields that ``shape`` names."""
    fields = {field.name: field.name for field in dataclasses.fields(shape)}
    return ArraySubquery(rows.order_by(*order).values(row=JSONObject(**fields))[:most])


def _as_seen(run: Any) -> Seen:
    waiting = [_shaped(WaitingRow, row) for row in run.waiting_json]
    return Seen(
        run=run,
        steps=tuple(_shaped(StepRow, row) for row in run.steps_json),
        attempts=tuple(_shaped(AttemptRow, row) for row in run.attempts_json),
        events=tuple(_shaped(EventRow, row) for row in run.events_json),
        waiting=waiting[0] if waiting else None,
        file_name=run.file_name or "",
        left_count=run.left if run.kind in Stage.values else None,
    )


def _shaped(shape: type[Any], row: dict[str, Any]) -> Any:
    """Return a row of JSON as ``shape``, with its times and keys as such."""
    values = dict(row)
    for field in dataclasses.fields(shape):
        if field.name.endswith(("_at", "_after")) or field.name == "at":
            text = values[field.name]
            values[field.name] = dt.datetime.fromisoformat(text) if text else None
    return shape(**values)
