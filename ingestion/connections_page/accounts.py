"""One account that is linked, or was: how it stands, for how long, and what mends it."""

import dataclasses
import datetime as dt
import uuid
from functools import cached_property
from typing import Final

from connectors.base import Connector
from connectors.models import Connection, Credential, CredentialState
from ingestion.codes import Remedy, remedy_of
from ingestion.models import Job
from ingestion.models.job import JobState
from ingestion.models.run import RunState
from ingestion.pipelines.looks import Look
from ingestion.pipelines.runs import Run

_LOOKS: Final[dict[str, Look]] = {
    CredentialState.REVOKED: Look("Taken back", "danger", "error"),
    CredentialState.MISSING_SCOPE: Look("A right is missing", "danger", "error"),
    CredentialState.UNREADABLE: Look("Has to be reconnected", "danger", "error"),
}
_WHY: Final = {
    CredentialState.REVOKED: (
        "{source} does not accept this connection any more: it was taken back there, or it ran "
        "out. Reconnect it; what was imported stays."
    ),
    CredentialState.MISSING_SCOPE: (
        "Less was allowed at {source} than is needed, so nothing can be read. Reconnect it, and "
        "allow all that is marked as needed."
    ),
    CredentialState.UNREADABLE: (
        "The stored access can no longer be opened, because its key is gone. Reconnect it; what "
        "was imported stays."
    ),
}
_BAD_ENDS: Final = (RunState.FAILED, RunState.DEAD, RunState.ACTION_REQUIRED)
# People are told this long before an access ends.
SOON: Final = dt.timedelta(days=14)


