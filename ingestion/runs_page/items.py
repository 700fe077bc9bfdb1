"""What became of each record of a run, and which pictures of a stage failed, page by page."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from ingestion.imports.report import LABELS, REASONS
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.runs_page.words import given_up, labels_of, sentence_of
from media.models import Asset, StageState
from media.models.stage import Stage, StageStatus

PAGE_SIZE = 50
BIGINT_DIGITS = 19
NIL = uuid.UUID(int=0)
# Of pictures: given up by an earlier run, and tried again by itself.
EARLIER, WAITING = "earlier", "waiting"
UNIT_LABELS = {
    ItemOutcome.FAILED.value: "Failed",
    EARLIER: "Failed before this run",
    WAITING: "Waiting to be tried again",
}
# Outcomes that people look for first.
OUTCOMES = (
    ItemOutcome.FAILED,
    ItemOutcome.SKIPPED,
    ItemOutcome.NEW,
    ItemOutcome.UPDATED,
    ItemOutcome.UNCHANGED,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """A filter with how many it would leave."""

    value: str
    label: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One record or picture, as the list shows it.

    Attributes:
        number: its place in the source, from 1; None of pictures.
        why: the reason as a sentence; empty where there is none to tell.
        asset_id: the asset that it is now; None where there is none, or none any more.
        title: what the asset is called, or how the record begins.
        until: when a picture that waits is tried again.
    """

    number: int | None
    outcome: str
    label: str
    why: str
    code: str
    title: str
    asset_id: uuid.UUID | None
    until: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Items:
    """A page of rows, how they can be narrowed, and where the next page begins."""

    outcomes: tuple[Choice, ...]
    outcome: str
    reasons: tuple[Choice, ...]
    reason: str
    rows: tuple[Row, ...]
    following: str
    is_first: bool


def outcomes_of(run: SyncRun) -> tuple[Choice, ...]:
    """Return the outcomes that any record of the run has, by the run's own figures."""
    labels = labels_of(run)
    choices = (Choice(value, labels[value], getattr(run, f"{value}_count")) for value in OUTCOMES)
    return tuple(choice for choice in choices if choice.count)


def items_of(run: SyncRun, *, outcome: str = "", reason: str = "", after: str = "") -> Items:
    """Return a page of the run's records; the first outcome that has any, unless one is asked.

    Reasons are counted of what became no asset; three queries at most.
    """
    outcomes = outcomes_of(run)
    with_some = [choice.value for choice in outcomes]
    if outcome not in with_some:
        outcome = with_some[0] if with_some else ""
    reasons = _reasons_of(run, outcome)
    place = _place(after)
    items = RunItem.objects.filter(run=run, outcome=outcome, ordinal__gt=place)
    if reason:
        items = items.filter(reason=reason)
    found = list(items.order_by("ordinal")[: PAGE_SIZE + 1]) if outcome else []
    return Items(
        outcomes=outcomes,
        outcome=outcome,
        reasons=reasons,
        reason=reason,
        rows=rows_of(run, found[:PAGE_SIZE]),
        following=str(found[PAGE_SIZE - 1].ordinal) if len(found) > PAGE_SIZE else "",
        is_first=place < 0,
    )


def counts_of(run: SyncRun, *, shown: str) -> Items:
    """Return how many records became what, of which a page shows those with ``shown``: no query."""
    outcomes = outcomes_of(run)
    outcome = shown if any(choice.value == shown for choice in outcomes) else ""
    return Items(outcomes, outcome, reasons=(), reason="", rows=(), following="", is_first=True)


def rows_of(run: SyncRun, items: Sequence[RunItem]) -> tuple[Row, ...]:
    """Return records as the list shows them, with the assets that they are now: one query."""
    assets, labels = _assets([item.asset_id for item in items]), labels_of(run)
    return tuple(
        Row(
            number=item.ordinal + 1,
            outcome=item.outcome,
            # Of what is still to do there is no figure, and so no label of the run's kind.
            label=labels.get(item.outcome) or ItemOutcome(item.outcome).label,
            why=item.detail or REASONS.get(item.reason, ""),
            code=item.reason,
            title=assets.get(item.asset_id) or item.excerpt or item.source_ref,
            asset_id=item.asset_id if item.asset_id in assets else None,
        )
        for item in items
    )


