"""The sync job: keeps the library like an account at a source."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncGenerator, Iterator
from typing import ClassVar

from django import forms
from django.utils import timezone

from connectors.base import SyncPage, connector_named
from connectors.credentials import credential_of, note_state
from connectors.errors import AccountError, ConnectorError, ReconnectError, RightsMissingError
from connectors.items import Page
from connectors.models import Connection, Credential, CredentialState
from connectors.policy import Gate, gate_of, require_open
from connectors.threads import in_thread
from ingestion.engine.claims import fence
from ingestion.engine.events import record_event
from ingestion.engine.kinds import DAY_S, Slice
from ingestion.freshness.datasets import SAVED_ITEMS
from ingestion.models import Job, RunEvent, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunMode
from ingestion.sources import Cursor, SourceKind
from ingestion.syncs.access import AccountAccess
from ingestion.syncs.removals import note_page
from ingestion.syncs.state import LibraryState, Mark
from tenants.errors import NotReadyError
from tenants.scope import org_scope

SWEEP_DAYS = 7
SKIPPED = "board_skipped"
NO_ACCOUNT = "This job has no account any more. Connect one."
# What an error of a source makes of a credential; others tell of what is not there, or is noted.
STATES = {
    ReconnectError: CredentialState.REVOKED,
    RightsMissingError: CredentialState.MISSING_SCOPE,
}


class SyncParams(forms.Form):
    """What a sync is told."""

    sweep_days = forms.IntegerField(
        label="Days between two looks at everything",
        min_value=1,
        max_value=90,
        required=False,
        help_text="Edits of old items and removals are found then.",
    )

    def clean_sweep_days(self) -> int:
        """Return the days; a week where nothing is said."""
        return int(self.cleaned_data["sweep_days"] or SWEEP_DAYS)


class SyncKind(SourceKind):
    """Reads what changed in an account and, now and then, all of it.

    A run goes on where the one before it ended, be it in the middle of a board; "Run all again"
    reads everything.
    """

    name: ClassVar[str] = JobKind.SYNC
    label: ClassVar[str] = "Sync an account"
    datasets: ClassVar[tuple[str, ...]] = (SAVED_ITEMS,)
    params_form: ClassVar[type[forms.Form]] = SyncParams
    deadline_s: ClassVar[int] = 7 * DAY_S
    can_rewind: ClassVar[bool] = True

    def check(self, job: Job) -> None:
        """Look whether the account can be asked."""
        if job.connection is None:
            raise NotReadyError(NO_ACCOUNT)
        require_open(job.connection.connector)
        try:
            credential = credential_of(job.connection)
        except ConnectorError as error:
            raise NotReadyError(error.message) from error
        if credential.state != CredentialState.OK:
            message = f"“{job.connection}” has to be reconnected before it can be read."
            raise NotReadyError(message)

    def work(self, turn: Slice) -> None:
        """Read the account on, as long as the operator lets it be read.

        Raises:
            PolicyClosedError: the terms were not reviewed, or it was refused, maybe since the last
                slice. What was read stays, and the run goes on where it stopped.
        """
        with org_scope(turn.held.org_id):
            fence(turn.held)
            job = Job.objects.select_related("connection").get(runs=turn.held.run_id)
            if job.connection is not None:
                require_open(job.connection.connector)
        super().work(turn)

    def fetch_delta(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
        """Read the account on; looks at the database are made beside this thread's event loop."""
        with asyncio.Runner() as runner:
            gate = runner.run(in_thread(lambda: gate_of(_connector_of(run))))
            mark = Mark.unpacked(cursor).begun(
                is_sweep_asked=run.mode == RunMode.ALL,
                sweep_every=_sweep_every(run, gate),
                now=timezone.now(),
            )
            pages = _read(run, mark)
            try:
                while (page := runner.run(_next(pages))) is not None:
                    mark = mark.behind(page, now=timezone.now())
                    yield dataclasses.replace(page, cursor=mark.packed())
            finally:
                runner.run(pages.aclose())

    def from_the_start(self, left_at: Cursor | None) -> Cursor | None:
        """Begin a round of its own, but remember what was there: only so is it known to be gone."""
        return Mark.unpacked(left_at).between_rounds().packed() if left_at else None

    def wrote(self, run: SyncRun, page: Page) -> None:
        """Write what the page says is gone, and tell it in the run's timeline."""
        if not isinstance(page, SyncPage) or run.job.connection is None:
            return
        if page.expected is not None:
            SyncRun.objects.filter(pk=run.pk).update(expected_count=page.expected)
        gone, places = note_page(run, page, source=run.job.connection.source)
        if gone or places:
            record_event(run.org_id, run.pk, "removed_at_source", count=gone, places=places)
        for board in page.skipped:
            record_event(run.org_id, run.pk, SKIPPED, board=board.name, code=board.code)

    def has_warnings(self, run: SyncRun) -> bool:
        """Return whether something could not be read."""
        skipped = RunEvent.objects.filter(run=run, name=SKIPPED)
        return super().has_warnings(run) or skipped.exists()


def _connector_of(run: SyncRun) -> str:
    """Return what reads the account of a run; empty where it has none."""
    return run.job.connection.connector if run.job.connection else ""


def _sweep_every(run: SyncRun, gate: Gate) -> dt.timedelta:
    """Return how old the last look at everything may be.

    What may not be kept for good is to be seen again well before it would expire.
    """
    asked = dt.timedelta(days=int(run.job.params.get("sweep_days", SWEEP_DAYS)))
    days = gate.retention.days
    return asked if days is None else min(asked, dt.timedelta(days=days) / 2)


async def _read(run: SyncRun, mark: Mark) -> AsyncGenerator[SyncPage]:
    """Yield what the connector reads on behalf of the run's account."""
    connection = run.job.connection
    if connection is None:
        raise NotReadyError(NO_ACCOUNT)
    connector = connector_named(connection.connector)
    account_id = await in_thread(lambda: _account_id(connection))
    state = LibraryState(run.org_id, connector.source, mark)
    began_at = timezone.now()
    async with connector.client() as client:
        # Its budget is that of an application, which is looked up.
        access = await in_thread(
            lambda: AccountAccess(connector, connection, client=client, account_id=account_id)
        )
        pages = connector.pages(access, state)
        try:
            async for page in pages:
                yield page
        except AccountError as error:
            state_of = STATES.get(type(error))
            if state_of is not None:
                await in_thread(lambda: _note(connection, state_of, since=began_at))
            raise
        finally:
            if isinstance(pages, AsyncGenerator):
                await pages.aclose()


async def _next(pages: AsyncGenerator[SyncPage]) -> SyncPage | None:
    return await anext(pages, None)


def _note(connection: Connection, state: CredentialState, *, since: dt.datetime) -> None:
    """Note what a source says of an account, unless it was linked anew meanwhile."""
    with org_scope(connection.org_id):
        for credential in Credential.objects.filter(connection=connection, connected_at__lt=since):
            note_state(credential, state)


def _account_id(connection: Connection) -> str:
    with org_scope(connection.org_id):
        return credential_of(connection).account_id
