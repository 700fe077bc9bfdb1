"""Which connections are made, kept, shared and refused."""

import asyncio
import socket
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
import pytest

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import Dialer, Endpoint, GuardedClient, GuardOptions
from connectors.guard.resolving import SystemResolver
from tests.connectors.guard.certificates import make_certificate
from tests.connectors.guard.support import (
    HOST,
    URL,
    Handler,
    SocketSpy,
    TableResolver,
    always,
    answer,
    by_target,
    client_of,
    options_for,
    read_head,
    serving,
)

BODY = b"ok"
PUBLIC = "151.101.0.84"


async def get(client: GuardedClient, url: str = URL) -> bytes:
    return (await client.get_bytes(url, max_bytes=99, deadline_s=5))[1]


class CountedServer:
    """Answers every request; knows its connections and how many requests wait at a time."""

    def __init__(self, *, requests_per_connection: int = 1000) -> None:
        self.connections = 0
        self.waiting = 0
        self.most_waiting = 0
        self._requests_per_connection = requests_per_connection

    async def handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        for _ in range(self._requests_per_connection):
            await read_head(reader)
            self.waiting += 1
            self.most_waiting = max(self.most_waiting, self.waiting)
            await asyncio.sleep(0.01)
            self.waiting -= 1
            writer.write(answer(BODY))
            await writer.drain()


async def fetch_in_turn(server: CountedServer, times: int, **options: Any) -> None:
    async with client_of(server.handle, **options) as client:
        for _ in range(times):
            assert await get(client) == BODY
            await asyncio.sleep(0)


class TestKeepAlive:
    def test_a_trusted_host_keeps_its_connection(self) -> None:
        server = CountedServer()

        asyncio.run(fetch_in_turn(server, 5, trusted_hosts=frozenset({HOST})))

        assert server.connections == 1

    def test_any_other_host_gets_a_connection_for_each_request(self) -> None:
        server = CountedServer()

        asyncio.run(fetch_in_turn(server, 5, trusted_hosts=frozenset({"other.example"})))

        assert server.connections == 5

    def test_a_connection_that_the_server_drops_is_replaced(self) -> None:
        server = CountedServer(requests_per_connection=2)

        asyncio.run(fetch_in_turn(server, 5, trusted_hosts=frozenset({HOST})))

        assert server.connections == 3

    def test_what_a_server_says_unasked_is_no_answer(self) -> None:
        connections = 0

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            nonlocal connections
            connections += 1
            while True:
                await read_head(reader)
                writer.write(answer(BODY) + answer(b"unasked"))
                await writer.drain()

        async def run() -> None:
            async with client_of(handle, trusted_hosts=frozenset({HOST})) as client:
                assert [await get(client), await get(client)] == [BODY, BODY]

        asyncio.run(run())
        assert connections == 2

    def test_each_connection_of_a_trusted_host_is_judged(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)
        resolver = TableResolver({"trusted.org": [[PUBLIC], ["10.1.2.3"]]})
        options = GuardOptions(trusted_hosts=frozenset({"trusted.org"}))

        async def scenario() -> None:
            async with serving(always(answer(BODY))) as port:
                spy.ports = (port, port)
                async with GuardedClient(options, resolver=resolver) as client:
                    assert await get(client, "http://trusted.org/") == BODY
                    await get(client, "http://trusted.org/")

        with pytest.raises(AddressRefusedError):
            asyncio.run(scenario())
        assert resolver.lookups == ["trusted.org"] * 2
        assert spy.connects == [(PUBLIC, 80)]


class TestLimits:
    def test_hold_for_each_host_and_in_all(self) -> None:
        server = CountedServer()
        hosts = ("a.example", "b.example", "c.example")
        limits = {"total_limit": 5, "host_limit": 2, "host_limits": {"c.example": 4}}

        async def fetch_from(*names: str) -> int:
            server.most_waiting = 0
            async with client_of(server.handle, *hosts, **limits) as client:
                urls = [f"http://{name}/" for name in names for _ in range(10)]
                await asyncio.gather(*(get(client, url) for url in urls))
            return server.most_waiting

        assert asyncio.run(fetch_from("a.example")) == 2
        assert asyncio.run(fetch_from("c.example")) == 4
        assert asyncio.run(fetch_from(*hosts)) == 5

    def test_waiting_for_a_turn_does_not_count_as_slowness(self) -> None:
        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            await read_head(reader)
            await asyncio.sleep(0.1)
            writer.write(answer(BODY))

        async def scenario() -> list[Any]:
            async with client_of(handle, host_limit=1) as client:
                fetches = (client.get_bytes(URL, max_bytes=9, deadline_s=0.4) for _ in range(6))
                return await asyncio.gather(*fetches)

        assert [body for _, body in asyncio.run(scenario())] == [BODY] * 6


