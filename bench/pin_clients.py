"""The server that `enhance.py` asks, and the clients that it tries."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.pinterest_web.details import SessionHeaders

AT_A_TIME = 20
HOST = "www.pinterest.example"


class Server:
    """The stand-in, in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.pinterest_web.serve"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, **pipes)
        self.port = int(self._line())

    def set(self, **changes: Any) -> dict[str, int]:
        """Change how it answers; return what was asked of it so far."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(changes) + "\n")
        self._process.stdin.flush()
        told: dict[str, int] = json.loads(self._line())
        return told

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return str(self._process.stdout.readline())


def requests_of(
    server: Server, ids: list[str], session: "SessionHeaders"
) -> tuple[list[str], dict[str, str]]:
    """Return addresses on the server itself, and the headers to ask with."""
    from connectors.pinterest_web.asking import address_of, headers_of

    base = f"http://127.0.0.1:{server.port}"
    urls = [address_of(pin_id, base=base, now=time.time()) for pin_id in ids]
    return urls, headers_of(session, "1", base=base)


async def among(urls: list[str], fetch: Callable[[str], Any]) -> None:
    """Fetch all addresses, 20 at a time."""
    left = iter(urls)

    async def work() -> None:
        for url in left:
            await fetch(url)

    await asyncio.gather(*(work() for _ in range(AT_A_TIME)))


async def by_guard(urls: list[str], headers: dict[str, str]) -> None:
    """The guarded client, on httpcore."""
    from connectors.pinterest_web.asking import Site

    async with Site.from_settings().client() as client:

        async def fetch(url: str) -> None:
            path = url.partition("/resource/")[2]
            answer = await client.ask(
                f"https://{HOST}/resource/{path}",
                headers=headers,
                max_bytes=4 * 1024**2,
                deadline_s=30,
            )
            assert answer.status == 200

        await among(urls, fetch)


async def by_httpx(urls: list[str], headers: dict[str, str]) -> None:
    """Httpx with its defaults."""
    import httpx

    async with httpx.AsyncClient(headers=headers) as client:

        async def fetch(url: str) -> None:
            assert (await client.get(url)).status_code == 200

        await among(urls, fetch)


async def by_aiohttp(urls: list[str], headers: dict[str, str]) -> None:
    """Aiohttp, which is no part of the product: tried where it is installed."""
    import aiohttp  # type: ignore[import-not-found]  # see above

    async with aiohttp.ClientSession(headers=headers) as client:

        async def fetch(url: str) -> None:
            async with client.get(url) as answer:
                await answer.read()
                assert answer.status == 200

        await among(urls, fetch)


def client_rates(server: Server, ids: list[str], session: "SessionHeaders") -> dict[str, float]:
    """Return the requests per second of each client, each asking for all the ids."""
    rates = {}
    for client in (by_guard, by_httpx, by_aiohttp):
        urls, headers = requests_of(server, ids, session)
        began = time.perf_counter()
        try:
            asyncio.run(client(urls, headers))
        except ImportError:
            continue
        rates[client.__name__.removeprefix("by_")] = len(urls) / (time.perf_counter() - began)
    return rates
