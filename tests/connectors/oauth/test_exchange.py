"""Tokens for codes and refresh tokens: what is read of an answer, and what each failure means."""

import dataclasses
import datetime as dt
import json
from typing import Any, Self

import pytest
import time_machine
from django.utils import timezone

from connectors.credentials import Tokens
from connectors.errors import (
    ApplicationMissingError,
    ApplicationRefusedError,
    FetchError,
    ReconnectError,
)
from connectors.guard import Answer
from connectors.oauth.answering import desk_of
from connectors.oauth.applications import Application, delete_application, save_application
from connectors.oauth.endpoints import Endpoints
from connectors.oauth.exchange import Desk
from connectors.pinterest_api.connector import Pinterest
from tests.connectors.oauth.conftest import CALLBACK
from tests.pinterest_api.fake import ALL_SCOPES, FakePinterest, Reply, failure

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


class Memory:
    """A guarded client that answers without a network."""

    def __init__(self, status: int, body: object, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answer = Answer(status, "application/json", headers, content)
        self.sent: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close nothing."""

    async def submit(self, url: str, **sent: Any) -> Answer:
        self.sent.append({"url": url, **sent})
        return self.answer


def desk(memory: Memory) -> Desk:
    endpoints = Endpoints("https://a.example.com/grant", "https://a.example.com/token")
    made: Any = lambda: memory  # noqa: E731  # stands in for a class
    return Desk("Example", endpoints, Application("id", "hush-secret"), made)


def tokens(*, ends: dt.datetime | None = None) -> Tokens:
    return Tokens("hush-access", "hush-refresh", NOW, ends, ("a", "b"))


def exchange(memory: Memory) -> Tokens:
    return desk(memory).tokens_for_code(
        "hush-code", redirect_uri="https://m.example.com/back/", verifier="v" * 43, asked=("a",)
    )


class TestWithPinterest:
    def test_a_code_becomes_tokens_with_what_was_granted(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        fake.scopes = {"boards:read", "pins:read", "user_accounts:read"}
        code = fake.give_code(CALLBACK)

        found = desk_of(application).tokens_for_code(
            code, redirect_uri=CALLBACK, verifier="", asked=ALL_SCOPES
        )

        assert found.scopes == ("boards:read", "pins:read", "user_accounts:read")
        assert found.access_token.startswith("pina_")
        assert found.refresh_token.startswith("pinr.")
        assert found.refresh_expires_at is not None
        assert timezone.now() + 59 * DAY < found.refresh_expires_at < timezone.now() + 61 * DAY
        assert timezone.now() + 29 * DAY < found.access_expires_at < timezone.now() + 31 * DAY

    def test_a_code_is_good_once_and_for_its_own_address(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        code, other = fake.give_code(CALLBACK), fake.give_code("https://elsewhere.example.com/")
        at_desk = desk_of(application)
        at_desk.tokens_for_code(code, redirect_uri=CALLBACK, verifier="", asked=())

        for used in (code, other):
            with pytest.raises(ReconnectError):
                at_desk.tokens_for_code(used, redirect_uri=CALLBACK, verifier="", asked=())

    def test_a_verifier_has_to_fit_where_pkce_is_offered(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        # RFC 7636, appendix B.
        challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        good, bad = fake.give_code(CALLBACK, challenge), fake.give_code(CALLBACK, challenge)
        at_desk = desk_of(application)

        found = at_desk.tokens_for_code(good, redirect_uri=CALLBACK, verifier=verifier, asked=())
        assert found.access_token.startswith("pina_")
        with pytest.raises(ReconnectError):
            at_desk.tokens_for_code(bad, redirect_uri=CALLBACK, verifier="x" * 43, asked=())

    def test_a_refresh_token_is_exchanged_for_another(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        held = dataclasses.replace(tokens(), refresh_token="pinr.first", scopes=ALL_SCOPES)

        found = application.refresh(held)

        assert found.refresh_token not in {"", "pinr.first"}
        with pytest.raises(ReconnectError):
            application.refresh(held)

    def test_the_former_refresh_token_stays_where_none_comes(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        fake.gives_no_refresh = True
        ends = timezone.now() + 12 * DAY
        held = dataclasses.replace(tokens(ends=ends), refresh_token="pinr.first")

        found = application.refresh(held)

        assert (found.refresh_token, found.refresh_expires_at) == ("pinr.first", ends)
        assert found.scopes == held.scopes
        assert found.access_token != held.access_token

    def test_a_wrong_secret_is_the_operators_to_mend(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        save_application(Pinterest.name, client_id="1500000", client_secret="hush-wrong")

        with pytest.raises(ApplicationRefusedError):
            application.refresh(dataclasses.replace(tokens(), refresh_token="pinr.first"))

    def test_without_an_application_nothing_is_asked(
        self, fake: FakePinterest, application: Pinterest
    ) -> None:
        delete_application(Pinterest.name)

        with pytest.raises(ApplicationMissingError):
            application.refresh(tokens())
        assert fake.asked == []

    @pytest.mark.parametrize(
        ("reply", "code"),
        [
            (failure(500), "source_unavailable"),
            (Reply(503, b"<h1>Down</h1>"), "source_unavailable"),
            (Reply(200, b"<h1>Log in</h1>"), "bad_response"),
            (Reply(302, b"", {"Location": "https://elsewhere.example.com/"}), "bad_response"),
            (failure(429, Retry_After="7"), "rate_limited"),
        ],
    )
    def test_trouble_is_trouble_and_no_end(
        self, fake: FakePinterest, application: Pinterest, reply: Reply, code: str
    ) -> None:
        fake.troubles.append(reply)

        with pytest.raises(FetchError) as raised:
            application.refresh(dataclasses.replace(tokens(), refresh_token="pinr.first"))

        assert raised.value.fetch_code == code
        found = application.refresh(dataclasses.replace(tokens(), refresh_token="pinr.first"))
        assert found.access_token.startswith("pina_")


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (400, {"error": "invalid_grant"}, ReconnectError),
            (401, {"error": "invalid_grant"}, ReconnectError),
            (400, {"error": "invalid_client"}, ApplicationRefusedError),
            (401, {}, ApplicationRefusedError),
            (400, {"error": "unauthorized_client"}, ApplicationRefusedError),
            (400, {"error": "invalid_request"}, FetchError),
            (200, {"access_token": ""}, FetchError),
            (200, {"access_token": ["x"]}, FetchError),
            (200, {"access_token": "a\r\nb"}, FetchError),
            (200, [1], FetchError),
            (404, b"not here", FetchError),
        ],
    )
    def test_each_failure_has_its_error(
        self, status: int, body: object, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            desk(Memory(status, body)).tokens_for_refresh(tokens())

    def test_no_error_repeats_a_secret(self) -> None:
        memory = Memory(400, {"error": "invalid_request", "error_description": "hush-refresh"})

        with pytest.raises(FetchError) as raised:
            desk(memory).tokens_for_refresh(tokens())

        assert "hush" not in f"{raised.value} {raised.value.context} {desk(memory)}"

    @time_machine.travel(NOW, tick=False)
    @pytest.mark.parametrize(
        ("more", "ends"),
        [
            ({"refresh_token_expires_in": 86_400}, NOW + DAY),
            ({"refresh_token_expires_in": "86400"}, NOW + DAY),
            ({"refresh_token_expires_at": int((NOW + 2 * DAY).timestamp())}, NOW + 2 * DAY),
            ({"refresh_token_expires_in": -5, "refresh_token_expires_at": 12}, None),
            ({"refresh_token_expires_in": True}, None),
            ({}, None),
        ],
    )
    def test_the_end_of_a_refresh_token_is_read(
        self, more: dict[str, Any], ends: dt.datetime | None
    ) -> None:
        body = {"access_token": "hush-a", "refresh_token": "hush-r", "expires_in": 60, **more}

        found = exchange(Memory(200, body))

        assert found.refresh_expires_at == ends
        assert found.access_expires_at == NOW + dt.timedelta(seconds=60)

    @pytest.mark.parametrize(
        ("said", "scopes"),
        [("a,b", ("a", "b")), ("a b a", ("a", "b")), ("", ("a",)), (None, ("a",)), (5, ("a",))],
    )
    def test_granted_scopes_are_read_back(self, said: object, scopes: tuple[str, ...]) -> None:
        assert exchange(Memory(200, {"access_token": "hush-a", "scope": said})).scopes == scopes

    def test_the_form_is_signed_and_holds_what_the_protocol_asks(self) -> None:
        memory = Memory(200, {"access_token": "hush-a"})

        exchange(memory)

        (sent,) = memory.sent
        form = dict(part.split("=") for part in sent["form"].decode().split("&"))
        assert sent["url"] == "https://a.example.com/token"
        assert sent["authorization"] == "Basic aWQ6aHVzaC1zZWNyZXQ="
        assert form == {
            "grant_type": "authorization_code",
            "code": "hush-code",
            "redirect_uri": "https%3A%2F%2Fm.example.com%2Fback%2F",
            "code_verifier": "v" * 43,
        }
