"""HTTP/1.1 with servers that offer nothing else, and with those whose HTTP/2 breaks."""

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from h2.errors import ErrorCodes

from connectors.guard import Dialer, Endpoint, GuardedClient
from connectors.pinterest_api.client import api_client
from connectors.pinterest_web.asking import Site
from tests.connectors.guard.http2_server import HTTP2Server, Serve, Talk
from tests.connectors.guard.http2_stage import NAME, Stage, ask, at_once
from tests.connectors.guard.support import SocketSpy, headers_of


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    spy = SocketSpy()
    spy.install(monkeypatch)
    return Stage(tmp_path, spy)


async def break_the_rules(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def hang_up(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.writer.transport.abort()


async def want_http_1(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.reset(number, ErrorCodes.HTTP_1_1_REQUIRED)


async def turn_away(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.go_away(0, ErrorCodes.INADEQUATE_SECURITY)


async def only_ever_promise(talk: Talk, number: int, headers: dict[str, str]) -> None:
    for _ in range(50):
        talk.h2.send_headers(number, [(":status", "103")])


async def have_no_status(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.h2.send_headers(number, [(":status", "2xx")])


async def say_too_much(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.h2.send_headers(number, [(":status", "200"), ("x-much", "y" * 100_000)])


class TestHTTP1:
    @pytest.mark.parametrize("is_offered", [True, False])
    def test_is_spoken_where_either_offers_nothing_else(
        self, stage: Stage, *, is_offered: bool
    ) -> None:
        async def scenario(client: GuardedClient) -> None:
            answers = await asyncio.gather(*(ask(client) for _ in range(3)))
            assert [one.content for one in answers] == [b"old"] * 3
            await ask(client)

        server = HTTP2Server(at_once, speaks=("http/1.1",) if is_offered else ("h2", "http/1.1"))
        stage.run(server, scenario, is_offered=is_offered)

        assert (server.talks, len(server.heads)) == ([], 4)
        assert headers_of(server.heads[0])["connection"] == "keep-alive"
        assert len(stage.spy.connects) == 3

    @pytest.mark.parametrize(
        "serve",
        [
            *(break_the_rules, hang_up, want_http_1, turn_away),
            *(only_ever_promise, have_no_status, say_too_much),
        ],
    )
    def test_is_spoken_with_a_server_that_offers_http_2_and_breaks(
        self, stage: Stage, serve: Serve
    ) -> None:
        async def scenario(client: GuardedClient) -> None:
            for _ in range(2):
                assert (await ask(client)).content == b"old"

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert (len(server.talks), len(server.heads)) == (1, 2)

    def test_is_spoken_with_a_server_that_says_nothing_by_http_2(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.guard.connections.CONNECT_TIME_LIMIT_S", 1.0)

        async def scenario(client: GuardedClient) -> None:
            assert (await ask(client)).content == b"old"

        server = HTTP2Server(at_once, is_mute=True)
        stage.run(server, scenario)

        assert len(server.heads) == 1

    def test_a_form_goes_alone(self, stage: Stage) -> None:
        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            sent = await client.submit(
                f"https://{NAME}/",
                form=b"a=b",
                authorization="Basic eA==",
                max_bytes=9,
                deadline_s=5,
            )
            assert sent.content == b"old"

        server = HTTP2Server(at_once)
        stage.run(server, scenario)

        assert (len(server.asked), len(server.heads)) == (1, 1)


@pytest.mark.parametrize("make_client", [lambda: Site.from_settings().client(), api_client])
@pytest.mark.parametrize(("is_on", "spoken"), [(True, "h2"), (False, "http/1.1")])
def test_pinterest_is_offered_http_2_where_the_operator_lets_it(
    make_client: Callable[[], GuardedClient],
    *,
    is_on: bool,
    spoken: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    settings.PINTEREST_WEB_URL = settings.PINTEREST_API_URL = f"https://{NAME}"
    settings.FETCH_HTTP2 = is_on
    server = HTTP2Server(at_once)

    async def scenario() -> None:
        async with asyncio.timeout(20), server.running(tmp_path, NAME) as (port, ca_file):

            async def lead(*_: object) -> list[Endpoint]:
                return [Endpoint(ip_address("127.0.0.1"), port)]

            def trust(*protocols: str) -> ssl.SSLContext:
                context = ssl.create_default_context(cafile=ca_file)
                context.set_alpn_protocols(list(protocols))
                return context

            monkeypatch.setattr(Dialer, "resolve_and_judge", lead)
            monkeypatch.setattr("connectors.guard.connections.default_ssl_context", trust)
            async with make_client() as client:
                assert (await ask(client)).status == 200

    asyncio.run(scenario())

    assert (len(server.asked), len(server.heads)) == ((1, 0) if spoken == "h2" else (0, 1))
