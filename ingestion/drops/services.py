"""What people do with drop folders: watch one, and stop watching."""

import uuid

from django.db import transaction
from django.utils import timezone

from connectors.items import Source
from connectors.models import Connection
from ingestion.control import resume
from ingestion.control.locks import locked
from ingestion.drops.errors import DropFolderError
from ingestion.drops.kind import DropKind
from ingestion.drops.space import make_folder
from ingestion.engine.runs import request_cancel, start_run
from ingestion.freshness.datasets import DROP_FOLDER
from ingestion.imports.kind import default_connection
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane, Trigger
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import plan_next
from tenants.models import Organization, User

HOURLY = Cadence(interval_s=3600, jitter_s=600)
# Before the name of a source, in what people choose: a connection that is yet to be made.
NEW = "new"


@transaction.atomic
def watch_folder(
    connection: Connection,
    prefix: str,
    cadence: Cadence = HOURLY,
    *,
    by: User | None,
    trigger: Trigger = Trigger.PERSON,
) -> Job:
    """Import every new file of a folder from now on, and look at once; return the job that does.

    A connection has one folder: naming another one moves it. Files that were imported once stay
    known, wherever the folder is moved. Call inside the organization's scope.

    Args:
        prefix: within the organization's own space; "" for all of it.

    Raises:
        ParamsInvalidError: the name of the folder cannot be one.
        CadenceInvalidError: what is wrong with the schedule.
        DropFolderError: another connection watches the folder.
        DropFolderMissingError: there is no such folder, and it cannot be made here.
    """
    params = DropKind().clean_params({"folder": prefix})
    cadence.check()
    _check_alone(connection, params["folder"])
    make_folder(connection.org_id, params["folder"])
    job = _standing_job(connection)
    # Who watches a folder wants it looked at: what was paused goes on, and all are told.
    resume(job, by)
    job = locked(job)
    job.params, job.created_by = params, by
    job.state, job.archived_at = JobState.ACTIVE, None
    job.interval_s, job.cron = cadence.interval_s, cadence.cron
    job.timezone, job.jitter_s = cadence.timezone, cadence.jitter_s
    plan_next(job)
    job.save()
    start_run(job, lane=Lane.INTERACTIVE, trigger=trigger, created_by=by)
    return job


def _standing_job(connection: Connection) -> Job:
    job, _ = Job.objects.get_or_create(
        org_id=connection.org_id,
        connection=connection,
        kind=JobKind.DROP,
        is_one_off=False,
        defaults={"created_at": timezone.now()},
    )
    return job


@transaction.atomic
def stop_watching(job: Job, *, by: User | None) -> None:
    """Look at the folder no more; what was imported stays, and so do the files in it."""
    for run in SyncRun.objects.open().filter(job=job).order_by("pk"):
        request_cancel(run, by=by)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.ARCHIVED,
        archived_at=timezone.now(),
        next_due_at=None,
        paused_at=None,
        paused_by=None,
        pause_reason="",
    )
    # What nobody refreshes any more has no age.
    DatasetStatus.objects.filter(connection=job.connection_id, name=DROP_FOLDER).delete()


def chosen_connection(org: Organization, choice: str) -> Connection:
    """Return the connection that one of ``folder_choices`` means; a new one is made."""
    kind, _, source = choice.partition(":")
    if kind == NEW:
        return default_connection(org.pk, Source(source))
    return Connection.objects.get(pk=uuid.UUID(choice))


def _check_alone(connection: Connection, folder: str) -> None:
    """Refuse a folder that lies in another connection's, or around it: whose files were they?"""
    watching = Job.objects.filter(kind=JobKind.DROP).exclude(connection=connection)
    for job in watching.exclude(state=JobState.ARCHIVED).select_related("connection"):
        other = job.params.get("folder", "")
        if _is_within(folder, other) or _is_within(other, folder):
            where = f"“{other}”" if other else "your whole space"
            message = (
                f"“{job.connection}” watches {where} already. Choose a folder that is not inside "
                "of the other, such as one for each connection."
            )
            raise DropFolderError(message)


def _is_within(folder: str, other: str) -> bool:
    return not other or folder == other or folder.startswith(f"{other}/")
