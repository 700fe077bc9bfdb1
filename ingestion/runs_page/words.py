"""What happened to a run, in words for people: its state, its tries, its timeline."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from ingestion.codes import CODES, ended
from ingestion.engine.kinds import kinds
from ingestion.freshness.datasets import DATASETS
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunMode, RunState, Trigger
from ingestion.models.step import StepState
from ingestion.runs_page.reads import AttemptRow, EventRow, Seen, StepRow
from media.models.stage import Stage

# Of a state: the variant of badge and mark, and the icon that goes with it.
LOOKS: dict[str, tuple[str, str]] = {
    RunState.QUEUED: ("waiting", "clock"),
    RunState.RUNNING: ("running", "loader"),
    RunState.RETRY_WAIT: ("warning", "clock"),
    RunState.SUCCEEDED: ("success", "check"),
    RunState.WARNINGS: ("warning", "alert"),
    RunState.FAILED: ("danger", "error"),
    RunState.ACTION_REQUIRED: ("danger", "error"),
    RunState.DEAD: ("danger", "error"),
    RunState.CANCELLED: ("waiting", "stop"),
}
STATE_WORDS: dict[str, str] = {
    RunState.QUEUED: "Waiting its turn",
    RunState.RUNNING: "At work",
    RunState.RETRY_WAIT: "Waiting to try again",
    RunState.SUCCEEDED: "Done",
    RunState.WARNINGS: "Done, some failed",
    RunState.FAILED: "Failed",
    RunState.ACTION_REQUIRED: "Needs you",
    RunState.CANCELLED: "Cancelled",
    RunState.DEAD: "Broke off",
}
STEP_LOOKS: dict[str, tuple[str, str]] = {
    StepState.RUNNING: ("running", "loader"),
    StepState.SUCCEEDED: ("success", "check"),
    StepState.FAILED: ("danger", "error"),
    StepState.SKIPPED: ("waiting", "clock"),
}
BAD_STATES = (RunState.FAILED, RunState.ACTION_REQUIRED, RunState.DEAD)
# What became of a record, in the order in which the figures add up.
OUTCOMES = {
    "new": "New",
    "updated": "Updated",
    "unchanged": "Unchanged",
    "skipped": "Skipped",
    "failed": "Failed",
}
_TRIAL_OUTCOMES = {
    "new": "Would be added",
    "updated": "Would change",
    "unchanged": "Would stay as it is",
    "skipped": "Would be skipped",
    "failed": "Would fail",
}
# A unit of a stage is done, or given up.
_STAGE_OUTCOMES = {"new": "Done", "failed": "Failed"}


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline: a mark, what happened, and when; ``until`` is a time it names."""

    variant: str
    icon: str
    text: str
    at: dt.datetime | None
    until: dt.datetime | None = None
    code: str = ""


def kind_label(name: str) -> str:
    """Return what people call a kind of job; its name where nobody registered it."""
    return next((kind.label for kind in kinds() if kind.name == name), name)


def title_of(run: SyncRun, file_name: str = "") -> str:
    """Return what the run is: its job, and whether it is a trial.

    Args:
        file_name: the first file of an import; people know it by that.
    """
    title = f"Import of {file_name}" if file_name else title_of_job(run.job)
    return f"{title} (trial)" if run.is_dry_run else title


def title_of_job(job: Job) -> str:
    """Return what the job is called, and of which connection it is."""
    title = job.name or kind_label(job.kind)
    return title if job.connection is None else f"{title}: {job.connection.name}"


def labels_of(run: SyncRun) -> dict[str, str]:
    """Return the outcomes that a run's records can have, with what people call them."""
    if run.kind in Stage.values:
        return _STAGE_OUTCOMES
    return _TRIAL_OUTCOMES if run.is_dry_run else OUTCOMES


def state_word(run: SyncRun) -> str:
    """Return the run's state in a word or two."""
    if run.is_open and run.cancel_requested_at is not None:
        return "Cancelling…"
    return "Stopped" if run.is_held else STATE_WORDS[run.state]


def look_of(run: SyncRun) -> tuple[str, str]:
    """Return the variant and the icon of the run's state."""
    return ("warning", "stop") if run.is_held else LOOKS[run.state]


def origin_of(run: SyncRun) -> str:
    """Return why the run was queued, to follow "Queued"."""
    who = f" by {run.created_by}" if run.created_by else ""
    if run.trigger == Trigger.SCHEDULE:
        return "by its schedule"
    if run.trigger == Trigger.API:
        return f"through the API{who}"
    if who:
        return who.strip()
    return "because there was work to do" if run.trigger == Trigger.WORK else "by hand"


