"""Linking an account: its connection, its tokens, its job, and the first run of that."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from connectors.base import Connector
from connectors.credentials import Tokens, note_state, store_tokens
from connectors.errors import LinkRefusedError
from connectors.models import Connection, Credential, CredentialState
from connectors.oauth.answering import missing_scopes
from connectors.policy import require_open
from ingestion.control import resume
from ingestion.control.timeline import note_of_job
from ingestion.engine.runs import start_run
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import Lane, Trigger
from ingestion.schedule.cadence import Cadence
from ingestion.schedule.due import plan_next
from ingestion.syncs.kind import SyncKind
from media import sql
from tenants.models import User
from tenants.scope import current_org_id

logger = logging.getLogger(__name__)

# Changes come to those who look twice a day; most runs cost one request.
SYNC_EVERY = Cadence(interval_s=6 * 3600, jitter_s=1800)


@transaction.atomic
def link_account(  # noqa: PLR0913  # all that is known of an account that is linked
    connector: Connector,
    tokens: Tokens,
    *,
    account_id: str,
    account_name: str,
    by: User | None,
    instead_of: Connection | None = None,
) -> Job:
    """Keep an account in sync from now on; return the job, whose first run is queued.

    An account that was linked before goes on where it stood. One that granted less than is needed
    is kept as such, and nothing runs. Call inside the organization's scope.

    Args:
        instead_of: the connection that is linked anew, which has to be of this account.

    Raises:
        LinkRefusedError: it is another account, or what this one brought is being removed.
        PolicyClosedError: the operator has not opened this way of reading; nothing was changed.
        KeyRingUnavailableError: what keeps the keys does not answer; nothing was changed.
    """
    require_open(connector.name)
    if instead_of is not None:
        _refuse_another(connector, instead_of, account_id=account_id, account_name=account_name)
    connection = _connection_of(connector, account_id=account_id, account_name=account_name)
    _refuse_leaving(connection)
    credential = store_tokens(connection, tokens, account_id=account_id, account_name=account_name)
    job = _job_of(connection, by)
    if missing_scopes(connector, tokens.scopes):
        note_state(credential, CredentialState.MISSING_SCOPE)
    else:
        start_run(job, lane=Lane.BULK, trigger=Trigger.PERSON, created_by=by)
    note_of_job(job, "linked", by)
    return job


def _job_of(connection: Connection, by: User | None) -> Job:
    """Return the job of an account, ready to run: whatever had stopped it was of before."""
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
    return job


def _refuse_another(
    connector: Connector, connection: Connection, *, account_id: str, account_name: str
) -> None:
    """Refuse to link another account in place of the one that a connection is, or was, of."""
    if connection.account_id in ("", account_id):
        return
    credential = Credential.objects.filter(connection=connection).first()
    former = (credential and credential.account_name) or connection.name
    logger.info("Connection %s was not linked anew: it was another account.", connection.pk)
    raise LinkRefusedError(
        f"You signed in at {connector.title} as “{account_name or account_id}”, which is another "
        f"account than “{former}” of this connection. Nothing was changed. Sign out at "
        f"{connector.title}, sign in as the right account, and reconnect; or connect the other one "
        "as an account of its own."
    )


def _refuse_leaving(connection: Connection) -> None:
    """Refuse an account while what it brought is being removed: both would go on at once."""
    leaving = SyncRun.objects.open().filter(connection_id=connection.pk, kind=JobKind.PURGE)
    if leaving.exists():
        raise LinkRefusedError(
            "What this account brought is being removed at the moment. Connect it again once that "
            "has ended."
        )


def _connection_of(connector: Connector, *, account_id: str, account_name: str) -> Connection:
    """Return the connection of an account: the one that it had before, linked or let go.

    Until the commit nobody else links an account in the organization: of two who come back at once
    the later one finds what the other one made.
    """
    key = {"key": f"link:{current_org_id()}"}
    sql.run("SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))", key)
    known = Connection.objects.filter(connector=connector.name, account_id=account_id)
    if found := known.exclude(account_id="").order_by("pk").first():
        return found
    name = f"{connector.title}: {account_name or account_id}"[:120]
    named: dict[str, Any] = {"source": connector.source.value, "name": name}
    # Names change hands: who is called like an account that was linked is another one. A second
    # connection of one account has no id of its own, and is linked all the same.
    is_anothers = ~Q(account_id="") | Q(credentials__isnull=False)
    if Connection.objects.filter(is_anothers, **named).exists():
        named["name"] = f"{name[:80]} ({account_id[:36]})"
    connection, _ = Connection.objects.update_or_create(
        org_id=current_org_id(),
        **named,
        defaults={"connector": connector.name, "account_id": account_id},
    )
    return connection
