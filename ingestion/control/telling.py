"""What a standing job does, as people choose it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from ingestion.control.locks import name_of, runnable
from ingestion.control.queueing import Queued, queue
from ingestion.engine.kinds import kind_of
from ingestion.models import Job, SyncRun
from ingestion.models.run import Trigger
from tenants.errors import NotReadyError
from tenants.models import User


@transaction.atomic
def tell(
    job: Job, params: Mapping[str, Any], by: User | None, *, trigger: Trigger = Trigger.PERSON
) -> Queued:
    """Let ``job`` do what it is told from now on, and queue a run that does.

    Raises:
        ParamsInvalidError: it cannot be told so.
        JobPausedError: it has to be resumed first.
        NotReadyError: it always does the same, or a run of it is not done yet.
    """
    kind = kind_of(job.kind)
    if not kind.can_be_told:
        raise NotReadyError(f"“{name_of(job)}” always does the same. “Run now” starts it.")
    told = kind.clean_params(dict(params))
    job = runnable(job)
    if SyncRun.objects.open().filter(job=job).exists():
        message = f"“{name_of(job)}” runs already. Choose once that has ended, or cancel it first."
        raise NotReadyError(message)
    job.params = told
    job.save(update_fields=["params"])
    return queue(job, by, trigger=trigger)