def scope_of(run: SyncRun) -> str:
    """Return over what a run goes that is no plain one; empty for a plain one."""
    if run.is_dry_run:
        return "A trial: it reads everything and writes nothing."
    return {
        RunMode.MISSING: "Over what is missing.",
        RunMode.FAILED: "Over what failed before.",
        RunMode.ALL: "Over everything again.",
        RunMode.BACKFILL: "Over a window of time.",
        RunMode.REWIND: "From an earlier point on.",
    }.get(RunMode(run.mode), "")


def sentence_of(code: str) -> str:
    """Return what people read of a failure code; empty where there is none."""
    if not code:
        return ""
    return CODES[code].sentence if code in CODES else "It failed for a reason of its own."


# What the steps that only tidy up do, for people.
_STEPS = {
    "held_imports": "Ends imports that nobody went on with",
    "old_files": "Deletes files of old imports",
    "stray_files": "Deletes files that belong to nothing",
    "preflight_items": "Tidies up after checks",
    "trash": "Empties what is old in the trash",
    "source_expiry": "Removes what its source lets us keep no longer",
    "source_pictures": "Lets go of pictures that may be seen at their source alone",
    "source_permits": "Takes up what a source permits by now",
    "faces": "Deletes faces that are not allowed any more",
    "face_vectors": "Forgets templates of faces that are nobody",
    "stray_crops": "Deletes pictures of faces that belong to nothing",
    "orphan_blobs": "Deletes pictures that nothing shows",
    "stages": "Wakes what is left to fetch and to make",
    "repair": "Mends rows of pins that do not hold together",
    "brought_assets": "Removes what nothing else brought",
    "brought_traces": "Forgets that it brought the rest",
    "normalize": "Gives each pin its number, and makes doubles one",
    "enhance": "Asks Pinterest for what pins lack",
    "pictures": "Fetches the pictures of pins",
}


def given_up(code: str) -> str:
    """Return the sentence of a code for what is not tried again by itself."""
    return ended(sentence_of(code))


def step_line(step: StepRow) -> Line:
    """Return a step as a line: its name, its dataset, and what became of it."""
    variant, icon = STEP_LOOKS[step.state]
    if step.state == StepState.FAILED and step.is_optional:
        variant, icon = "warning", "alert"
    dataset = DATASETS.get(step.dataset)
    own = _STEPS.get(step.name, step.name.replace("_", " ").capitalize())
    name = dataset.label if dataset else own
    return Line(variant, icon, name, step.finished_at, code=step.error_code)


def attempt_line(attempt: AttemptRow) -> Line:
    """Return a try as a line; who worked it is nobody's business."""
    if attempt.finished_at is None:
        return Line("running", "loader", "Under way", None)
    if not attempt.error_code:
        variant, icon = LOOKS.get(attempt.outcome, ("waiting", "check"))
        word = STATE_WORDS.get(attempt.outcome, "Ended")
        return Line(variant, icon, f"{word}.", attempt.finished_at)
    return Line(
        "warning",
        "alert",
        sentence_of(attempt.error_code),
        attempt.finished_at,
        code=attempt.error_code,
    )


def timeline(seen: Seen) -> list[Line]:
    """Return the run's events in words, the newest first."""
    return [_event_line(event, seen.run) for event in seen.events]


def _event_line(event: EventRow, run: SyncRun) -> Line:
    make = _EVENTS.get(event.name)
    if make is None:
        return Line("waiting", "info", event.name.replace("_", " ").capitalize(), event.at)
    variant, icon, text = make(event, run)
    until = event.detail.get("at") or event.detail.get("until")
    moment = dt.datetime.fromisoformat(until) if until else None
    return Line(variant, icon, text, event.at, moment, _code(event))


def _rescued(event: EventRow, _: SyncRun) -> tuple[str, str, str]:
    if event.detail.get("state") == RunState.DEAD:
        return "danger", "error", "The work broke off once too often; it was given up"
    return "warning", "refresh", f"Rescued. {sentence_of(_code(event))}"


def _cancelled(event: EventRow, run: SyncRun) -> tuple[str, str, str]:
    if _code(event) == "held_too_long":
        return "waiting", "stop", "Ended: nobody went on with it"
    who = f" by {run.cancel_requested_by}" if run.cancel_requested_by else ""
    return "waiting", "stop", f"Cancelled{who}"


