"""What the page shows of accounts, in a fixed number of queries."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict

from django.db.models import Count
from django.utils import timezone

from connectors.base import Connector
from connectors.models import Connection, Credential
from connectors.policy import Gate, gates
from ingestion.connections_page.accounts import Account
from ingestion.connections_page.ways import kept_of
from ingestion.models import AssetOrigin, Job
from ingestion.models.job import JobKind
from ingestion.pipelines.runs import last_runs
from ingestion.syncs.linking import may_connect, oauth_connectors
from media.library import source_name


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A source whose accounts are linked.

    Attributes:
        why_not: no account can be linked for now, as a sentence; empty where one can.
        accounts: those that are linked, the ones in trouble first, and those that were.
        keeps: what is kept of what it brings, and how long.
    """

    connector: Connector
    why_not: str
    accounts: list[Account]
    keeps: str

    @property
    def title(self) -> str:
        """Return what the card is headed by."""
        return f"{self.connector.title} account"

    @property
    def linked(self) -> list[Account]:
        """Return the accounts that are linked."""
        return [account for account in self.accounts if account.is_linked]


def sources(now: dt.datetime | None = None) -> list[Source]:
    """Return the sources with the accounts of the organization in scope."""
    policy = gates()
    found = _accounts(now or timezone.now(), policy)
    return [
        Source(
            connector,
            may_connect(connector),
            found[connector.name],
            kept_of(policy[connector.name].retention),
        )
        for connector in oauth_connectors()
    ]


def account_of(connection: Connection, now: dt.datetime | None = None) -> Account | None:
    """Return one account; None where the connection is of none."""
    found = _accounts(now or timezone.now(), gates(), only=connection.pk)
    accounts = found[connection.connector]
    return accounts[0] if accounts else None


def _accounts(
    now: dt.datetime, policy: dict[str, Gate], *, only: uuid.UUID | None = None
) -> dict[str, list[Account]]:
    """Return the accounts by their connector."""
    connections = Connection.objects.exclude(connector="").order_by("name", "pk")
    if only is not None:
        connections = connections.filter(pk=only)
    rows = list(connections)
    keys = [row.pk for row in rows]
    known = {connector.name: connector for connector in oauth_connectors()}
    of_these = {"connection__in": keys}
    credentials = {each.connection_id: each for each in Credential.objects.filter(**of_these)}
    jobs = {
        job.connection_id: job
        for job in Job.objects.filter(kind=JobKind.SYNC, is_one_off=False, **of_these)
    }
    brought = AssetOrigin.objects.filter(**of_these).order_by().values_list("connection")
    counts = dict(brought.annotate(count=Count("pk")))
    wanted = [(str(kind), key) for key in keys for kind in (JobKind.SYNC, JobKind.PURGE)]
    runs = last_runs(wanted) if wanted else {}
    by_connector: dict[str, list[Account]] = defaultdict(list)
    for row in rows:
        connector = known.get(row.connector)
        account = Account(
            connection=row,
            connector=connector,
            source=connector.title if connector else source_name(row.source),
            credential=credentials.get(row.pk),
            job=jobs.get(row.pk),
            runs=runs.get((JobKind.SYNC, row.pk), []),
            purges=runs.get((JobKind.PURGE, row.pk), []),
            count=counts.get(row.pk, 0),
            is_shut=row.connector in policy and not policy[row.connector].is_open,
            now=now,
        )
        if account.is_shown:
            by_connector[row.connector].append(account)
    for accounts in by_connector.values():
        accounts.sort(key=lambda account: account.rank)
    return by_connector
