"""How often jobs run by themselves, as people set it."""

from django.db import transaction

from ingestion.control.errors import JobArchivedError
from ingestion.control.locks import check_steered, locked, name_of
from ingestion.control.timeline import note_of_job
from ingestion.freshness.services import reconsider
from ingestion.models import Job
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import plan_next
from tenants.models import User


@transaction.atomic
def edit_schedule(job: Job, cadence: Cadence, by: User | None) -> Job:
    """Let ``job`` run by itself as ``cadence`` says, from now on; return it as it is then.

    A schedule that had stopped, because somebody had to act first, goes on by this.

    Raises:
        CadenceInvalidError: what is wrong with it, and what to write instead.
        JobArchivedError: the job runs once, so it has no schedule.
        NotSteeredError: what it does is asked for elsewhere.
    """
    check_steered(job)
    cadence.check()
    job = locked(job)
    if job.is_one_off:
        raise JobArchivedError(f"“{name_of(job)}” runs once, so it has no schedule.")
    job.interval_s, job.cron = cadence.interval_s, cadence.cron
    job.timezone, job.jitter_s = cadence.timezone, cadence.jitter_s
    plan_next(job)
    job.save(update_fields=["interval_s", "cron", "timezone", "jitter_s", "next_due_at"])
    reconsider(job)
    note_of_job(
        job,
        "schedule_edited",
        by,
        interval_s=job.interval_s,
        cron=job.cron,
        timezone=job.timezone,
        jitter_s=job.jitter_s,
    )
    return job
