"""Why something that was asked of a job or a run cannot be done.

* AppError
  + NotReadyError
    + JobPausedError     (409) the job is paused: resume it first
    + JobArchivedError   (409) the job has done what it was for
    + SourceBlockedError (409) the source asked us to wait, and nobody may begin before
    + NotSteeredError    (409) the job carries out what is steered elsewhere
    + NothingToRunError  (409) a run would find nothing to do
"""

import datetime as dt

from django.utils import timezone

from tenants.errors import NotReadyError


class JobPausedError(NotReadyError):
    """The job is paused; resuming it comes first."""

    code = "job_paused"


class JobArchivedError(NotReadyError):
    """The job has done what it was for."""

    code = "job_archived"


class NotSteeredError(NotReadyError):
    """The job carries out changes of the library; those are stopped and undone one by one."""

    code = "not_steered"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” carries out what people change in the library. To stop or undo one of the "
            "changes, open Activity."
        )


class SourceBlockedError(NotReadyError):
    """The source asked us to wait; until then no run of the connection begins."""

    code = "source_blocked"

    def __init__(self, name: str, until: dt.datetime) -> None:
        super().__init__(
            f"{name} asked us to slow down: the run begins by itself {spoken(until)}. "
            "Nothing is lost by waiting.",
            until=until.isoformat(),
        )


class NothingToRunError(NotReadyError):
    """A run would find nothing to do."""

    code = "nothing_to_run"


def spoken(moment: dt.datetime) -> str:
    """Return ``moment`` as it stands in a sentence: the time, and the day unless it is today."""
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return f"at {local:%H:%M %Z}"
    return f"on {local:%-d %B at %H:%M %Z}"
