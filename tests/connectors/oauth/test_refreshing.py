"""Refresh tokens rotate: the new one is stored with its exchange, by one at a time."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from connectors.credentials import Tokens, fresh_tokens, read_tokens, store_tokens
from connectors.errors import ApplicationRefusedError, FetchError, ReconnectError
from connectors.models import Connection, Credential, CredentialState
from connectors.oauth.applications import save_application
from connectors.pinterest_api.connector import Pinterest
from tenants.models import Organization
from tenants.scope import org_scope
from tests.pinterest_api.fake import ALL_SCOPES, FakePinterest, Reply

pytestmark = pytest.mark.django_db(transaction=True)

MARGIN = dt.timedelta(minutes=5)
AT_ONCE = 6


@pytest.fixture
def linked(org: Organization, application: Pinterest) -> Connection:
    """An account whose access token is over."""
    past = timezone.now() - dt.timedelta(hours=1)
    tokens = Tokens("pina_first", "pinr.first", past, timezone.now() + MARGIN, ALL_SCOPES)
    with org_scope(org.pk):
        connection = Connection.objects.create(org=org, source="pinterest", name="Account")
        store_tokens(connection, tokens, account_id="9001", account_name="exampleuser")
    return connection


def stored(connection: Connection) -> Tokens:
    with org_scope(connection.org_id):
        return read_tokens(connection)


def state_of(connection: Connection) -> str:
    with org_scope(connection.org_id):
        return Credential.objects.get(connection=connection).state


def test_many_at_once_exchange_once_and_lose_nothing(
    fake: FakePinterest, application: Pinterest, linked: Connection
) -> None:
    def ask() -> str:
        try:
            return fresh_tokens(linked, application.refresh, margin=MARGIN).access_token
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [each.result() for each in [pool.submit(ask) for _ in range(AT_ONCE)]]

    assert len(set(found)) == 1
    assert fake.asked == ["POST /v5/oauth/token"]
    assert stored(linked).access_token == found[0]
    assert fake._refresh == {stored(linked).refresh_token}


def test_what_the_source_takes_back_is_noted(
    fake: FakePinterest, application: Pinterest, linked: Connection
) -> None:
    fake.revoke()

    with pytest.raises(ReconnectError):
        fresh_tokens(linked, application.refresh, margin=MARGIN)

    assert state_of(linked) == CredentialState.REVOKED


def test_trouble_of_the_source_or_of_the_operator_leaves_the_account_as_it_is(
    fake: FakePinterest, application: Pinterest, linked: Connection
) -> None:
    fake.troubles.append(Reply(502, b"<h1>Bad gateway</h1>"))
    with pytest.raises(FetchError):
        fresh_tokens(linked, application.refresh, margin=MARGIN)
    save_application(Pinterest.name, client_id="1500000", client_secret="hush-wrong")
    with pytest.raises(ApplicationRefusedError):
        fresh_tokens(linked, application.refresh, margin=MARGIN)

    assert state_of(linked) == CredentialState.OK
    assert stored(linked).refresh_token == "pinr.first"
