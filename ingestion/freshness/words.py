"""How old data is, in words for people; the same in banners, mails and gates."""

import datetime as dt

from ingestion.freshness.datasets import DATASETS, DROP_FOLDER, SAVED_ITEMS
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetStatus

# A source that always had rows and returns none.
SUDDENLY_EMPTY = "suddenly_empty"
_UNITS = ((dt.timedelta(days=1), "day"), (dt.timedelta(hours=1), "hour"))
_PLURALS = ("saved_items", "pictures", "thumbnails")
_VERBS = {"pictures": "fetched", "thumbnails": "made"}


def spell(span: dt.timedelta) -> str:
    """Return how long ``span`` is: ``34 days``, ``3 hours``, ``20 minutes``."""
    for unit, name in _UNITS:
        if span >= 2 * unit:
            return f"{span // unit:,} {name}s"
    return count(max(span // dt.timedelta(minutes=1), 1), "minute")


def count(number: int, noun: str) -> str:
    """Return ``1 picture`` or ``1,204 pictures``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def subject_of(status: DatasetStatus) -> str:
    """Return what the dataset is called at the beginning of a sentence."""
    dataset, connection = DATASETS[status.name], status.connection
    if connection is None:
        return dataset.label
    if status.name != SAVED_ITEMS:
        return f"The {dataset.label.lower()} of “{connection.name}”"
    return f"Your {connection.name}" if connection.is_default else f"“{connection.name}”"


def sentence_of(status: DatasetStatus, now: dt.datetime) -> str:
    """Return one sentence that says how fresh the dataset is."""
    subject, is_many = subject_of(status), _is_many(status)
    are = "are" if is_many else "is"
    said = {
        Freshness.NEVER: f"{'have' if is_many else 'has'} never been brought in",
        Freshness.ACTION: "need you" if is_many else "needs you",
        Freshness.PAUSED: f"{are} paused{_by_whom(status)}",
    }
    if status.state in said:
        return f"{subject} {said[Freshness(status.state)]}."
    if status.oldest_pending_at is not None and status.state != Freshness.FRESH:
        return _backlog(status, now)
    if status.as_of is None:
        return f"{subject} {are} out of date."
    old = f"{spell(now - status.as_of)} old"
    return f"{subject} {are} {'up to date, ' if status.state == Freshness.FRESH else ''}{old}."


def failed_units(status: DatasetStatus) -> str:
    """Return how many units nobody tries any more, or files are refused; empty where none are."""
    if status.failed_count and status.name == DROP_FOLDER:
        are = "is" if status.failed_count == 1 else "are"
        return f"{count(status.failed_count, 'file')} in {_within(status)} {are} refused."
    if not status.failed_count or status.name not in _VERBS:
        return ""
    noun = DATASETS[status.name].noun.removesuffix("s")
    return f"{count(status.failed_count, noun)} could not be {_VERBS[status.name]}."


def warning_of(status: DatasetStatus) -> str:
    """Return what the last success was not quite sure of; empty where there is nothing."""
    if status.warning_code != SUDDENLY_EMPTY:
        return ""
    if status.name == DROP_FOLDER:
        return (
            f"{subject_of(status)} was empty the last time, though it held files before. Where "
            "nobody cleared it, see that it is still the right one. What came from it is kept."
        )
    return (
        f"{subject_of(status)} held nothing the last time, though it always did before. "
        "What you have is kept."
    )


def _within(status: DatasetStatus) -> str:
    subject = subject_of(status)
    return subject[:1].lower() + subject[1:]


def _backlog(status: DatasetStatus, now: dt.datetime) -> str:
    noun = DATASETS[status.name].noun.removesuffix("s")
    waiting, verb = count(status.pending_count, noun), _VERBS.get(status.name, "done")
    since = spell(now - (status.oldest_pending_at or now))
    if status.pending_count == 1:
        return f"{waiting} has waited to be {verb} for {since}."
    return f"{waiting} wait to be {verb}, the oldest for {since}."


def _is_many(status: DatasetStatus) -> bool:
    """Return whether what the sentence begins with is in the plural."""
    return status.connection is None and status.name in _PLURALS


def _by_whom(status: DatasetStatus) -> str:
    job = status.job
    if job is None:
        return ""
    who = f" by {job.paused_by}" if job.paused_by is not None else ""
    why = f": {job.pause_reason.rstrip('.')}" if job.pause_reason else ""
    return who + why
