"""HTTP/2 where a server offers it: several requests on one connection, each for itself."""

import asyncio
import logging
from pathlib import Path

import pytest
from h2.errors import ErrorCodes

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient
from tests.connectors.guard.http2_server import HTTP2Server, Talk
from tests.connectors.guard.http2_stage import NAME, PUBLIC, Stage, ask, at_once
from tests.connectors.guard.support import SocketSpy, TableResolver


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    spy = SocketSpy()
    spy.install(monkeypatch)
    return Stage(tmp_path, spy)


class TestSharing:
    def test_twenty_at_a_time_need_one_connection(self, stage: Stage) -> None:
        waiting: list[int] = []
        all_came = asyncio.Event()

        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            waiting.append(number)
            if len(waiting) == 20:
                all_came.set()
            await all_came.wait()
            talk.answer(number, headers[":path"].encode())

        async def scenario(client: GuardedClient) -> None:
            paths = [f"/{number}" for number in range(20)]
            answers = await asyncio.gather(*(ask(client, path) for path in paths))
            assert [one.content.decode() for one in answers] == paths
            assert {(one.status, one.media_type) for one in answers} == {(200, "application/json")}

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert len(server.talks) == 1
        assert stage.spy.connects == [(PUBLIC, 443)]

    def test_a_request_carries_what_it_does_by_http_1_but_for_the_connection(
        self, stage: Stage
    ) -> None:
        session = {"Cookie": "csrftoken=hush-1", "User-Agent": "Them/1"}

        async def scenario(client: GuardedClient) -> None:
            await client.ask(f"https://{NAME}/a?b=c", headers=session, max_bytes=99, deadline_s=5)

        server = HTTP2Server(at_once)
        stage.run(server, scenario)

        assert server.asked == [
            {
                ":method": "GET",
                ":authority": NAME,
                ":scheme": "https",
                ":path": "/a?b=c",
                "user-agent": "Them/1",
                "accept": "*/*",
                "accept-encoding": "gzip",
                "cookie": "csrftoken=hush-1",
            }
        ]

    def test_what_is_sent_is_in_no_line_of_the_log(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        # The package that compresses headers would write down each of them.
        caplog.set_level(logging.DEBUG)
        session = {"Cookie": "csrftoken=" + "hush-" + "7" * 60}

        async def scenario(client: GuardedClient) -> None:
            for _ in range(2):
                await client.ask(f"https://{NAME}/", headers=session, max_bytes=9, deadline_s=5)

        server = HTTP2Server(at_once)
        stage.run(server, scenario)

        assert [one["cookie"] for one in server.asked] == [session["Cookie"]] * 2
        assert "7" * 60 not in caplog.text

    def test_a_server_that_takes_few_at_a_time_gets_more_connections(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            await asyncio.sleep(0.02)
            talk.answer(number)

        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            answers = await asyncio.gather(*(ask(client) for _ in range(9)))
            assert [one.content for one in answers] == [b"ok"] * 9

        server = HTTP2Server(serve, most=4)
        stage.run(server, scenario)

        assert len(server.talks) == 3

    def test_each_connection_is_judged(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            talk.answer(number)
            talk.go_away(number)

        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            await asyncio.sleep(0.05)
            await ask(client)

        stage.resolver = TableResolver({NAME: [[PUBLIC], ["10.0.0.1"]]})
        with pytest.raises(AddressRefusedError):
            stage.run(HTTP2Server(serve), scenario)
        assert stage.spy.connects == [(PUBLIC, 443)]

    def test_a_large_body_comes_whole_and_a_larger_one_is_refused(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            talk.h2.send_headers(number, [(":status", "200")])
            for _ in range(int(headers[":path"][1:])):
                while talk.h2.local_flow_control_window(number) < 10_000:
                    await talk.flush()
                    await asyncio.sleep(0)
                talk.h2.send_data(number, b"x" * 10_000)
            talk.h2.end_stream(number)

        async def scenario(client: GuardedClient) -> None:
            assert (await ask(client, "/100")).content == b"x" * 1_000_000
            with pytest.raises(FetchError) as caught:
                await ask(client, "/101")
            assert caught.value.fetch_code == "payload_too_large"
            assert (await ask(client, "/1")).content == b"x" * 10_000

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert len(server.talks) == 1


class TestOneOfMany:
    def test_a_request_that_is_given_up_ends_no_other(self, stage: Stage) -> None:
        may_answer = asyncio.Event()

        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            if headers[":path"] == "/slow":
                talk.answer(number, b"half", is_whole=False)
                return
            if headers[":path"] == "/other":
                await may_answer.wait()
            talk.answer(number)

        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            other = asyncio.create_task(ask(client, "/other"))
            with pytest.raises(FetchError) as caught:
                await ask(client, "/slow", deadline_s=0.2)
            assert caught.value.fetch_code == "source_timeout"
            while not server.talks[0].resets:  # noqa: ASYNC110  # what the server has heard
                await asyncio.sleep(0.01)
            may_answer.set()
            assert (await other).content == b"ok"

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert len(server.talks) == 1

    @pytest.mark.parametrize("code", [ErrorCodes.INTERNAL_ERROR, ErrorCodes.CANCEL])
    def test_one_that_the_server_ends_is_trouble_of_the_network(
        self, stage: Stage, code: ErrorCodes
    ) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            if headers[":path"] == "/bad":
                talk.reset(number, code)
            else:
                talk.answer(number)

        async def scenario(client: GuardedClient) -> None:
            good = asyncio.create_task(ask(client, "/good"))
            with pytest.raises(FetchError) as caught:
                await ask(client, "/bad")
            assert caught.value.fetch_code == "network"
            assert (await good).content == b"ok"

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert (len(server.talks), len(server.asked)) == (1, 2)

    def test_a_body_that_breaks_off_is_trouble_of_the_network(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            talk.answer(number, b"half", is_whole=False)
            talk.reset(number, ErrorCodes.INTERNAL_ERROR)

        async def scenario(client: GuardedClient) -> None:
            with pytest.raises(FetchError) as caught:
                await ask(client)
            assert caught.value.fetch_code == "network"

        stage.run(HTTP2Server(serve), scenario)


class TestEndings:
    def test_one_that_is_refused_is_asked_once_more(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            if len(server.asked) == 1 or headers[":path"] == "/never":
                talk.reset(number, ErrorCodes.REFUSED_STREAM)
            else:
                talk.answer(number)

        async def scenario(client: GuardedClient) -> None:
            assert (await ask(client)).content == b"ok"
            with pytest.raises(FetchError) as caught:
                await ask(client, "/never")
            assert caught.value.fetch_code == "network"

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert [one[":path"] for one in server.asked] == ["/", "/", "/never", "/never"]
        assert server.heads == []

    def test_a_server_that_winds_up_answers_what_is_under_way(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            if talk is server.talks[0] and headers[":path"] == "/first":
                talk.go_away(last=number)
                await asyncio.sleep(0.1)
                talk.answer(number, b"late")
            elif talk is not server.talks[0]:
                talk.answer(number, b"elsewhere")

        async def scenario(client: GuardedClient) -> None:
            first, second = await asyncio.gather(ask(client, "/first"), ask(client, "/second"))
            assert (first.content, second.content) == (b"late", b"elsewhere")

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert len(server.talks) == 2

    def test_a_connection_that_is_lost_is_replaced_and_its_requests_are_sent_again(
        self, stage: Stage
    ) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            if talk is server.talks[0] and headers[":path"] == "/lost":
                talk.writer.transport.abort()
            else:
                talk.answer(number)

        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            answers = await asyncio.gather(*(ask(client, "/lost") for _ in range(5)))
            assert [one.content for one in answers] == [b"ok"] * 5

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert (len(server.talks), server.heads) == (2, [])

    def test_one_that_fell_silent_is_not_asked_again(self, stage: Stage) -> None:
        async def serve(talk: Talk, number: int, headers: dict[str, str]) -> None:
            if talk is not server.talks[0] or len(server.asked) == 1:
                talk.answer(number)

        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            with pytest.raises(FetchError):
                await ask(client, deadline_s=0.2)
            assert (await ask(client)).content == b"ok"

        server = HTTP2Server(serve)
        stage.run(server, scenario)

        assert len(server.talks) == 2

    def test_one_that_is_idle_for_long_is_replaced(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.guard.connections.KEEP_ALIVE_S", 0.05)

        async def scenario(client: GuardedClient) -> None:
            await ask(client)
            await asyncio.sleep(0.1)
            await ask(client)

        server = HTTP2Server(at_once)
        stage.run(server, scenario)

        assert len(server.talks) == 2
