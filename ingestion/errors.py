"""What can go wrong in a run.

* AppError
  + LeaseLostError    (409) the run has another holder, or ended; nothing more may be written
  + RunCancelledError (409) somebody asked for the end of the run; what was committed stays
  + ImportStoppedError (409) somebody pressed Ctrl-C before the files were stored
  + CadenceInvalidError (400) a schedule that cannot be meant
  + ParamsInvalidError (400) what a job is told does not fit its kind
  + KindUnknownError  (409) a job is of a kind that this version does not know
  + NoPicturesError   (422) a page was read and shows no picture
  + AllFailedError    (422) of all pictures that were to be brought none came
  + DeadlineError     (409) a run took longer than it may
  + SiteBusyError     (422) a site asks us to come back later than anybody waits
  + ReminderRefusedError (422) a reminder of old data that cannot be meant
* MergesBusyError      another process merges, and there is no time to wait for it
* StepSkippedError     a step has a reason not to do anything this time
* FolderRefusedError   a folder holds nothing to import, or more than one import may bring
* SourceError          reading a source failed in a way of which only its cause tells
"""

from ingestion.codes import Origin
from tenants.errors import AppError


class LeaseLostError(AppError):
    """The lease is gone: another worker holds the run, or it ended without us."""

    code = "lease_lost"
    status = 409


class RunCancelledError(AppError):
    """Somebody asked for the end of the run; what was committed stays."""

    code = "cancelled_by_user"
    status = 409


class ImportStoppedError(AppError):
    """Somebody pressed Ctrl-C before the files were stored; nothing was kept."""

    code = "stopped"
    status = 409


class CadenceInvalidError(AppError):
    """A schedule names a time that does not exist, or comes too often."""

    code = "cadence_invalid"


class ParamsInvalidError(AppError):
    """What a job is told does not fit its kind."""

    code = "params_invalid"


class KindUnknownError(AppError):
    """A job is of a kind that nothing here can do."""

    code = "kind_unknown"
    status = 409

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"This version of Magpie has no jobs of the kind “{kind}”, so this one cannot run. "
            "Update Magpie, or remove the job.",
            kind=kind,
        )


class ReminderRefusedError(AppError):
    """Nobody can be reminded so, or the data comes by a schedule of its own."""

    code = "reminder_refused"
    status = 422


class NoPicturesError(AppError):
    """A page was read, and no picture of it can be brought."""

    code = "no_pictures"
    status = 422


class AllFailedError(AppError):
    """Of all pictures that were to be brought none came.

    Args:
        reason: the sentence of the first that failed; may be empty.
    """

    code = "all_failed"
    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(f"None of the pictures came. {reason}".strip())


class DeadlineError(AppError):
    """A run took longer than it may; what it did stays."""

    code = "deadline_exceeded"
    status = 409


class SiteBusyError(AppError):
    """A site asks us to come back later than anybody waits."""

    code = "site_busy"
    status = 422


class FolderRefusedError(Exception):
    """A folder holds nothing that can be imported, or more than one import may bring."""


class MergesBusyError(Exception):
    """Another process merges into the organization, and there is no time to wait for its commit."""


class StepSkippedError(Exception):
    """A step has a reason not to do anything this time, which is neither success nor failure.

    Attributes:
        reason: a sentence for people.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SourceError(Exception):
    """Reading a source failed; ``__cause__`` says how, this says where."""

    def __init__(self, origin: Origin) -> None:
        super().__init__(f"Reading failed; origin: {origin}.")
        self.origin = origin
