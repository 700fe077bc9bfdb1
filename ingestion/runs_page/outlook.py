"""What happens next with a run, and the one thing that a person can do about it."""

import dataclasses
import datetime as dt
import enum
import uuid

from ingestion.codes import Remedy, remedy_of
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.runs_page.reads import Seen
from ingestion.runs_page.words import BAD_STATES


class Action(enum.StrEnum):
    """What the one button does that the page offers beside what happens next."""

    NONE = ""
    RETRY_NOW = "retry_now"
    RESUME_JOB = "resume_job"
    UPLOAD = "upload"
    EDIT = "edit"
    RECONNECT = "reconnect"


@dataclasses.dataclass(frozen=True, slots=True)
class Outlook:
    """What happens next, as a sentence that may end in a time.

    Attributes:
        at: the time that ``text`` leads up to.
        label: the words on the button of ``action``.
        other_run: the run that the sentence speaks of, where that is another.
    """

    text: str = ""
    at: dt.datetime | None = None
    action: Action = Action.NONE
    label: str = ""
    other_run: uuid.UUID | None = None


def outlook_of(seen: Seen, now: dt.datetime) -> Outlook:
    """Return what happens next with the run, as it stands at ``now``."""
    run = seen.run
    if run.is_in_line:
        return Outlook("It begins once what was brought before it has ended.")
    if run.is_open:
        return _of_open(seen, now)
    if run.job.state == JobState.PAUSED:
        return _of_paused(seen)
    if seen.waiting is not None:
        return Outlook("Already queued for", seen.waiting.run_after, other_run=seen.waiting.id)
    action, label = _remedy(seen) if run.state in BAD_STATES else (Action.NONE, "")
    if run.job.state == JobState.ACTIVE and run.job.next_due_at is not None:
        due_at = run.job.next_due_at
        return Outlook("The next regular run is due", due_at, action=action, label=label)
    return Outlook(action=action, label=label)


def _of_open(seen: Seen, now: dt.datetime) -> Outlook:
    run = seen.run
    if run.cancel_requested_at is not None:
        return Outlook("It ends with the batch in hand; what was done until then is kept.")
    return Outlook() if run.state == RunState.RUNNING else _of_waiting(seen, now)


def _of_waiting(seen: Seen, now: dt.datetime) -> Outlook:
    run = seen.run
    if run.is_held:
        text = "It was stopped on the command line, and waits for somebody to go on with it."
        return Outlook(text, action=Action.RETRY_NOW, label="Go on")
    if run.job.state == JobState.PAUSED:
        return _of_paused(seen)
    blocked = _blocked_until(seen, now)
    if blocked is not None:
        return Outlook("Waits for the source until", max(blocked, run.run_after))
    if run.state == RunState.RETRY_WAIT:
        label = "Retry now"
        return Outlook("Tries again at", run.run_after, action=Action.RETRY_NOW, label=label)
    if run.run_after > now:
        begins = "Goes on at" if run.started_at else "Begins at"
        return Outlook(begins, run.run_after, action=Action.RETRY_NOW, label="Start now")
    return Outlook("It goes on as soon as a worker is free.")


def _blocked_until(seen: Seen, now: dt.datetime) -> dt.datetime | None:
    """Return until when the source wants to be left alone; a dry run asks it nothing."""
    connection = seen.run.job.connection
    if connection is None or seen.run.is_dry_run:
        return None
    until = connection.blocked_until
    return until if until is not None and until > now else None


def _of_paused(seen: Seen) -> Outlook:
    job = seen.run.job
    who = f"Paused by {job.paused_by}" if job.paused_by else "The job paused itself"
    why = f": {job.pause_reason.rstrip('.')}" if job.pause_reason else ""
    return Outlook(f"{who}{why}, since", job.paused_at, action=Action.RESUME_JOB, label="Resume")


def _remedy(seen: Seen) -> tuple[Action, str]:
    """Return what mends a run that ended badly, by the code of its failure."""
    remedy = remedy_of(seen.run.error_code)
    if remedy == Remedy.EDIT:
        return Action.EDIT, "Open its settings"
    if remedy == Remedy.RECONNECT and seen.run.connection_id is not None:
        return Action.RECONNECT, "Reconnect"
    # Other kinds read what lies somewhere else; their next run reads it again.
    if remedy == Remedy.UPLOAD and seen.run.kind == JobKind.IMPORT:
        return Action.UPLOAD, "Bring another file"
    return Action.RETRY_NOW, "Run again"
