"""What HTTP/2 costs and gives the guarded client, against a server on loopback, over TLS.

20 requests at a time for 4 kB each, with headers as the details of pins are asked for. Of each
protocol:

- ``*_per_s``: requests per second;
- ``*_ms``: processor time of the client for each request, the server's not counted.

Each is the best of some rounds, in which the protocols take turns. A last pair says the same where
the server takes 100 ms for each answer.

    python bench/http2.py [--requests N]
"""

import argparse
import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from ipaddress import ip_address
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.support import report

HOST, AT_A_TIME, ROUNDS = "www.named.org", 20, 3
BODY = b'{"resource_response":' + b"x" * 4_000 + b"}"
HEADERS = {
    "accept": "application/json, text/javascript, */*; q=0.01",
    "accept-language": "en-US,en;q=0.9",
    "cookie": "csrftoken=" + "c" * 32 + "; _pinterest_sess=" + "s" * 300,
    "referer": f"https://{HOST}/pin/1/",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "x-csrftoken": "c" * 32,
    "x-pinterest-pws-handler": "www/pin/[id].js",
    "x-requested-with": "XMLHttpRequest",
}


def serve(folder: str, answer_s: float, told: Connection) -> None:
    """Serve both protocols until the process is ended."""
    from tests.connectors.guard.http2_server import HTTP2Server, Talk

    async def give(talk: Talk, number: int, headers: dict[str, str]) -> None:
        if answer_s:
            await asyncio.sleep(answer_s)
        talk.answer(number, BODY)

    async def run() -> None:
        server = HTTP2Server(give, old=BODY, old_s=answer_s)
        async with server.running(Path(folder), HOST) as found:
            told.send(found)
            await asyncio.Event().wait()

    asyncio.run(run())


async def ask_all(count: int, *, ca_file: str, has_http2: bool) -> None:
    """Ask for so many answers."""
    from connectors.guard import GuardedClient, GuardOptions

    hosts = frozenset({HOST})
    options = GuardOptions(
        trusted_hosts=hosts,
        http2_hosts=hosts if has_http2 else frozenset(),
        host_limit=AT_A_TIME,
    )
    left = iter(range(count))
    async with GuardedClient(options, ca_file=ca_file) as client:

        async def work() -> None:
            for number in left:
                answer = await client.ask(
                    f"https://{HOST}/resource/PinResource/get/?pin={number}",
                    headers=HEADERS,
                    max_bytes=1_000_000,
                    deadline_s=30,
                )
                assert answer.content == BODY

        await asyncio.gather(*(work() for _ in range(AT_A_TIME)))


def measure(count: int, rounds: int, answer_s: float, folder: str) -> dict[str, float]:
    """Return rates and costs of both protocols, by name."""
    from connectors.guard import Dialer, Endpoint

    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(folder, answer_s, there)
    )
    server.start()
    port, ca_file = here.recv()

    async def lead(*_: object) -> Sequence[Endpoint]:
        return [Endpoint(ip_address("127.0.0.1"), port)]

    found: dict[str, float] = {}
    with mock.patch.object(Dialer, "resolve_and_judge", lead):
        for name in ("http1", "http2") * rounds:
            began, worked = time.perf_counter(), time.process_time()
            asyncio.run(ask_all(count, ca_file=ca_file, has_http2=name == "http2"))
            rate = count / (time.perf_counter() - began)
            cost_ms = (time.process_time() - worked) / count * 1000
            found[f"{name}_per_s"] = max(rate, found.get(f"{name}_per_s", 0))
            found[f"{name}_ms"] = min(cost_ms, found.get(f"{name}_ms", cost_ms))
    server.kill()
    server.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2_000)
    count = parser.parse_args().requests
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        at_once = measure(count, ROUNDS, 0.0, folder)
        slow = measure(count // 2, 1, 0.1, folder)
    report(**at_once, **{f"slow_{name}": value for name, value in slow.items()})


if __name__ == "__main__":
    main()
