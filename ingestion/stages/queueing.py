"""Standing jobs of the stages, and waking them when units are pending."""

import datetime as dt
import itertools
import random
import uuid
from collections.abc import Collection

from django.conf import settings
from django.db.models import Case, F, Min, When
from django.db.models.functions import Now
from django.utils import timezone

from connectors.web.walled import is_walled
from faces import units
from ingestion.control.queueing import take_up
from ingestion.driver import start_run
from ingestion.freshness.services import recount
from ingestion.models import Job, SyncRun
from ingestion.models.run import WAITING_STATES, Lane, RunState, Trigger
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import plan_next
from ingestion.taxonomy import JITTER, LADDER_S
from media.again import Which, add_units, hasten, put_back, requeue
from media.models import Asset, StageState
from media.models.stage import Stage, StageStatus

# Beside the new work that wakes them: what nobody queued, or woke, waits no longer than this.
SAFETY_NET = Cadence(interval_s=6 * 3600, jitter_s=3600)
BAD_ENDS = (RunState.FAILED, RunState.DEAD, RunState.ACTION_REQUIRED)


def start_stage_run(
    org_id: uuid.UUID, stage: str, *, not_before: dt.datetime | None = None
) -> SyncRun | None:
    """Queue a run over the pending units of ``stage``, for when the first of them is due.

    Returns the run that waits by then, or None where nothing is pending.
    """
    due_at = StageState.objects.filter(stage=stage, status=StageStatus.PENDING).aggregate(
        first=Min("due_at")
    )["first"]
    if due_at is None:
        return None
    job = standing_job(org_id, stage)
    earliest = not_before or timezone.now()
    return start_run(job, lane=Lane.BULK, run_after=max(due_at, earliest))


def queue_faces(org_id: uuid.UUID, blob_ids: Collection[uuid.UUID] | None = None) -> SyncRun | None:
    """Put in line what may be analysed of these pictures (or of all), and queue a run over it.

    In the organization's scope. Returns the run that waits, None where nothing is in line.
    """
    if not units.add_units(blob_ids):
        return None
    return start_stage_run(org_id, Stage.FACES)


def queue_links(org_id: uuid.UUID) -> SyncRun | None:
    """Put in line the links that nobody checked yet, and queue a run over them.

    In the organization's scope. Returns the run that waits, None where nothing is in line.
    """
    return start_stage_run(org_id, Stage.LINKS) if add_units(Stage.LINKS) else None


def look_again(asset: Asset) -> bool:
    """Let the link of ``asset`` be checked as soon as may be; return whether it will be.

    In the organization's scope. One that waits because its site asked us to goes on waiting.
    """
    if not settings.ENRICH_LINKS or is_walled(asset.link_url):
        return False
    StageState.objects.bulk_create(
        [StageState(org_id=asset.org_id, stage=Stage.LINKS, asset=asset)], ignore_conflicts=True
    )
    unit = StageState.objects.filter(stage=Stage.LINKS, asset=asset)
    asked = unit.exclude(status=StageStatus.PENDING, error_code="rate_limited")
    asked.update(
        status=StageStatus.PENDING,
        former=Case(
            When(status__in=(StageStatus.DONE, StageStatus.FAILED), then=F("status")),
            default=F("former"),
        ),
        attempts=0,
        due_at=Now(),
        waiting_since=Now(),
    )
    start_stage_run(asset.org_id, Stage.LINKS)
    return True


def standing_job(org_id: uuid.UUID, stage: str) -> Job:
    """Return the job of ``stage`` in the organization in scope; made where there is none yet."""
    jobs = Job.objects.filter(org_id=org_id, kind=stage, is_one_off=False, connection=None)
    job = jobs.first()
    if job is None:
        # Somebody else may be as quick.
        Job.objects.bulk_create([new_standing_job(org_id, stage)], ignore_conflicts=True)
        job = jobs.get()
    return job


def new_standing_job(org_id: uuid.UUID, stage: str) -> Job:
    """Return the job of ``stage`` as every organization gets it, not saved yet."""
    job = Job(
        org_id=org_id,
        kind=stage,
        is_one_off=False,
        interval_s=SAFETY_NET.interval_s,
        jitter_s=SAFETY_NET.jitter_s,
        created_at=timezone.now(),
    )
    plan_next(job)
    return job


def find_forgotten(run: SyncRun) -> int:
    """Make units pending that nobody queued; return how many.

    Only in a run's first slice, and not where new work has queued it: it looks at every unit.
    """
    if run.trigger == Trigger.WORK or run.slices > 1:
        return 0
    return add_units(Stage(run.kind))


def call_off(run: SyncRun) -> int:
    """Let the units that people put in line again for a cancelled ``run`` stand as before.

    Else the next run of the stage, whatever it was queued for, would work them all the same.
    Returns how many they are.
    """
    stage = Stage(run.kind)
    count = put_back(stage)
    recount(run.org_id, stage)
    return count


def start_after_failure(run: SyncRun) -> SyncRun | None:
    """Queue the next run of a stage whose ``run`` ended badly; its units have no other help.

    The more bad ends in a row, the later: after minutes at first, an hour at most.
    """
    wait = wait_after_failure(run)
    return start_stage_run(run.org_id, run.kind, not_before=timezone.now() + wait)


def wait_after_failure(run: SyncRun) -> dt.timedelta:
    """Return how long after ``run``, which ended badly, the next of its job shall wait."""
    ended = SyncRun.objects.filter(job=run.job_id, finished_at__isnull=False).newest_first()
    states = ended.values_list("state", flat=True)[: len(LADDER_S)]
    in_a_row = sum(1 for _ in itertools.takewhile(BAD_ENDS.__contains__, states))
    base = LADDER_S[max(in_a_row, 1) - 1]
    return dt.timedelta(seconds=base * random.uniform(1 - JITTER, 1))  # noqa: S311  # spreading


def run_again(org_id: uuid.UUID, stage: Stage, which: Which) -> int:
    """Run ``stage`` again over ``which`` of its units; return how many are due.

    A run that waits for a later try, after an engine was missing say, comes due as well.
    """
    requeue(stage, which)
    hasten(stage)
    run = start_stage_run(org_id, stage)
    if run is not None and run.state in WAITING_STATES:
        take_up(run, None, trigger=Trigger.PERSON)
    recount(org_id, stage)
    due = StageState.objects.filter(stage=stage, status=StageStatus.PENDING, due_at__lte=Now())
    return due.count()