def units_with(run: SyncRun, outcome: str) -> QuerySet[StageState]:
    """Return the pictures of the run's stage that stand as ``outcome`` says."""
    if outcome == WAITING:
        # By their time: what only waits its turn is due, however much that is.
        pending = StageState.objects.filter(stage=run.kind, status=StageStatus.PENDING)
        return pending.filter(due_at__gt=Now()).exclude(error_code="")
    failed = StageState.objects.filter(stage=run.kind, status=StageStatus.FAILED)
    begun_at = run.started_at or run.created_at
    if outcome == EARLIER:
        return failed.filter(updated_at__lt=begun_at)
    of_run = failed.filter(updated_at__gte=begun_at)
    return of_run.filter(updated_at__lte=run.finished_at) if run.finished_at else of_run


def units_of(run: SyncRun, *, outcome: str = "", reason: str = "", after: str = "") -> Items:
    """Return a page of the pictures that this run gave up and no later one has mended.

    Or of those that an earlier one gave up, or that wait to be tried again. Seven queries.
    """
    reasons = {name: _codes(units_with(run, name)) for name in UNIT_LABELS}
    counts = {name: sum(each.count for each in found) for name, found in reasons.items()}
    with_some = [name for name, count in counts.items() if count]
    if outcome not in with_some:
        outcome = with_some[0] if with_some else ""
    place = _key(after)
    found: list[StageState] = []
    if outcome:
        units = units_with(run, outcome).filter(pk__gt=place or NIL)
        if reason:
            units = units.filter(error_code=reason)
        found = list(units.order_by("pk")[: PAGE_SIZE + 1])
    return Items(
        outcomes=tuple(Choice(name, UNIT_LABELS[name], counts[name]) for name in with_some),
        outcome=outcome,
        reasons=reasons.get(outcome, ()),
        reason=reason,
        rows=unit_rows(run, found[:PAGE_SIZE]),
        following=str(found[PAGE_SIZE - 1].pk) if len(found) > PAGE_SIZE else "",
        is_first=place is None,
    )


def unit_rows(run: SyncRun, units: Sequence[StageState]) -> tuple[Row, ...]:
    """Return pictures as the list shows them, with the assets that they belong to."""
    owners = _owners(run, units)
    assets = _assets(list(owners.values()))
    return tuple(
        Row(
            number=None,
            outcome=ItemOutcome.FAILED if unit.status == StageStatus.FAILED else WAITING,
            label="Failed" if unit.status == StageStatus.FAILED else "Waits",
            why=_why(unit),
            code=unit.error_code,
            title=assets.get(owners.get(unit.pk)) or "Untitled",
            asset_id=owners.get(unit.pk) if owners.get(unit.pk) in assets else None,
            until=unit.due_at if unit.status == StageStatus.PENDING else None,
        )
        for unit in units
    )


def code_label(code: str) -> str:
    """Return a code in a word or two."""
    return code.replace("_", " ").capitalize() or "No reason given"


def _reasons_of(run: SyncRun, outcome: str) -> tuple[Choice, ...]:
    """Return the reasons of one outcome; only what became no asset has any worth counting."""
    if outcome not in (ItemOutcome.SKIPPED, ItemOutcome.FAILED):
        return ()
    counted = (
        RunItem.objects.filter(run=run, outcome=outcome)
        .values("reason")
        .annotate(n=Count("pk"))
        .order_by("-n", "reason")
    )
    return tuple(
        Choice(row["reason"], LABELS.get(row["reason"]) or code_label(row["reason"]), row["n"])
        for row in counted
    )


# Where units are not of blobs.
_OWNER = {Stage.FETCH.value: "media__asset_id", Stage.LINKS.value: "asset_id"}


def _why(unit: StageState) -> str:
    tell = given_up if unit.status == StageStatus.FAILED else sentence_of
    return tell(unit.error_code)


def _codes(units: QuerySet[StageState]) -> tuple[Choice, ...]:
    counted = units.values("error_code").annotate(n=Count("pk")).order_by("-n", "error_code")
    return tuple(
        Choice(row["error_code"], code_label(row["error_code"]), row["n"]) for row in counted
    )


def _owners(run: SyncRun, units: Sequence[StageState]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the asset of each unit; of a blob that several show, any of them."""
    keys = [unit.pk for unit in units]
    path = _OWNER.get(run.kind, "blob__uses__asset_id")
    pairs = StageState.objects.filter(pk__in=keys).values_list("pk", path)
    return {pk: asset_id for pk, asset_id in pairs if asset_id is not None}


def _assets(keys: Sequence[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """Return the titles of those that are still there, the trash included."""
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return {}
    return dict(Asset.objects.filter(pk__in=wanted).values_list("pk", "title"))


def _place(text: str) -> int:
    """Return a place as an address names it; the one before all where it names none."""
    is_number = text.isascii() and text.isdecimal() and len(text) < BIGINT_DIGITS
    return int(text) if is_number else -1


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
