"""Loopback servers, a resolver that answers from a table, and a spy on every TCP connect."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from connectors.errors import FetchError
from connectors.guard import GuardedClient, GuardOptions, HostMap
from connectors.web.browser.listening import stop_listening

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

HOST = "site.example"
URL = f"http://{HOST}/"


class TableResolver:
    """Answers each look-up of a host with its next reply; the last one is repeated."""

    def __init__(self, replies: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._replies = {host: list(of_host) for host, of_host in replies.items()}
        self.lookups: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.lookups.append(host)
        replies = self._replies.get(host)
        if not replies:
            raise FetchError("unknown name", fetch_code="network")
        return replies.pop(0) if len(replies) > 1 else replies[0]


@asynccontextmanager
async def serving(handler: Handler, *, host: str = "127.0.0.1", **options: Any) -> Any:
    """Serve connections with a handler and yield the port; a handler may break off anywhere."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(handle, host, 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await stop_listening(server)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


def options_for(port: int, *hosts: str, **changes: Any) -> GuardOptions:
    """Return options that lead the named hosts, or `HOST`, to a loopback server."""
    names = hosts or (HOST,)
    return GuardOptions(host_map=HostMap(dict.fromkeys(names, f"127.0.0.1:{port}")), **changes)


@asynccontextmanager
async def client_of(handler: Handler, *hosts: str, **changes: Any) -> AsyncGenerator[GuardedClient]:
    """Serve a handler and yield a client that reaches it under the named hosts."""
    async with (
        serving(handler) as port,
        GuardedClient(options_for(port, *hosts, **changes)) as client,
    ):
        yield client


async def read_head(reader: asyncio.StreamReader) -> str:
    """Read the head of one request."""
    return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")


def target_of(head: str) -> str:
    """Return the path and query that a request asks for."""
    return head.split(" ", 2)[1]


def headers_of(head: str) -> dict[str, str]:
    """Return the headers of a request by lower-case name."""
    lines = head.split("\r\n")[1:-2]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


def answer(
    body: bytes = b"", *, status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    """Write out an answer with the right length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def always(data: bytes) -> Handler:
    """Make a handler that gives the same answer to each connection's first request."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_head(reader)
        writer.write(data)
        await writer.drain()

    return handle


def by_target(answers: Mapping[str, bytes]) -> Handler:
    """Make a handler that answers every request of a connection by its target."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            target = target_of(await read_head(reader))
            writer.write(answers.get(target, answer(status="404 Not Found")))
            await writer.drain()

    return handle


@dataclass
class SocketSpy:
    """Writes down where every TCP connect of the process goes, and leads it to a stub.

    Attributes:
        ports: of the stub on 127.0.0.1 and on ::1.
        connects: addresses and ports, in the order of the calls.
    """

    ports: tuple[int, int] = (0, 0)
    connects: list[tuple[str, int]] = field(default_factory=list)
    peers: "WeakKeyDictionary[socket.socket, Any]" = field(default_factory=WeakKeyDictionary)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect, getpeername = socket.socket.connect, socket.socket.getpeername

        def spy_connect(sock: socket.socket, address: Any) -> None:
            self.connects.append((address[0], address[1]))
            self.peers[sock] = address
            is_v4 = sock.family == socket.AF_INET
            connect(sock, ("127.0.0.1", self.ports[0]) if is_v4 else ("::1", self.ports[1]))

        def spy_getpeername(sock: socket.socket) -> Any:
            return self.peers.get(sock) or getpeername(sock)

        monkeypatch.setattr(socket.socket, "connect", spy_connect)
        monkeypatch.setattr(socket.socket, "getpeername", spy_getpeername)
