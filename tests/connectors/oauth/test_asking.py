"""The way to a source: its address says all that is asked for, and nothing that is secret."""

import uuid
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from connectors.errors import ApplicationMissingError
from connectors.oauth.answering import missing_scopes
from connectors.oauth.applications import delete_application, save_application
from connectors.oauth.asking import begin
from connectors.oauth.endpoints import Endpoints
from connectors.oauth.trying import try_application
from connectors.pinterest_api.connector import Pinterest
from tests.connectors.oauth.conftest import CALLBACK
from tests.pinterest_api.fake import CLIENT, FakePinterest, Reply


class WithPKCE(Pinterest):
    """A source that offers PKCE."""

    name: ClassVar[str] = "pinterest_api"

    def oauth(self) -> Endpoints:
        return Endpoints("https://a.example.com/grant?keep=1", "https://a.example.com/token")


def begun(connector: Pinterest, session: dict[str, Any]) -> dict[str, str]:
    address = begin(connector, session, org_id=uuid.uuid4(), user_id=uuid.uuid4())
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_address_asks_for_the_scopes_between_commas(application: Pinterest) -> None:
    asked = begun(application, {})

    state = asked.pop("state")
    assert len(state) >= 43
    assert asked == {
        "client_id": CLIENT[0],
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "boards:read,pins:read,user_accounts:read,boards:read_secret,pins:read_secret",
    }


def test_pkce_is_used_where_it_is_offered(application: Pinterest) -> None:
    session: dict[str, Any] = {}

    asked = begun(WithPKCE(), session)

    (way,) = session["oauth_ways"].values()
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert way["verifier"] not in asked.values()
    assert asked["keep"] == "1"


def test_each_way_has_a_state_of_its_own(application: Pinterest) -> None:
    session: dict[str, Any] = {}

    assert begun(application, session)["state"] != begun(application, session)["state"]


def test_nobody_is_led_away_without_an_application(application: Pinterest) -> None:
    delete_application(application.name)

    with pytest.raises(ApplicationMissingError):
        begin(application, {}, org_id=uuid.uuid4(), user_id=uuid.uuid4())


def test_nobody_is_led_away_where_the_way_back_is_shut(
    application: Pinterest, settings: Settings
) -> None:
    """The secret is asked for only when a code comes back; by then the person has granted it."""
    settings.MASTER_KEYS = ["a master key that knows nothing of what was before it"]

    with pytest.raises(ApplicationMissingError, match="can be opened no more"):
        begin(application, {}, org_id=uuid.uuid4(), user_id=uuid.uuid4())


def test_optional_scopes_are_not_missed() -> None:
    connector = Pinterest()

    assert missing_scopes(connector, ("boards:read", "pins:read", "user_accounts:read")) == ()
    assert missing_scopes(connector, ("boards:read",)) == ("pins:read", "user_accounts:read")


def test_the_budget_is_of_the_application_that_is_entered(application: Pinterest) -> None:
    before = application.budget(account_id="1")._limits

    save_application(Pinterest.name, client_id="another")

    assert application.budget(account_id="1")._limits != before


class TestTrying:
    def test_a_good_application_is_told_from_its_code(self, application: Pinterest) -> None:
        assert try_application(application).is_good is True

    def test_a_wrong_secret_is_told(self, application: Pinterest) -> None:
        save_application(Pinterest.name, client_id=CLIENT[0], client_secret="hush-wrong")

        found = try_application(application)

        assert found.is_good is False
        assert "does not accept this id with this secret" in found.sentence

    def test_a_source_in_trouble_tells_nothing(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        fake.troubles.append(Reply(500, b"<h1>Oops</h1>"))

        assert try_application(application).is_good is None

    def test_what_is_not_entered_is_said(self, application: Pinterest) -> None:
        delete_application(application.name)

        assert try_application(application).is_good is False