@dataclasses.dataclass(frozen=True)
class Account:
    """An account of one connection.

    Attributes:
        connector: what reads it; None where this version knows it no more.
        source: what people call the source.
        credential: None once it was disconnected.
        job: the one that keeps it in sync.
        runs, purges: the last ones, newest first.
        count: assets that it brought.
        is_shut: the operator has not opened this way of reading, or shut it.
        now: the moment of asking.
    """

    connection: Connection
    connector: Connector | None
    source: str
    credential: Credential | None
    job: Job | None
    runs: list[Run]
    purges: list[Run]
    count: int
    is_shut: bool
    now: dt.datetime

    @property
    def id(self) -> uuid.UUID:
        """Return what names it on the page."""
        return self.connection.pk

    @property
    def name(self) -> str:
        """Return what people call it."""
        return (self.credential and self.credential.account_name) or self.connection.name

    @property
    def is_linked(self) -> bool:
        """Return whether Magpie holds anything to act for it with."""
        return self.credential is not None

    @property
    def is_shown(self) -> bool:
        """Return whether there is anything to say of it."""
        return self.is_linked or self.count > 0 or self.purge is not None

    @property
    def rank(self) -> tuple[int, str]:
        """Return its place on the page: trouble first, and what was let go last."""
        return (0 if self.needs_reconnect else 1 if self.is_linked else 2), self.name.lower()

    @property
    def purge(self) -> Run | None:
        """Return the run that removes what it brought, while that goes on."""
        return next((run for run in self.purges if run.is_open), None)

    @cached_property
    def open_run(self) -> Run | None:
        """Return the sync that is at work, or else in line."""
        found = [run for run in self.runs if run.is_open]
        return max(found, key=lambda run: run.state == RunState.RUNNING, default=None)

    @cached_property
    def last_run(self) -> Run | None:
        """Return the last sync that has ended."""
        return next((run for run in self.runs if not run.is_open), None)

    @property
    def has_ended(self) -> bool:
        """Return whether its access has run out without anybody having tried it since."""
        ends = self.credential.ends_at if self.credential else None
        return ends is not None and ends <= self.now

    @property
    def needs_reconnect(self) -> bool:
        """Return whether only a person can mend it, by connecting anew."""
        if self.credential is None:
            return False
        is_bad = self.credential.state != CredentialState.OK or self.has_ended
        return is_bad or self._failed_for_good

    @property
    def _failed_for_good(self) -> bool:
        run = self._bad_run
        return (
            run is not None
            and self.open_run is None
            and remedy_of(run.error_code) == Remedy.RECONNECT
        )

    @property
    def _bad_run(self) -> Run | None:
        """Return the last sync, if it ended badly, and since the account was linked."""
        run = self.last_run
        if run is None or run.state not in _BAD_ENDS or self.credential is None:
            return None
        is_old = run.finished_at is not None and run.finished_at < self.credential.connected_at
        return None if is_old else run

    @property
    def look(self) -> Look:
        """Return how it stands, as a chip."""
        if self.purge is not None:
            return Look("Being removed", "running", "loader")
        if self.credential is None:
            return Look("Disconnected", "waiting", "minus")
        if self.credential.state in _LOOKS:
            return _LOOKS[self.credential.state]
        if self.needs_reconnect:
            return Look("Has to be reconnected", "danger", "error")
        return self._look_of_sync()

    def _look_of_sync(self) -> Look:
        if self.open_run is not None and self.open_run.state == RunState.RUNNING:
            return Look("Syncing", "running", "loader")
        if self.is_shut:
            return Look("Switched off", "waiting", "pause")
        if self.job is not None and self.job.state == JobState.PAUSED:
            return Look("Paused", "waiting", "pause")
        if self._bad_run is not None:
            return Look("Last sync failed", "warning", "alert")
        return Look("Linked", "success", "check")

    @property
    def trouble(self) -> str:
        """Return what is wrong, and what to do; empty where nothing is."""
        if self.credential is None:
            return ""
        if self.credential.state in _WHY:
            return _WHY[CredentialState(self.credential.state)].format(source=self.source)
        if self.has_ended:
            return _WHY[CredentialState.REVOKED].format(source=self.source)
        run = self._bad_run
        return run.user_message if run is not None and self.open_run is None else ""

    @property
    def granted(self) -> list[str]:
        """Return what was granted, in words."""
        scopes = self.connector.scopes if self.connector else ()
        held = self.credential.scopes if self.credential else []
        return [scope.means for scope in scopes if scope.name in held]

    @property
    def left_out(self) -> list[tuple[str, bool]]:
        """Return what was asked for and not granted, in words, each with whether it is needed."""
        if self.connector is None or self.credential is None:
            return []
        held = self.credential.scopes
        return [
            (scope.means, scope.is_needed)
            for scope in self.connector.scopes
            if scope.name not in held
        ]

    @property
    def next_at(self) -> dt.datetime | None:
        """Return when the next sync begins by itself; None where none will."""
        if self.job is None or self.job.state != JobState.ACTIVE:
            return None
        if self.needs_reconnect or self.is_shut:
            return None
        return self.job.next_due_at

    @property
    def can_sync(self) -> bool:
        """Return whether a sync can be asked for."""
        is_able = self.is_linked and not self.needs_reconnect and not self.is_shut
        return is_able and self.job is not None

    @property
    def forecast(self) -> str:
        """Return until when it goes on without a person; empty where nobody can tell."""
        ends = self.credential.ends_at if self.credential else None
        if self.credential is None or ends is None or self.needs_reconnect:
            return ""
        day = spoken_day(ends, self.now)
        if not self.credential.is_renewable:
            return f"Reconnect before {day}: {self.source} lets nothing renew it."
        if self.next_at is None:
            return f"Reconnect before {day}: nothing renews it while no sync runs."
        if ends - self.now < SOON:
            return f"Reconnect before {day}, unless a sync renews it until then."
        return f"Renews by itself while it syncs; without a sync it ends on {day}."


def spoken_day(moment: dt.datetime, now: dt.datetime) -> str:
    """Return a day as it stands in a sentence, with the year unless it is this one."""
    at = moment.astimezone(dt.UTC)
    return f"{at:%-d %B}" if at.year == now.astimezone(dt.UTC).year else f"{at:%-d %B %Y}"
