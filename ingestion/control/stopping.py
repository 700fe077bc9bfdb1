"""Runs that people call off."""

from ingestion.control.locks import check_steered
from ingestion.engine.runs import request_cancel
from ingestion.models import SyncRun
from tenants.models import User


def cancel(run: SyncRun, by: User | None) -> bool:
    """End a run that waits at once, one at work at its next batch; return whether it was open.

    What was committed stays. A run that was cancelled is never tried again.

    Raises:
        NotSteeredError: it carries out what is stopped elsewhere.
    """
    check_steered(run.job)
    return request_cancel(run, by=by)
