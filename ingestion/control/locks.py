"""Locks on jobs, in the order in which workers take them."""

from ingestion.control.errors import (
    JobArchivedError,
    JobPausedError,
    NotSteeredError,
    spoken,
)
from ingestion.engine.kinds import kind_of, kinds
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobState


def is_steered(kind: str) -> bool:
    """Return whether people steer jobs of the kind called so; of one that is gone they do."""
    return all(each.can_control for each in kinds() if each.name == kind)


def check_steered(job: Job) -> None:
    """Refuse a job that people do not steer as such.

    A change of the library goes on behind its run, and whose it is decides who may stop it: to
    steer the run would go round that, and leave the change without an end.

    Raises:
        NotSteeredError: it is one of those.
    """
    if not is_steered(job.kind):
        raise NotSteeredError(name_of(job))


def locked(job: Job) -> Job:
    """Lock the job behind its open runs, in the order of a worker, which begins with its run."""
    list(SyncRun.objects.select_for_update().open().filter(job=job).in_lock_order())
    # Not against those that queue a run of the job, who hold its row from being deleted.
    own = Job.objects.select_for_update(of=("self",), no_key=True)
    jobs = own.select_related("connection", "paused_by")
    return jobs.get(pk=job.pk)


def runnable(job: Job) -> Job:
    """Lock the job and return it as one that runs can be made of.

    Raises:
        JobPausedError: somebody paused it, or it paused itself.
        JobArchivedError: it has done what it was for.
        NotSteeredError: what it does is asked for elsewhere.
        NotReadyError: what its kind needs is not there.
    """
    check_steered(job)
    job = locked(job)
    if job.state == JobState.ARCHIVED:
        raise JobArchivedError(f"“{name_of(job)}” is done and put away; it runs no more.")
    if job.state == JobState.PAUSED:
        raise JobPausedError(_paused_sentence(job))
    kind_of(job.kind).check(job)
    return job


def revived(job: Job) -> Job:
    """Lock the job and return it as ``runnable`` does, out of the archive where it is a one-off."""
    job = locked(job)
    if job.is_one_off and job.state == JobState.ARCHIVED:
        Job.objects.filter(pk=job.pk).update(state=JobState.ACTIVE, archived_at=None)
    return runnable(job)


def name_of(job: Job) -> str:
    """Return what people call the job."""
    return job.name or kind_of(job.kind).label


def _paused_sentence(job: Job) -> str:
    if job.paused_by is not None:
        who = f"{job.paused_by} paused “{name_of(job)}”"
    else:
        who = f"“{name_of(job)}” was paused"
    since = f" {spoken(job.paused_at)}" if job.paused_at else ""
    why = f": {job.pause_reason.rstrip('.')}" if job.pause_reason else ""
    return f"{who}{since}{why}. Resume it first; then it can run."