def _asked_to_end(_: EventRow, run: SyncRun) -> tuple[str, str, str]:
    who = str(run.cancel_requested_by or "Somebody")
    return "waiting", "stop", f"{who} asked for the end"


def _ended_badly(event: EventRow, _: SyncRun) -> tuple[str, str, str]:
    return "danger", "error", f"Failed. {sentence_of(_code(event))}"


def _begun(event: EventRow, _: SyncRun) -> tuple[str, str, str]:
    number = event.detail.get("attempt", 1)
    return "running", "play", f"Try {number} began" if number > 1 else "Begun"


def _paused(event: EventRow, _: SyncRun) -> tuple[str, str, str]:
    why = event.detail.get("reason", "")
    text = f"{event.by_name} paused the job" if event.by_name else "The job paused itself"
    return "warning", "pause", f"{text}: {why}" if why else text


def _keeps_failing(event: EventRow, _: SyncRun) -> tuple[str, str, str]:
    count = event.detail.get("failures", 0)
    return "warning", "alert", f"It failed {count:,} times in a row. People were told"


def _by(event: EventRow, verb: str, itself: str) -> str:
    """Return what a person did, or how the same is told where it was none."""
    return f"{event.by_name} {verb}" if event.by_name else itself


def _pictures(event: EventRow, what: str) -> str:
    count = event.detail.get("count", 0)
    return f"{count:,} picture{'' if count == 1 else 's'} {what}"


def _gone_at_source(event: EventRow) -> str:
    gone, places = event.detail.get("count", 0), event.detail.get("places", 0)
    told = f"{gone:,} gone at the source; they stay here, and are marked" if gone else ""
    off = f"{places:,} taken off their boards there" if places else ""
    return "; ".join(part for part in (told, off) if part)


def _code(event: EventRow) -> str:
    return str(event.detail.get("code", ""))


Words = Callable[[EventRow, SyncRun], tuple[str, str, str]]
_EVENTS: dict[str, Words] = {
    "queued": lambda _, run: ("waiting", "clock", f"Queued {origin_of(run)}"),
    "asked_for": lambda event, _: ("waiting", "user", _by(event, "asked for it", "Asked for")),
    "claimed": _begun,
    "identified": lambda *_: ("success", "file", "The files were recognized"),
    "due_now": lambda event, _: (
        "running",
        "refresh",
        _by(event, "asked to go on now", "Goes on now"),
    ),
    "paused": _paused,
    "resumed": lambda event, _: ("running", "play", _by(event, "resumed it", "Gone on with")),
    "linked": lambda event, _: (
        "success",
        "check",
        _by(event, "connected the account", "The account was connected"),
    ),
    "disconnected": lambda event, _: (
        "warning",
        "stop",
        _by(event, "disconnected the account", "The account was disconnected"),
    ),
    "schedule_edited": lambda event, _: (
        "waiting",
        "calendar",
        _by(event, "changed the schedule", "The schedule was changed"),
    ),
    "rewound": lambda event, _: (
        "waiting",
        "refresh",
        _by(event, "set it back to an earlier point", "Set back to an earlier point"),
    ),
    "keeps_failing": _keeps_failing,
    "cancel_requested": _asked_to_end,
    "cancelled": _cancelled,
    "held": lambda *_: ("warning", "stop", "Stopped on the command line"),
    "finished": lambda *_: ("success", "check", "Finished"),
    "retry_scheduled": lambda event, _: (
        "warning",
        "clock",
        f"{sentence_of(_code(event))} Next try:",
    ),
    "rate_limited": lambda *_: ("warning", "pause", "The source asked us to wait until"),
    "site_waits": lambda *_: ("warning", "pause", "The site asked us to wait until"),
    "faces_awaited": lambda *_: ("running", "clock", "All pictures are here; faces are looked for"),
    "faces_left": lambda event, _: (
        "warning",
        "pause",
        _pictures(event, "done without a look for faces, which follows by itself")
        + (f": {sentence_of(_code(event))}" if _code(event) else ""),
    ),
    "pictures_found": lambda event, _: ("success", "file", _pictures(event, "found")),
    "pictures_cut": lambda event, _: (
        "warning",
        "alert",
        _pictures(event, "further down left out: more than one page may bring"),
    ),
    "removed_at_source": lambda event, _: ("success", "check", _gone_at_source(event)),
    "board_skipped": lambda event, _: (
        "warning",
        "alert",
        f"“{event.detail.get('board', '')}” could not be read. {sentence_of(_code(event))}",
    ),
    "rescued": _rescued,
    "failed": _ended_badly,
    "action_required": _ended_badly,
}
