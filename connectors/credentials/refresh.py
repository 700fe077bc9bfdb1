"""Fresh tokens, with one refresher at a time: refresh tokens are good for one use."""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.db.transaction import atomic
from django.utils import timezone

from connectors.credentials.store import credential_of, note_state, open_tokens, write_tokens
from connectors.credentials.tokens import Tokens
from connectors.errors import CredentialsUnreadableError, ReconnectError
from connectors.models import Connection, Credential, CredentialState
from tenants.scope import org_scope
from tenants.vault.rows import prepare_to_seal

logger = logging.getLogger(__name__)

Refresh = Callable[[Tokens], Tokens]

# Who waits for another's refresh waits no longer than one takes.
LOCK_WAIT_MS: Final = 60_000
# A pair that a source gave and that a broken connection kept from being written.
SAVE_TRIES: Final = 4
SAVE_PAUSE_S: Final = 1.0


def fresh_tokens(connection: Connection, refresh: Refresh, *, margin: dt.timedelta) -> Tokens:
    """Return tokens whose access token is good for ``margin``, refreshed where it is not.

    Opens a scope and transactions of its own: called within another's, whose end could undo the
    writing of tokens that the source has exchanged already, it refuses. The row is locked while
    the source is asked, so that others wait and then find the new pair. That pair is written in
    the same transaction; where the connection to the database broke meanwhile, it is written by
    another, unless somebody stored other tokens first.

    Args:
        refresh: asks the source, within a deadline of its own; returns the new pair, with the
            former refresh token where the source gives no other.

    Raises:
        CredentialsMissingError: no account is linked.
        CredentialsUnreadableError: the key is lost, or the row was damaged; noted as a state.
        ReconnectError: ``refresh`` said that the source accepts the tokens no more; noted too.
    """
    try:
        with _own_scope(connection.org_id):
            credential = credential_of(connection)
            tokens = open_tokens(credential)
            if tokens.is_fresh(at=timezone.now(), margin=margin):
                if credential.state == CredentialState.UNREADABLE:
                    note_state(credential, CredentialState.OK)
                return tokens
            # Not after the source was asked: a key service could be away by then.
            prepare_to_seal()
        return _Exchange(connection, refresh, margin).run()
    except CredentialsUnreadableError:
        _note_outside(connection, CredentialState.UNREADABLE)
        raise


class _Exchange:
    """One try to have a pair of tokens exchanged."""

    def __init__(self, connection: Connection, refresh: Refresh, margin: dt.timedelta) -> None:
        self.connection, self.refresh, self.margin = connection, refresh, margin
        self.version = 0
        self.given: Tokens | None = None

    def run(self) -> Tokens:
        """Return the new pair, or the one that another brought while we waited."""
        try:
            return self._exchange()
        except CredentialsUnreadableError:
            raise
        except ReconnectError:
            self._note_revoked()
            raise
        except (OperationalError, InterfaceError):
            if self.given is None:
                raise
            logger.warning("Tokens of connection %s are written again.", self.connection.pk)
            return self._save(self.given)

    def _exchange(self) -> Tokens:
        with _own_scope(self.connection.org_id):
            credential = _locked(self.connection)
            tokens = open_tokens(credential)
            if tokens.is_fresh(at=timezone.now(), margin=self.margin):
                return tokens
            if credential.state == CredentialState.REVOKED:
                raise ReconnectError(
                    "The source does not accept the connection any more. Reconnect the account."
                )
            self.version = credential.version
            self.given = self.refresh(tokens)
            write_tokens(credential, self.given)
        return self.given

    def _save(self, given: Tokens) -> Tokens:
        """Write the pair by another connection to the database, unless that is done.

        A commit whose answer was lost may have been one; then the version has moved on.
        """
        for left in reversed(range(SAVE_TRIES)):
            database.close()
            try:
                with _own_scope(self.connection.org_id):
                    credential = _locked(self.connection)
                    if credential.version != self.version:
                        return open_tokens(credential)
                    write_tokens(credential, given)
            except (OperationalError, InterfaceError):
                if not left:
                    raise
                time.sleep(SAVE_PAUSE_S)
            else:
                return given
        raise AssertionError

    def _note_revoked(self) -> None:
        with org_scope(self.connection.org_id):
            Credential.objects.filter(connection=self.connection, version=self.version).update(
                state=CredentialState.REVOKED, changed_at=timezone.now()
            )


@contextmanager
def _own_scope(org_id: uuid.UUID) -> Iterator[None]:
    """Open a scope whose end is a commit, whoever calls."""
    with atomic(durable=True), org_scope(org_id):
        with database.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(LOCK_WAIT_MS)])
        yield


def _locked(connection: Connection) -> Credential:
    locked = Credential.objects.select_for_update(no_key=True).filter(connection=connection)
    return locked.first() or credential_of(connection)


def _note_outside(connection: Connection, state: CredentialState) -> None:
    with org_scope(connection.org_id):
        for credential in Credential.objects.filter(connection=connection):
            note_state(credential, state)
