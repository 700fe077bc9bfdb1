"""The sentences of notifications, and the page that mends what they speak of."""

import dataclasses
import datetime as dt

from django.utils import timezone
from django.utils.formats import date_format

from ingestion.codes import Remedy, remedy_of
from ingestion.freshness.datasets import DATASETS, DROP_FOLDER, SAVED_ITEMS, STORED_FILES
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetStatus
from ingestion.pipelines.names import line_id_of
from tenants.models import Organization
from tenants.urls_for import org_reverse

# Where things are mended.
IMPORTS, PIPELINES = "ingestion:imports", "ingestion:pipelines"
RECONNECT = "ingestion:connection_reconnect"
# Their labels are in the singular.
_SINGULAR = frozenset({DROP_FOLDER, STORED_FILES})
_LATE = "It should have been brought up to date by now."
_FAILED = "It failed too often and stopped by itself."
_ACTIONS = {
    Remedy.RETRY: "Open Pipelines to try again.",
    Remedy.EDIT: "Open Pipelines to put it right.",
    Remedy.UPLOAD: "Open Imports to bring the file again.",
    Remedy.RECONNECT: "Reconnect the account to go on.",
}
_LOOK = "Open Pipelines to see how it goes on."
_UNPAUSE = "Open Pipelines to let it go on."
_BRING = "Open Imports: it says how to get one, and takes it."


@dataclasses.dataclass(frozen=True, slots=True)
class Message:
    """What one person reads, and the path of this site that leads to where it is mended."""

    title: str
    body: str
    path: str


def trouble(org: Organization, status: DatasetStatus, state: str) -> Message:
    """Return what to say of a dataset that came to ``state``, which is no good one."""
    what, is_one = _subject(org, status)
    verb = "is" if is_one else "are"
    if _is_brought(status) and state in {Freshness.LATE, Freshness.STALE}:
        return Message(
            f"{what}: time for a new export",
            f"{_since(status)} {_BRING}",
            org_reverse(org, IMPORTS),
        )
    title = {
        Freshness.LATE: f"{what} {verb} late",
        Freshness.STALE: f"{what} {verb} out of date",
        Freshness.PAUSED: f"{what} {verb} paused",
        Freshness.ACTION: f"{what} need{'s' if is_one else ''} you",
    }[Freshness(state)]
    reason, action = _reason(status, state), _action(status, state)
    return Message(title, f"{_since(status)} {reason} {action}", _path(org, status))


def warning(org: Organization, status: DatasetStatus) -> Message:
    """Return what to say of a dataset whose job keeps failing, however old the data is by then."""
    what, is_one = _subject(org, status)
    count = status.job.consecutive_failures if status.job else status.consecutive_failures
    tried = f"It was tried {count:,} times in a row, and failed each time."
    body = " ".join([tried, _sentence(status.user_message), _action(status, status.state)])
    title = f"{what} keep{'s' if is_one else ''} failing"
    return Message(title, f"{_since(status)} {body}", _path(org, status))


def recovery(org: Organization, status: DatasetStatus) -> Message:
    """Return what to say of a dataset that is fresh again."""
    what, is_one = _subject(org, status)
    title = f"{what} {'is' if is_one else 'are'} up to date again"
    return Message(title, _since(status), _line(org, status))


def _subject(org: Organization, status: DatasetStatus) -> tuple[str, bool]:
    """Return what it is about, and whether that is one thing."""
    dataset = DATASETS.get(status.name)
    label = dataset.label if dataset else status.name.replace("_", " ").capitalize()
    owner = status.connection.name if status.connection else org.name
    return f"{label} of {owner}", status.name in _SINGULAR


def _is_brought(status: DatasetStatus) -> bool:
    """Return whether people bring the data themselves, as exports."""
    return status.name == SAVED_ITEMS and status.job_id is None


def _since(status: DatasetStatus) -> str:
    if status.as_of is None:
        return "Nothing was read so far."
    at = status.as_of.astimezone(dt.UTC)
    is_this_year = at.year == timezone.now().year
    day = date_format(at, "l, j F" if is_this_year else "j F Y")
    return f"What you see is as of {day}, {at:%H:%M} (UTC)."


def _reason(status: DatasetStatus, state: str) -> str:
    if state == Freshness.PAUSED:
        return _sentence(status.job.pause_reason if status.job else "") or _FAILED
    return _sentence(status.user_message) or _LATE


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."


def _action(status: DatasetStatus, state: str) -> str:
    if state == Freshness.PAUSED:
        return _UNPAUSE
    return _ACTIONS.get(remedy_of(status.error_code), _LOOK)


def _path(org: Organization, status: DatasetStatus) -> str:
    remedy = remedy_of(status.error_code)
    if remedy == Remedy.UPLOAD:
        return org_reverse(org, IMPORTS)
    if remedy == Remedy.RECONNECT and status.connection_id is not None:
        return org_reverse(org, RECONNECT, connection_id=status.connection_id)
    return _line(org, status)


def _line(org: Organization, status: DatasetStatus) -> str:
    """Return the path of the dataset's line on Pipelines."""
    return f"{org_reverse(org, PIPELINES)}#line-{line_id_of(status)}"
