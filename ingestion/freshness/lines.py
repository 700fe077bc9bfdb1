"""What a page says of its data: a line for each dataset that is not as it should be."""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence

from django.utils import timezone

from ingestion.codes import Remedy, remedy_of
from ingestion.freshness.datasets import DATASETS, SAVED_ITEMS
from ingestion.freshness.reads import statuses
from ingestion.freshness.states import Freshness
from ingestion.freshness.words import failed_units, sentence_of, spell, subject_of, warning_of
from ingestion.models import DatasetStatus

_TONES = ("danger", "warning", "info")
_TONES_OF_STATES = {
    Freshness.ACTION: "danger",
    Freshness.STALE: "warning",
    Freshness.LATE: "warning",
    Freshness.PAUSED: "info",
}
# Of fresh data: failures in a row that people are told of, though the next try is near.
_TOLD_FAILURES = 3


class Action(enum.StrEnum):
    """The one thing that mends a line; the template makes a button of it."""

    NONE = ""
    UPLOAD = "upload"
    EDIT = "edit"
    RUN = "run"
    RESUME = "resume"
    FETCH_AGAIN = "again"
    RECONNECT = "reconnect"


_BY_REMEDY = {
    Remedy.UPLOAD: Action.UPLOAD,
    Remedy.EDIT: Action.EDIT,
    Remedy.RECONNECT: Action.RECONNECT,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One thing that is not as it should be.

    Attributes:
        tone: ``danger``, ``warning`` or ``info``.
        sentence: what is old, and how old.
        why: what went wrong, where something did.
        waits_until: when the source lets us go on; None where it does not keep us waiting.
        next_at: when the next try begins by itself; None where none is in line.
        failed_run_id: the run that tells more.
    """

    status: DatasetStatus
    tone: str
    sentence: str
    why: str = ""
    action: Action = Action.NONE
    waits_until: dt.datetime | None = None
    next_at: dt.datetime | None = None
    failed_run_id: uuid.UUID | None = None

    @property
    def as_of(self) -> dt.datetime | None:
        """Return from when the data is; of a stage, since when the oldest unit waits, if any."""
        return self.status.oldest_pending_at if self.stage else self.status.as_of

    @property
    def stage(self) -> str:
        """Return the stage to run again; empty where the data is of none."""
        return DATASETS[self.status.name].stage or ""

    @property
    def source(self) -> str:
        """Return the source whose export is to be brought; empty where it is of none."""
        return self.status.connection.source if self.status.connection else ""


def lines_of(names: Sequence[str], *, now: dt.datetime | None = None) -> list[Line]:
    """Return what is wrong with the datasets ``names``, the worst first; nothing where all is well.

    One query, however many datasets. What people muted is left out.
    """
    now = now or timezone.now()
    found = [line_of(status, now) for status in statuses(*names, now=now)]
    lines = [line for line in found if line is not None]
    return sorted(lines, key=lambda line: _TONES.index(line.tone))


def line_of(status: DatasetStatus, now: dt.datetime) -> Line | None:
    """Return what to say of one dataset; None where all is well, or it was muted."""
    if status.muted_until is not None and status.muted_until > now:
        return None
    tone, sentence = _complaint(status, now)
    if not sentence:
        return None
    blocked = status.connection.blocked_until if status.connection else None
    waits_until = blocked if blocked is not None and blocked > now else None
    return Line(
        status=status,
        tone=tone,
        sentence=sentence,
        why=_why(status),
        action=_action(status, is_blocked=waits_until is not None),
        waits_until=waits_until,
        next_at=status.next_at,
        failed_run_id=status.last_run_id if _has_failed(status) else None,
    )


def _complaint(status: DatasetStatus, now: dt.datetime) -> tuple[str, str]:
    """Return how bad it is, and the sentence; an empty one where nothing is to be said."""
    if status.state in _TONES_OF_STATES:
        return _TONES_OF_STATES[Freshness(status.state)], sentence_of(status, now)
    if warning := warning_of(status):
        return "warning", warning
    if _is_failing(status):
        return "warning", _failing(status, now)
    return "info", failed_units(status)


def _action(status: DatasetStatus, *, is_blocked: bool) -> Action:
    """Return what mends it: what the failure asks for, else what the state does.

    While the source keeps us waiting nobody can do anything: a run that is asked for waits too.
    """
    if status.state == Freshness.PAUSED:
        return Action.RESUME
    if status.consecutive_failures and remedy_of(status.error_code) in _BY_REMEDY:
        return _BY_REMEDY[remedy_of(status.error_code)]
    if status.is_at_work:
        return Action.NONE
    if DATASETS[status.name].stage is not None and not status.pending_count:
        return Action.FETCH_AGAIN if status.failed_count else Action.NONE
    if status.job is not None:
        return Action.NONE if is_blocked else Action.RUN
    return Action.UPLOAD if status.name == SAVED_ITEMS else Action.NONE


def _why(status: DatasetStatus) -> str:
    if not status.consecutive_failures or not status.user_message:
        return ""
    if status.state in (Freshness.ACTION, Freshness.NEVER) or _is_failing(status):
        return status.user_message
    return f"The last try failed: {status.user_message}"


def _has_failed(status: DatasetStatus) -> bool:
    """Return whether its last run has something to tell: it failed, or some of its units did."""
    return bool(status.consecutive_failures or status.failed_count)


def _is_failing(status: DatasetStatus) -> bool:
    """Return whether fresh data has no next try in sight, or has failed too often in a row."""
    if not status.consecutive_failures or status.state not in (Freshness.FRESH, Freshness.NEVER):
        return False
    goes_on = status.is_at_work or status.next_at is not None
    return (
        not goes_on
        or status.consecutive_failures >= _TOLD_FAILURES
        or status.state == Freshness.NEVER
    )


def _failing(status: DatasetStatus, now: dt.datetime) -> str:
    if failed := failed_units(status):
        return failed
    tries = "The last try" if status.consecutive_failures == 1 else "The last tries"
    if status.as_of is None:
        return f"{subject_of(status)}: {tries.lower()} failed, and nothing has come yet."
    return (
        f"{subject_of(status)}: {tries.lower()} failed; what you see is "
        f"{spell(now - status.as_of)} old."
    )
