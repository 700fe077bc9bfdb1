"""Every trick of the corpus, played against the whole client with a spy on every connect.

Only the resolver is a stub. The sockets are real: the spy writes down where each connect goes
and leads it to a stub server, so that nothing leaves the machine.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import GuardedClient, GuardOptions, check_url, judge
from tests.connectors.guard.support import (
    Handler,
    SocketSpy,
    TableResolver,
    answer,
    read_head,
    serving,
    target_of,
)

HTTPS = 443
OWN = Path(__file__).with_name("corpus.tsv")
SHARED = Path(__file__).parents[4] / "shared/data/ssrf/corpus.txt"


# Targets of redirects in the shared corpus, whose row says only what the first host resolves to.
PRIVATE_NAMES = frozenset({"127.0.0.1.nip.io", "rebind-private.evil.com"})


@dataclass(frozen=True)
class Row:
    """One line of a corpus."""

    number: int
    expect: str
    kind: str
    url: str
    replies: tuple[tuple[str, ...], ...]
    redirect: str


class EveryHost(TableResolver):
    """Gives the replies of a row to whatever name is asked for."""

    def __init__(self, row: Row) -> None:
        super().__init__({"": row.replies})
        self._is_redirected = bool(row.redirect)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        if self._is_redirected and host in PRIVATE_NAMES:
            return ["127.0.0.1"]
        return await super().resolve("", port)


def read_corpus(path: Path) -> Iterator[Row]:
    for number, line in enumerate(path.read_text().split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        expect, kind, url, dns, redirect = (line.split("\t") + [""] * 4)[:5]
        replies = tuple(
            () if reply == "!empty" else tuple(reply.split(","))
            for reply in dns.split("|")
            if reply not in {"", "!nx"}
        )
        decoded = (text.encode().decode("unicode_escape") for text in (url, redirect))
        yield Row(number, expect, kind, next(decoded), replies, next(decoded))


def answering(row: Row) -> Handler:
    """Play the servers of a row: the redirect at its own address, a body everywhere else."""
    code, _, location = row.redirect.partition(" ")

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        if await reader.read(1) != b"G":
            return  # A TLS handshake: connecting was all that this row is about.
        target = target_of("G" + await read_head(reader))
        is_hop = target == "/" + row.url.split("/", 3)[-1] or target.startswith("/chain")
        if not row.redirect or not is_hop:
            writer.write(answer(b"ok"))
            return
        hop = int(target.removeprefix("/chain") or 0) + 1 if "/chain" in target else 0
        there = location.replace("{n+1}", str(hop))
        writer.write(answer(status=f"{code} Found", headers=[("Location", there)]))

    return handle


async def play(row: Row, spy: SocketSpy) -> list[str]:
    """Fetch the address of a row, twice where it may be fetched; return what went wrong."""
    spy.connects.clear()
    resolver = EveryHost(row)
    async with AsyncExitStack() as stack:
        spy.ports = (
            await stack.enter_async_context(serving(answering(row))),
            await stack.enter_async_context(serving(answering(row), host="::1")),
        )
        client = await stack.enter_async_context(GuardedClient(GuardOptions(), resolver=resolver))
        error = await fetch_error(client, row.url)
        first = list(spy.connects)
        if row.kind == "dns-rebind":
            assert isinstance(await fetch_error(client, row.url), AddressRefusedError)
            assert spy.connects == first
    return [f"{row.number} {row.kind}: {flaw}" for flaw in flaws_of(row, error, first)]


async def fetch_error(client: GuardedClient, url: str) -> Exception | None:
    try:
        await client.get_bytes(url, max_bytes=1000, deadline_s=5)
    except (AddressRefusedError, FetchError) as exc:
        return exc
    return None


def flaws_of(row: Row, error: Exception | None, connects: list[tuple[str, int]]) -> Iterator[str]:
    literal = check_url(row.url).literal if row.expect == "allow" else None
    # The second is where a redirect of our own corpus leads.
    expected = {str(literal)} if literal else {*sum(row.replies[:1], ()), "8.8.4.4"}
    for host, port in connects:
        judge(ip_address(host))
        if host not in expected or port not in {80, HTTPS}:
            yield f"connected to {host} port {port}"
    if row.expect == "block":
        if error is None:
            yield "was fetched"
        if connects and not row.redirect:
            yield f"connected to {connects}"
    elif isinstance(error, AddressRefusedError) or not connects:
        yield f"was refused: {error!r}"
    elif error is not None and connects[-1][1] != HTTPS:
        yield f"was not fetched: {error!r}"


async def play_all(path: Path, spy: SocketSpy) -> list[str]:
    return [flaw for row in read_corpus(path) for flaw in await play(row, spy)]


class TestCorpus:
    def test_our_own_is_obeyed_row_by_row(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)

        assert asyncio.run(play_all(OWN, spy)) == []

    def test_our_own_has_every_class(self) -> None:
        rows = list(read_corpus(OWN))

        assert len(rows) >= 400
        assert len({row.kind for row in rows}) == 31
        assert sum(row.expect == "allow" for row in rows) >= 75

    @pytest.mark.skipif(not SHARED.exists(), reason="the shared corpus is not on this machine")
    def test_the_shared_one_is_obeyed_row_by_row(self, monkeypatch: pytest.MonkeyPatch) -> None:
        spy = SocketSpy()
        spy.install(monkeypatch)

        assert asyncio.run(play_all(SHARED, spy)) == []
