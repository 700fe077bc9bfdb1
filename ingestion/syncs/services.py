"""Linking an account, and letting it go."""

from django.db import transaction
from django.utils import timezone

from connectors.base import Connector
from connectors.credentials import Tokens, store_tokens
from connectors.models import Connection, Credential
from connectors.policy import require_open
from ingestion.control import resume
from ingestion.engine.runs import start_run
from ingestion.models import Job
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane, Trigger
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import plan_next
from ingestion.syncs.kind import SyncKind
from tenants.models import User
from tenants.scope import current_org_id

# Changes come to those who look twice a day; most runs cost one request.
SYNC_EVERY = Cadence(interval_s=6 * 3600, jitter_s=1800)


@transaction.atomic
def link_account(
    connector: Connector,
    tokens: Tokens,
    *,
    account_id: str,
    account_name: str,
    by: User | None,
) -> Job:
    """Keep an account in sync from now on; return the job, whose first run is queued.

    An account that was linked before goes on where it stood. Call inside the organization's scope.

    Raises:
        PolicyClosedError: the operator has not opened this way of reading; nothing was changed.
        KeyRingUnavailableError: what keeps the keys does not answer; nothing was changed.
    """
    require_open(connector.name)
    connection = _connection_of(connector, account_id=account_id, account_name=account_name)
    store_tokens(connection, tokens, account_id=account_id, account_name=account_name)
    job, _ = Job.objects.get_or_create(
        org_id=connection.org_id,
        connection=connection,
        kind=JobKind.SYNC,
        is_one_off=False,
        defaults={
            "created_at": timezone.now(),
            "created_by": by,
            "params": SyncKind().clean_params({}),
            "interval_s": SYNC_EVERY.interval_s,
            "jitter_s": SYNC_EVERY.jitter_s,
        },
    )
    resume(job, by)
    job.refresh_from_db()
    job.state, job.archived_at = JobState.ACTIVE, None
    plan_next(job)
    job.save()
    start_run(job, lane=Lane.BULK, trigger=Trigger.PERSON, created_by=by)
    return job


def _connection_of(connector: Connector, *, account_id: str, account_name: str) -> Connection:
    """Return the connection of an account, by what it is called or by who it was before."""
    known = Credential.objects.filter(account_id=account_id, connection__connector=connector.name)
    if credential := known.select_related("connection").first():
        return credential.connection
    org_id = current_org_id()
    connection, _ = Connection.objects.get_or_create(
        org_id=org_id,
        source=connector.source.value,
        name=f"{connector.title}: {account_name or account_id}"[:120],
        defaults={"connector": connector.name},
    )
    if connection.connector != connector.name:
        connection.connector = connector.name
        connection.save(update_fields=["connector"])
    return connection
