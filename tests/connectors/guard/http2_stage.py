"""Lets a guarded client ask a server that speaks HTTP/2 on loopback, under a public name."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from connectors.guard import Answer, GuardedClient, GuardOptions
from tests.connectors.guard.http2_server import HTTP2Server, Talk
from tests.connectors.guard.support import SocketSpy, TableResolver

NAME, PUBLIC = "named.org", "151.101.0.84"
Scenario = Callable[[GuardedClient], Awaitable[None]]


async def at_once(talk: Talk, number: int, headers: dict[str, str]) -> None:
    talk.answer(number, headers[":path"].encode())


async def ask(client: GuardedClient, path: str = "/", **changes: float) -> Answer:
    limits = {"deadline_s": 5.0, **changes}
    return await client.ask(
        f"https://{NAME}{path}", token="t", max_bytes=1_000_000, deadline_s=limits["deadline_s"]
    )


class Stage:
    """Lets a client ask a server, over TLS, under a public name."""

    def __init__(self, folder: Path, spy: SocketSpy) -> None:
        self._folder, self.spy = folder, spy
        self.resolver = TableResolver({NAME: [[PUBLIC]]})

    def run(self, server: HTTP2Server, scenario: Scenario, *, is_offered: bool = True) -> None:
        names = frozenset({NAME})
        options = GuardOptions(
            trusted_hosts=names,
            http2_hosts=names if is_offered else frozenset(),
            host_limit=20,
        )

        async def play() -> None:
            async with asyncio.timeout(20), server.running(self._folder, NAME) as (port, ca_file):
                self.spy.ports = (port, port)
                async with GuardedClient(
                    options, resolver=self.resolver, ca_file=ca_file
                ) as client:
                    await scenario(client)
                # Nothing that belongs to the client outlives it.
                left = [task.get_name() for task in asyncio.all_tasks() if "Shared" in repr(task)]
                assert left == []

        asyncio.run(play())
