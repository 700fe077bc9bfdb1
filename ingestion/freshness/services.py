"""What people choose about being told of old data."""

import datetime as dt
import logging
import uuid

from django.db import transaction
from django.utils import timezone

from ingestion.errors import ReminderRefusedError
from ingestion.freshness.counts import count_backlog
from ingestion.freshness.datasets import DATASETS
from ingestion.freshness.rows import DAY_S, KEEPS_FAILING, SCHEDULE, TIME, lock, locked, settle
from ingestion.models import DatasetFlip, DatasetStatus, Job, SyncRun
from media.models.stage import Stage
from tenants.models import User

logger = logging.getLogger(__name__)

LONGEST_DAYS = 366


@transaction.atomic
def set_reminder(
    status: DatasetStatus, days: int | None, by: User | None, *, now: dt.datetime | None = None
) -> DatasetStatus:
    """Remind people of an export that is older than ``days``; None: never. Return it as it is then.

    Raises:
        ReminderRefusedError: it is refreshed by a schedule, or the days are out of range.
    """
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise ReminderRefusedError(f"Choose between 1 and {LONGEST_DAYS} days, or no reminder.")
    status = locked(status.pk)
    if status.job is not None:
        raise ReminderRefusedError("It comes by a schedule, which says when it is late.")
    every_s = None if days is None else days * DAY_S
    DatasetStatus.objects.filter(pk=status.pk).update(remind_every_s=every_s)
    status.remind_every_s = every_s
    settle(status, reason=SCHEDULE, now=now or timezone.now())
    logger.info("Reminder of dataset %s set to %s days by %s.", status.pk, days, by and by.pk)
    return status


@transaction.atomic
def mute(status: DatasetStatus, until: dt.datetime | None, by: User | None) -> None:
    """Say nothing of the dataset on pages and by mail until then; None: speak again.

    That is for everybody. What gets worse meanwhile and lasts is told once the silence is over.
    """
    muter = by if until is not None else None
    DatasetStatus.objects.filter(pk=status.pk).update(muted_until=until, muted_by=muter)
    status.muted_until, status.muted_by = until, muter
    logger.info("Dataset %s muted until %s by %s.", status.pk, until, by and by.pk)


@transaction.atomic
def reconsider(job: Job, *, now: dt.datetime | None = None) -> None:
    """Judge anew what ``job`` refreshes, after its schedule was changed."""
    keys = DatasetStatus.objects.filter(job=job).order_by("name").values_list("pk", flat=True)
    for key in keys:
        settle(locked(key), reason=SCHEDULE, now=now or timezone.now())


@transaction.atomic
def warn(job: Job, run: SyncRun, *, now: dt.datetime) -> None:
    """Have people told that what ``job`` refreshes keeps failing, whatever its state by then."""
    kept = DatasetStatus.objects.filter(job=job).order_by("name")
    DatasetFlip.objects.bulk_create(
        DatasetFlip(
            org_id=status.org_id,
            dataset=status,
            old_state=status.state,
            new_state=status.state,
            reason=KEEPS_FAILING,
            run_id=run.pk,
            at=now,
        )
        for status in kept
    )


@transaction.atomic
def recount(org_id: uuid.UUID, stage: Stage, *, now: dt.datetime | None = None) -> None:
    """Count the units of ``stage`` after people changed what waits; that makes nothing fresher."""
    now = now or timezone.now()
    for name in (dataset.name for dataset in DATASETS.values() if dataset.stage == stage):
        status = lock(org_id, name)
        count_backlog(status, now)
        settle(status, reason=TIME, now=now)
