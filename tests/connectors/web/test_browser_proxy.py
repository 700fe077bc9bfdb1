"""What the proxy below the browser lets pass, and what it refuses before a connect."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin

import pytest

from connectors.errors import AddressRefusedError
from connectors.guard import Dialer, HostMap, check_url, judge
from connectors.web.browser.proxy import FilteringProxy
from connectors.web.browser.values import RenderLimits
from tests.connectors.guard.support import (
    Handler,
    SocketSpy,
    TableResolver,
    always,
    answer,
    headers_of,
    read_head,
    serving,
)
from tests.connectors.guard.test_corpus import OWN, SHARED, EveryHost, Row, read_corpus
from tests.connectors.web.proxying import (
    LeadingDialer,
    ask,
    connection_to,
    credentials,
    proxy_over,
    send,
    status_of,
)

PUBLIC = TableResolver({"site.org": [["8.8.4.4"]]})
GET = b"GET http://site.org/a?b HTTP/1.1"
HELLO = b"\x16\x03\x01 hello"


def request_lines(url: str, *, is_safe: bool) -> Iterator[bytes]:
    """Write the request lines by which a browser, or worse, would ask for a URL."""
    if is_safe:
        checked = check_url(url)
        host = f"[{checked.host}]" if ":" in checked.host else checked.host
        is_plain = checked.scheme == "http"
        line = f"GET {checked} HTTP/1.1" if is_plain else f"CONNECT {host}:443 HTTP/1.1"
        yield line.encode()
        return
    yield f"GET {url} HTTP/1.1".encode("utf-8", "surrogatepass")
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    if scheme.lower() == "https":
        has_port = authority.rpartition(":")[2].isdigit()
        there = authority if has_port else f"{authority}:443"
        yield f"CONNECT {there} HTTP/1.1".encode("utf-8", "surrogatepass")


async def play(row: Row, spy: SocketSpy) -> Iterator[str]:
    """Ask for the address of a row, and return what went wrong."""
    resolver = EveryHost(row)
    proxy = FilteringProxy(Dialer(resolver=resolver), RenderLimits(), head_time_limit_s=5)
    flaws = []
    url = row.url
    if row.redirect and row.expect == "block":
        # Where a redirect leads is asked for by the browser, like any other address.
        url = urljoin(row.url, row.redirect.partition(" ")[2])
        if url.startswith(f"{row.url.rpartition('/')[0]}/"):
            # Round and round on one site: the browser itself ends it.
            return iter(())
        await ask(proxy, f"GET {row.url} HTTP/1.1".encode())
    for line in request_lines(url, is_safe=row.expect == "allow"):
        spy.connects.clear()
        # What is no TLS ends a tunnel as soon as it stands.
        data = line + b"\r\n" + credentials(proxy) + b"\r\nno"
        status = status_of(await send(proxy, data))
        first = list(spy.connects)
        if row.kind == "dns-rebind":
            assert status_of(await send(proxy, data)) == 403
            assert spy.connects == first
        is_plain = line.startswith(b"GET")
        if row.expect == "allow" and not first:
            flaws.append(f"{row.number}: {line!r} was refused with {status}")
        if row.expect == "block" and first and is_plain and row.kind != "dns-rebind":
            flaws.append(f"{row.number}: {line!r} connected to {first}")
        for host, port in first:
            judge(ip_address(host))
            assert port in {80, 443}
    return iter(flaws)


async def play_all(path: Path, spy: SocketSpy) -> list[str]:
    async with AsyncExitStack() as stack:
        spy.ports = (
            await stack.enter_async_context(serving(always(answer(b"ok")))),
            await stack.enter_async_context(serving(always(answer(b"ok")), host="::1")),
        )
        return [flaw for row in read_corpus(path) for flaw in await play(row, spy)]


class TestCorpus:
    @pytest.mark.parametrize("path", [OWN, SHARED], ids=["own", "shared"])
    def test_is_obeyed_row_by_row(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        if not path.exists():
            pytest.skip("the shared corpus is not on this machine")
        spy = SocketSpy()
        spy.install(monkeypatch)

        assert asyncio.run(play_all(path, spy)) == []


class TestRequests:
    @pytest.mark.parametrize(
        ("line", "rest", "status"),
        [
            (GET, b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400),
            (GET, b"Transfer-Encoding: chunked\r\n", 400),
            (GET, b"Content-Length: 3\r\nContent-Length: 4\r\n", 400),
            (GET, b"Content-Length: +3\r\n", 400),
            (GET, b"Content-Length: \r\n", 400),
            (GET, b"Host: site.org\r\nHost: 127.0.0.1\r\n", 400),
            (GET, b"Accept: a\r\n b\r\n", 400),
            (GET, b"Accept : a\r\n", 400),
            (GET, b"Accept: a\nHost: b\r\n", 400),
            (GET, b"Accept: a\x00b\r\n", 400),
            (GET, b"Accept\r\n", 400),
            (GET, b"X: y\r\n" * 200, 400),
            (GET, b"X: " + b"y" * 70_000 + b"\r\n", 431),
            (GET, b"Upgrade: websocket\r\nConnection: Upgrade\r\n", 403),
            (b"GET /a HTTP/1.1", b"Host: site.org\r\n", 403),
            (b"GET * HTTP/1.1", b"", 403),
            (b"GET http://site.org/ http://site.org/ HTTP/1.1", b"", 400),
            (b"GET http://site.org/ HTTP/2.0", b"", 400),
            (b"GET  http://site.org/ HTTP/1.1", b"", 400),
            (b"get http://site.org/ HTTP/1.1", b"", 400),
            (b"GET https://site.org/ HTTP/1.1", b"", 403),
            (b"GET ftp://site.org/ HTTP/1.1", b"", 403),
            (b"GET ws://site.org/ HTTP/1.1", b"", 403),
            (b"GET http://site.org:8080/ HTTP/1.1", b"", 403),
            (b"GET http://a@site.org/ HTTP/1.1", b"", 403),
            (b"PUT http://site.org/ HTTP/1.1", b"", 405),
            (b"DELETE http://site.org/ HTTP/1.1", b"", 405),
            (b"TRACE http://site.org/ HTTP/1.1", b"", 405),
            (b"POST http://site.org/ HTTP/1.1", b"Content-Length: 99999999\r\n", 403),
            (b"CONNECT site.org:80 HTTP/1.1", b"", 403),
            (b"CONNECT site.org HTTP/1.1", b"", 403),
            (b"CONNECT site.org:443/x HTTP/1.1", b"", 403),
            (b"CONNECT site.org:443?x HTTP/1.1", b"", 403),
            (b"CONNECT site.org:443#x HTTP/1.1", b"", 403),
            (b"CONNECT site.org:0443 HTTP/1.1", b"", 403),
            (b"CONNECT a@site.org:443 HTTP/1.1", b"", 403),
            (b"CONNECT 127.0.0.1:443 HTTP/1.1", b"", 403),
            (b"CONNECT [::1]:443 HTTP/1.1", b"", 403),
            (b"CONNECT [::ffff:127.0.0.1]:443 HTTP/1.1", b"", 403),
            (b"CONNECT 2130706433:443 HTTP/1.1", b"", 403),
            (b"CONNECT localhost:443 HTTP/1.1", b"", 403),
            (b"CONNECT site.org:443 HTTP/1.1", b"Content-Length: 3\r\n", 400),
        ],
    )
    def test_that_are_odd_are_refused_without_a_lookup(
        self, line: bytes, rest: bytes, status: int
    ) -> None:
        proxy = proxy_over()

        received = asyncio.run(ask(proxy, line, rest))

        # Of a head that is too long the rest may never be read.
        assert status_of(received) == status or (status == 431 and received == b"<reset>")
        assert proxy.tally.refused == 1

    def test_without_the_secret_are_not_served(self) -> None:
        proxy, other = proxy_over(), proxy_over()
        wrong = GET + b"\r\n" + credentials(other) + b"\r\n"

        for data in (GET + b"\r\n\r\n", wrong, b"CONNECT site.org:443 HTTP/1.1\r\n\r\n"):
            assert status_of(asyncio.run(send(proxy, data))) == 407
        assert (proxy.tally.requests, proxy.tally.refused) == (0, 0)

    def test_that_never_end_are_ended(self) -> None:
        async def scenario() -> bytes:
            proxy = proxy_over(head_time_limit_s=0.2)
            async with connection_to(proxy) as (reader, writer), asyncio.timeout(3):
                writer.write(b"GET http://si")
                return await reader.read()

        assert asyncio.run(scenario()) == b""

    def test_beyond_the_connections_of_a_page_are_not_taken(self) -> None:
        proxy = proxy_over(max_connections=1)

        async def scenario() -> bytes:
            async with connection_to(proxy):
                await asyncio.sleep(0.05)
                return await send(proxy, GET + b"\r\n\r\n")

        assert asyncio.run(scenario()) in {b"", b"<reset>"}


class TestForwarding:
    def test_writes_both_heads_anew(self) -> None:
        heads: list[str] = []
        data = answer(
            b"body",
            headers=[
                ("Connection", "keep-alive, X-Hop"),
                ("X-Hop", "1"),
                ("Alt-Svc", 'h3=":443"'),
                ("Proxy-Status", "magpie; error=fake"),
                ("Set-Cookie", "a=b"),
                ("Set-Cookie", "c=d"),
            ],
        )

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            heads.append(await read_head(reader))
            writer.write(data)

        async def scenario() -> bytes:
            async with serving(handle) as port:
                proxy = proxy_over(LeadingDialer(port, PUBLIC))
                rest = b"Host: 127.0.0.1\r\nConnection: X-Own\r\nX-Own: 1\r\nTE: trailers\r\n"
                rest += b"Accept: */*\r\n"
                # A second request behind the first finds nobody who reads it.
                return await ask(proxy, GET, rest + b"\r\n" + GET + b"\r\n")

        received = asyncio.run(scenario())

        assert headers_of(heads[0]) == {"host": "site.org", "accept": "*/*", "connection": "close"}
        assert heads[0].startswith("GET /a?b HTTP/1.1\r\n")
        assert len(heads) == 1
        head, _, body = received.partition(b"\r\n\r\n")
        names = [line.partition(b":")[0] for line in head.split(b"\r\n")[1:]]
        assert names == [b"content-length", b"set-cookie", b"set-cookie", b"connection"]
        assert body == b"body"

    def test_hands_a_body_on(self) -> None:
        bodies: list[bytes] = []

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            length = int(headers_of(await read_head(reader))["content-length"])
            bodies.append(await reader.readexactly(length))
            writer.write(answer(b"ok"))

        async def scenario() -> bytes:
            async with serving(handle) as port:
                line = b"POST http://site.org/ HTTP/1.1"
                proxy = proxy_over(LeadingDialer(port, PUBLIC))
                return await ask(proxy, line, b"Content-Length: 5\r\n\r\nbytes")

        assert status_of(asyncio.run(scenario())) == 200
        assert bodies == [b"bytes"]

    @pytest.mark.parametrize(
        "data",
        [
            b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"",
        ],
    )
    def test_an_answer_that_breaks_the_rules_does_not_arrive(self, data: bytes) -> None:
        async def scenario() -> bytes:
            async with serving(always(data)) as port:
                return await ask(proxy_over(LeadingDialer(port, PUBLIC)), GET)

        assert status_of(asyncio.run(scenario())) == 502

    def test_bytes_beyond_the_limit_do_not_pass(self) -> None:
        async def scenario() -> tuple[bytes, bytes]:
            async with serving(always(answer(b"x" * 300_000))) as port:
                proxy = proxy_over(LeadingDialer(port, PUBLIC), max_bytes=100_000)
                return await ask(proxy, GET), await ask(proxy, GET)

        first, second = asyncio.run(scenario())

        assert len(first) < 101_000
        assert status_of(second) == 403

    def test_requests_beyond_the_limit_do_not_pass(self) -> None:
        async def scenario() -> list[int]:
            async with serving(always(answer(b"ok"))) as port:
                proxy = proxy_over(LeadingDialer(port, PUBLIC), max_requests=2)
                return [status_of(await ask(proxy, GET)) for _ in range(3)]

        assert asyncio.run(scenario()) == [200, 200, 403]

    def test_a_name_that_changes_its_answer_is_judged_each_time(self) -> None:
        resolver = TableResolver({"site.org": [["8.8.4.4"], ["127.0.0.1"]]})

        async def scenario() -> tuple[list[int], FilteringProxy]:
            async with serving(always(answer(b"ok"))) as port:
                proxy = proxy_over(LeadingDialer(port, resolver))
                return [status_of(await ask(proxy, GET)) for _ in range(2)], proxy

        statuses, proxy = asyncio.run(scenario())

        assert statuses == [200, 403]
        assert isinstance(proxy.tally.refusals["site.org:80"], AddressRefusedError)


class TestTunnels:
    def test_carry_tls_both_ways(self) -> None:
        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            hello = await reader.readexactly(len(HELLO))
            # More than the head of an answer may have, without a word from the other side.
            writer.write(hello + b"x" * 200_000)
            await writer.drain()

        assert asyncio.run(self._open(handle)).endswith(HELLO + b"x" * 200_000)

    def test_carry_nothing_else(self) -> None:
        received: list[bytes] = []

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            received.append(await reader.read())

        passed = asyncio.run(self._open(handle, b"GET / HTTP/1.1\r\n\r\n"))

        assert passed.startswith(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        assert b"".join(received) == b""

    def test_end_at_the_limit_of_bytes(self) -> None:
        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            while True:
                writer.write(b"x" * 50_000)
                await writer.drain()

        assert len(asyncio.run(self._open(handle, max_bytes=100_000))) < 101_000

    def test_do_not_lead_to_stand_ins(self) -> None:
        host_map = HostMap({"site.org": "127.0.0.1:9"})
        proxy = FilteringProxy(Dialer(host_map=host_map), RenderLimits(), stand_ins=host_map.hosts)

        assert status_of(asyncio.run(ask(proxy, b"CONNECT site.org:443 HTTP/1.1"))) == 502

    async def _open(self, handle: Handler, data: bytes = HELLO, **changes: int) -> bytes:
        async with serving(handle) as port:
            proxy = proxy_over(LeadingDialer(port, PUBLIC), **changes)
            line = b"CONNECT site.org:443 HTTP/1.1\r\n"
            return await send(proxy, line + credentials(proxy) + b"\r\n" + data)


def test_it_listens_on_loopback_until_it_is_left() -> None:
    async def scenario() -> None:
        async with proxy_over() as proxy:
            _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            await asyncio.sleep(0.05)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.transport.abort()

    asyncio.run(scenario())