class TestPinning:
    def test_the_peer_must_be_the_judged_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)
        monkeypatch.setattr(socket.socket, "getpeername", lambda sock: ("10.0.0.1", 80))

        async def scenario() -> None:
            async with serving(always(answer(BODY))) as port:
                spy.ports = (port, port)
                await Dialer().connect([Endpoint(ip_address(PUBLIC), 80)])

        with pytest.raises(AddressRefusedError):
            asyncio.run(scenario())

    def test_the_next_address_is_tried_when_one_does_not_answer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)
        resolver = TableResolver({"two.org": [["2a00:1450::7", PUBLIC]]})

        async def scenario() -> bytes:
            async with serving(always(answer(BODY))) as port, serving(always(b""), host="::1"):
                spy.ports = (port, 1)
                async with GuardedClient(GuardOptions(), resolver=resolver) as client:
                    return await get(client, "http://two.org/")

        assert asyncio.run(scenario()) == BODY
        assert spy.connects == [("2a00:1450::7", 80), (PUBLIC, 80)]

    def test_the_versions_of_ip_take_turns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)
        addresses = [f"2a00:1450::{number}" for number in range(1, 9)]
        resolver = TableResolver({"many.org": [[*addresses, PUBLIC]]})

        async def scenario() -> bytes:
            async with serving(always(answer(BODY))) as port:
                spy.ports = (port, 1)
                async with GuardedClient(GuardOptions(), resolver=resolver) as client:
                    return await get(client, "http://many.org/")

        assert asyncio.run(scenario()) == BODY
        assert spy.connects == [(addresses[0], 80), (PUBLIC, 80)]

    def test_a_refusing_host_is_a_failed_connect(self) -> None:
        async def scenario() -> None:
            async with serving(always(b"")) as port:
                pass
            await Dialer().connect([Endpoint(ip_address("127.0.0.1"), port)] * 2)

        with pytest.raises(httpcore.ConnectError):
            asyncio.run(scenario())


class TestHostMap:
    def test_serves_https_addresses_in_plain_http(self) -> None:
        async def scenario() -> bytes:
            async with client_of(always(answer(BODY))) as client:
                return await get(client, f"https://{HOST}/")

        assert asyncio.run(scenario()) == BODY

    @pytest.mark.parametrize(
        "url",
        [f"http://sub.{HOST}/", "http://127.0.0.1/", "http://localhost/", f"http://{HOST}:8/"],
    )
    def test_opens_nothing_beside_the_exact_host(self, url: str) -> None:
        async def scenario() -> None:
            async with client_of(always(answer(BODY))) as client:
                await get(client, url)

        with pytest.raises((AddressRefusedError, FetchError)):
            asyncio.run(scenario())

    def test_a_name_with_a_port_is_mapped_for_that_port_alone(self) -> None:
        async def scenario() -> None:
            async with serving(always(answer(BODY))) as port:
                resolver = TableResolver({HOST: [["10.0.0.1"]]})
                options = options_for(port, f"{HOST}:443")
                async with GuardedClient(options, resolver=resolver) as client:
                    assert await get(client, f"https://{HOST}/") == BODY
                    await get(client, f"http://{HOST}/")

        with pytest.raises(AddressRefusedError):
            asyncio.run(scenario())


class TestSystemResolver:
    def test_asks_for_the_absolute_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []

        def look_up(host: str, port: int, **options: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

        assert asyncio.run(SystemResolver().resolve("site.org", 80)) == [PUBLIC]
        assert asked == ["site.org."]

    def test_an_unknown_name_is_a_network_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def look_up(host: str, port: int, **options: Any) -> list[Any]:
            raise socket.gaierror(-2, "unknown")

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

        with pytest.raises(FetchError) as caught:
            asyncio.run(SystemResolver().resolve("site.org", 80))
        assert caught.value.fetch_code == "network"

    def test_a_hanging_look_up_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        end = threading.Event()

        def look_up(host: str, port: int, **options: Any) -> list[Any]:
            end.wait(30)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

        with pytest.raises(FetchError) as caught:
            asyncio.run(SystemResolver(time_limit_s=0.05).resolve("site.org", 80))
        end.set()
        assert caught.value.fetch_code == "source_timeout"


class TestTLS:
    @asynccontextmanager
    async def client(
        self, tmp_path: Path, spy: SocketSpy, handler: Handler
    ) -> AsyncGenerator[GuardedClient]:
        """Serve ``named.org`` with a certificate that the client trusts."""
        certificate, key = make_certificate(tmp_path, "named.org")
        served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        served.load_cert_chain(certificate, key)
        resolver = TableResolver({"named.org": [[PUBLIC]], "other.org": [[PUBLIC]]})
        async with serving(handler, ssl=served) as port:
            spy.ports = (port, port)
            async with GuardedClient(
                GuardOptions(), resolver=resolver, ca_file=str(certificate)
            ) as client:
                yield client

    def test_the_certificate_must_name_the_host(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)

        async def scenario() -> None:
            async with self.client(tmp_path, spy, by_target({"/": answer(BODY)})) as client:
                assert await get(client, "https://named.org/") == BODY
                await get(client, "https://other.org/")

        with pytest.raises(FetchError) as caught:
            asyncio.run(scenario())
        assert caught.value.fetch_code == "network"
        assert spy.connects == [(PUBLIC, 443)] * 2
