"""Tokens of linked accounts: kept, read, refreshed by one at a time, and lost clearly."""

import datetime as dt

import pytest
from django.db import OperationalError
from pytest_django import Settings

from connectors.credentials import (
    Tokens,
    forget_tokens,
    fresh_tokens,
    read_tokens,
    refresh,
    store_tokens,
)
from connectors.credentials.platform import (
    forget_platform_secret,
    read_platform_secret,
    store_platform_secret,
)
from connectors.credentials.store import write_tokens
from connectors.errors import (
    CredentialsMissingError,
    CredentialsUnreadableError,
    ReconnectError,
)
from connectors.models import Connection, Credential, CredentialState, PlatformSecret
from ingestion.codes import CODES, FailureType, Remedy
from ingestion.taxonomy import redact
from tenants.models import DataKey
from tenants.scope import org_scope
from tests.connectors.credentials.conftest import HOUR, RotatingSource, tokens_of

pytestmark = pytest.mark.django_db

MARGIN = dt.timedelta(minutes=5)
PAST = -HOUR


def link(connection: Connection, *, expires_in: dt.timedelta = HOUR) -> Credential:
    with org_scope(connection.org_id):
        return store_tokens(
            connection,
            tokens_of(1, expires_in=expires_in),
            account_id="42",
            account_name="Olive",
        )


def state_of(connection: Connection) -> tuple[str, int]:
    with org_scope(connection.org_id):
        found = Credential.objects.get(connection=connection)
    return found.state, found.version


class TestStore:
    def test_what_was_stored_is_read_and_nothing_of_it_lies_open(
        self, connection: Connection
    ) -> None:
        link(connection)

        with org_scope(connection.org_id):
            found = read_tokens(connection)
            row = Credential.objects.get()
        assert (found.access_token, found.refresh_token) == ("hush-access-1", "hush-refresh-1")
        assert found.scopes == ("boards:read", "pins:read")
        assert "hush" not in repr(found)
        assert b"hush" not in bytes(row.sealed)
        assert (row.account_id, row.account_name, row.version) == ("42", "Olive", 1)
        assert redact("Got hush-access-1, hush-refresh-1") == "Got ***, ***"

    def test_linking_again_takes_its_place(self, connection: Connection) -> None:
        link(connection)
        link(connection, expires_in=HOUR * 2)

        assert state_of(connection) == (CredentialState.OK, 2)

    def test_none_is_told(self, connection: Connection) -> None:
        link(connection)
        with org_scope(connection.org_id):
            assert forget_tokens(connection)
            with pytest.raises(CredentialsMissingError):
                read_tokens(connection)

    def test_a_row_that_was_moved_to_another_connection_is_refused(
        self, connection: Connection
    ) -> None:
        link(connection)
        with org_scope(connection.org_id):
            other = Connection.objects.create(
                org_id=connection.org_id, source=connection.source, name="Other"
            )
            stored = store_tokens(other, tokens_of(2), account_id="", account_name="")
            Credential.objects.filter(connection=connection).update(sealed=stored.sealed)
            with pytest.raises(CredentialsUnreadableError):
                read_tokens(connection)


class TestFresh:
    def test_tokens_are_not_exchanged(self, connection: Connection) -> None:
        source = RotatingSource()
        link(connection)

        found = fresh_tokens(connection, source.refresh, margin=MARGIN)

        assert (found.access_token, source.asked) == ("hush-access-1", 0)

    def test_tokens_replace_those_that_expire_soon(self, connection: Connection) -> None:
        source = RotatingSource()
        link(connection, expires_in=MARGIN / 2)

        found = fresh_tokens(connection, source.refresh, margin=MARGIN)

        with org_scope(connection.org_id):
            assert read_tokens(connection) == found
        assert (found.access_token, source.asked) == ("hush-access-2", 1)
        assert state_of(connection) == (CredentialState.OK, 2)

    def test_tokens_that_the_source_took_back_are_noted_and_not_tried_again(
        self, connection: Connection
    ) -> None:
        source = RotatingSource()
        source.is_revoked = True
        link(connection, expires_in=PAST)

        for _ in range(2):
            with pytest.raises(ReconnectError):
                fresh_tokens(connection, source.refresh, margin=MARGIN)

        assert state_of(connection) == (CredentialState.REVOKED, 1)
        assert source.asked == 1
        link(connection)
        assert state_of(connection) == (CredentialState.OK, 2)

    def test_a_failure_of_the_source_changes_nothing(self, connection: Connection) -> None:
        def fail(_: object) -> None:
            raise TimeoutError

        link(connection, expires_in=PAST)
        with pytest.raises(TimeoutError):
            fresh_tokens(connection, fail, margin=MARGIN)  # type: ignore[arg-type]  # it fails

        assert state_of(connection) == (CredentialState.OK, 1)


class TestLostKey:
    def test_is_a_state_that_connecting_anew_ends(
        self, connection: Connection, settings: Settings
    ) -> None:
        known = settings.MASTER_KEYS
        source = RotatingSource()
        link(connection)
        settings.MASTER_KEYS = ["another key than those of before, in tests"]

        with pytest.raises(CredentialsUnreadableError, match="Reconnect") as refused:
            fresh_tokens(connection, source.refresh, margin=MARGIN)

        code = CODES[refused.value.code]
        assert (code.failure_type, code.remedy) == (FailureType.CONFIG, Remedy.RECONNECT)
        assert state_of(connection) == (CredentialState.UNREADABLE, 1)
        assert source.asked == 0

        settings.MASTER_KEYS = [*settings.MASTER_KEYS, *known]
        fresh_tokens(connection, source.refresh, margin=MARGIN)
        assert state_of(connection) == (CredentialState.OK, 1)

        settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
        link(connection)
        assert state_of(connection) == (CredentialState.OK, 2)
        with org_scope(connection.org_id):
            assert DataKey.objects.count() == 2


class TestPlatformSecrets:
    def test_are_kept_replaced_and_forgotten(self) -> None:
        store_platform_secret("pinterest.client_secret", "hush-1")
        store_platform_secret("pinterest.client_secret", "hush-2")

        assert read_platform_secret("pinterest.client_secret") == "hush-2"
        assert b"hush" not in bytes(PlatformSecret.objects.get().sealed)
        assert forget_platform_secret("pinterest.client_secret")
        assert read_platform_secret("pinterest.client_secret") is None

    def test_one_that_expired_is_none(self, connection: Connection) -> None:
        store_platform_secret("headers", "hush", expires_at=connection.created_at - HOUR)

        assert read_platform_secret("headers") is None


@pytest.mark.django_db(transaction=True)
class TestBrokenDatabase:
    def test_a_pair_that_was_exchanged_is_written_by_another_connection(
        self, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = RotatingSource()
        link(connection, expires_in=PAST)
        broken = iter([True])

        def write(credential: Credential, tokens: Tokens) -> None:
            if next(broken, False):
                raise OperationalError("The connection is gone.")
            write_tokens(credential, tokens)

        monkeypatch.setattr(refresh, "write_tokens", write)

        found = fresh_tokens(connection, source.refresh, margin=MARGIN)

        with org_scope(connection.org_id):
            assert read_tokens(connection) == found
        assert (found.access_token, source.asked) == ("hush-access-2", 1)

    def test_it_refuses_to_be_called_within_a_transaction(self, connection: Connection) -> None:
        link(connection)

        with org_scope(connection.org_id), pytest.raises(RuntimeError, match="durable"):
            fresh_tokens(connection, RotatingSource().refresh, margin=MARGIN)
