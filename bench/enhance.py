"""How fast pins that have only an id become full records, against a server on loopback.

The server (`tests/pinterest_web/serve.py`) runs in a process of its own and answers as Pinterest's
web endpoint does, after 100 ms ± 20 at first, then at once:

- ``speedup_20``: requests per second with 20 at a time over one at a time, same client, 100 ms;
- ``hours_at_5_s``: what 48,382 pins would take with 20 at a time and 5 s for each answer, measured
  over a few such answers; ``projected_hours`` says the same from ``speedup_20``;
- ``client_*``: requests per second of the clients that were tried, 20 at a time, no latency;
- ``writer_per_s``: pins per second of the step, fed with records from memory;
- ``pins_per_s``: of the whole step, from the claim of the run to its end, no latency;
- ``pipeline_ratio``: that over the lower of the fastest client and the writer;
- ``peer_ratio``: ``pins_per_s`` over threads with `requests`, and one UPDATE for each pin;
- ``rss_growth_mb``: memory of both processes after the last pin over that after the first fifth.

Each rate is the best of some rounds, in which all take turns: what else the machine does slows one
or the other, and makes none faster.

    python bench/enhance.py [--pins N] [--slow N]
"""

import argparse
import asyncio
import itertools
import math
import os
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.pin_clients import AT_A_TIME, HOST, Server, client_rates, requests_of
from bench.support import own_database, report

PINS, ANSWER_S = 48_382, 5.0
ROUNDS = 3
FIRST_ID = 914_862_400_000_000
numbers = itertools.count(FIRST_ID)


class Manners:
    """An operator who asks for speed."""

    user_agent = "MagpieBench/1.0 (+mailto:operator@example.org)"
    requests_per_minute = 10_000_000
    heeds_robots = False


def fresh_ids(count: int) -> list[str]:
    """Return ids that nobody has asked for."""
    return [str(number) for number in itertools.islice(numbers, count)]


def stream_rate(ids: list[str], *, most: int) -> float:
    """Return how many pins a second the fetcher reads, without a writer."""
    from connectors.pinterest_web.apart import fetch_details
    from connectors.pinterest_web.details import Found, Wanted

    async def run() -> int:
        wanted = [Wanted(uuid.uuid4(), pin_id) for pin_id in ids]
        stream = fetch_details(wanted, session=shared(), most=most, may_go_on=lambda: True)
        return sum([isinstance(one, Found) async for one in stream])

    began = time.perf_counter()
    assert asyncio.run(run()) == len(ids)
    return len(ids) / (time.perf_counter() - began)


def shared() -> Any:
    """Return the session that all workers share."""
    from connectors.pinterest_web.session import SharedSession

    return SharedSession(Manners())


def peer_rate(server: Server, org_id: uuid.UUID, count: int) -> float:
    """Return the pins per second of threads, `requests`, and an UPDATE for each pin."""
    import requests  # noqa: TID251  # what it is measured against

    from media.models import Asset
    from tenants.scope import org_scope

    ids = fresh_ids(count)
    urls, headers = requests_of(server, ids, asyncio.run(shared().headers()))
    _fill_refs(org_id, ids)
    local = threading.local()

    def fetch(url: str) -> dict[str, Any]:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.headers.update(headers)
        record: dict[str, Any] = local.session.get(url, timeout=30).json()
        return dict(record["resource_response"]["data"])

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for record in pool.map(fetch, urls):
            with org_scope(org_id):
                pin = Asset.objects.filter(source="pinterest", source_ref=f"pin:{record['id']}")
                pin.update(source_title=record["title"], source_text=record["description"])
    return count / (time.perf_counter() - began)


def new_org(name: str) -> uuid.UUID:
    """Make an organization; return its key."""
    from tenants.models import Organization
    from tenants.scope import org_scope
    from tenants.signals import organization_created

    org = Organization(name=name, slug=name.lower())
    with org_scope(org.pk):
        org.save(force_insert=True)
        organization_created.send(sender=Organization, org=org)
    return org.pk


def _fill_refs(org_id: uuid.UUID, ids: list[str]) -> None:
    """Give an organization pins of which only the id is known."""
    from media.models import Asset
    from tenants.scope import org_scope

    with org_scope(org_id):
        Asset.objects.bulk_create(
            [
                Asset(
                    org_id=org_id,
                    source="pinterest",
                    source_ref=f"pin:{pin_id}",
                    kind="pin",
                    media_status="metadata_only",
                    content_hash=pin_id.encode(),
                )
                for pin_id in ids
            ],
            batch_size=5_000,
        )


def step_seconds(org_id: uuid.UUID, count: int) -> float:
    """Let the engine do the step over all pins of an organization; return the seconds."""
    from ingestion.engine import claims
    from ingestion.engine.drain import run_slice
    from ingestion.engine.runs import start_run
    from ingestion.models import Job, SyncRun
    from tenants.scope import org_scope

    params = {"steps": ["enhance"], "max_concurrent": AT_A_TIME}
    with org_scope(org_id):
        run = start_run(Job.objects.create(org_id=org_id, kind="pins", params=params))
    began = time.perf_counter()
    held = claims.claim(run_id=run.pk)
    assert held is not None
    run_slice(held, seconds=math.inf)
    seconds = time.perf_counter() - began
    with org_scope(org_id):
        run = SyncRun.objects.get(pk=run.pk)
        assert (run.state, run.raw_count, run.updated_count) == ("succeeded", count, count), (
            run.state,
            run.updated_count,
            run.error_code,
        )
    return seconds


def writer_rate(count: int) -> float:
    """Return the pins per second of the step when records come from memory."""
    from connectors.guard import Answer
    from connectors.pinterest_web.answers import Reader
    from connectors.pinterest_web.details import Detail, Found, Wanted
    from ingestion.pins import enhance
    from tests.pinterest_web.fake import answer_of

    org_id, ids, reader = new_org(f"Writer{next(numbers)}"), fresh_ids(count), Reader()
    _fill_refs(org_id, ids)
    found: dict[str, Any] = {}
    for pin_id in ids:
        answer = Answer(200, "application/json", {}, answer_of(pin_id, asked=pin_id))
        found[pin_id] = reader.read(Wanted(uuid.uuid4(), pin_id), answer).item  # type: ignore[union-attr]  # a pin

    async def from_memory(wanted: Any, **_: Any) -> AsyncIterator[Detail]:
        for one in wanted:
            yield Found(one, found[one.pin_id])

    with mock.patch.object(enhance, "fetch_details", from_memory):
        return count / step_seconds(org_id, count)


def pipeline(count: int) -> tuple[float, float]:
    """Return the pins per second of the whole step, and by how many MB memory grew."""
    org_id = new_org(f"Pipeline{next(numbers)}")
    _fill_refs(org_id, fresh_ids(count))
    with memory_in_use() as seen:
        seconds = step_seconds(org_id, count)
    return count / seconds, sum(map(growth_mb, seen.values()))


def growth_mb(sizes: list[int]) -> float:
    """Return by how much a process grew after its first fifth; one that ended at once did not."""
    settled = sizes[len(sizes) // 5 :] or [0]
    return (max(settled[-3:]) - settled[0]) / 1024**2


@contextmanager
def memory_in_use() -> Iterator[dict[int, list[int]]]:
    """Look at the memory of this process, and of the one that asks, several times a second."""
    import psutil

    is_over, this = threading.Event(), psutil.Process()
    seen: dict[int, list[int]] = {}
    others = set(this.children())

    def look() -> None:
        while not is_over.wait(0.2):
            for each in (this, *(child for child in this.children() if child not in others)):
                with suppress(psutil.NoSuchProcess):
                    seen.setdefault(each.pid, []).append(each.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()


def waiting_figures(server: Server, slow: int) -> dict[str, float]:
    """Return how many at a time pay off while a source takes its time."""
    server.set(latency_s=0.1, jitter_s=0.02)
    serial = max(stream_rate(fresh_ids(slow // 40), most=1) for _ in range(ROUNDS))
    at_20 = max(stream_rate(fresh_ids(slow), most=AT_A_TIME) for _ in range(ROUNDS))
    server.set(latency_s=ANSWER_S, jitter_s=0.5)
    slow_rate = stream_rate(fresh_ids(3 * AT_A_TIME), most=AT_A_TIME)
    return {
        "speedup_20": at_20 / serial,
        "serial_per_s": serial,
        "at_20_per_s": at_20,
        "projected_hours": PINS * ANSWER_S * serial / at_20 / 3600,
        "hours_at_5_s": PINS / slow_rate / 3600,
    }


def working_figures(server: Server, pins: int) -> dict[str, float]:
    """Return what the parts do, and all of it together, while a source answers at once."""
    server.set(latency_s=0.0, jitter_s=0.0)
    best: Counter[str] = Counter()
    grown_mb = 0.0
    for _ in range(ROUNDS):
        clients = client_rates(server, fresh_ids(pins // 4), asyncio.run(shared().headers()))
        seen = {f"client_{name}_per_s": rate for name, rate in clients.items()}
        seen["fetcher_per_s"] = stream_rate(fresh_ids(pins), most=AT_A_TIME)
        seen["writer_per_s"] = writer_rate(pins)
        seen["pins_per_s"], grown = pipeline(pins)
        grown_mb = max(grown_mb, grown)
        best |= Counter(seen)
    fastest = max(rate for name, rate in best.items() if name.startswith("client_"))
    peer = peer_rate(server, new_org("Peer"), pins // 4)
    return {
        **best,
        "pipeline_ratio": best["pins_per_s"] / min(fastest, best["writer_per_s"]),
        "peer_per_s": peer,
        "peer_ratio": best["pins_per_s"] / peer,
        "rss_growth_mb": grown_mb,
    }


def measure(server: Server, *, pins: int, slow: int) -> None:
    """Measure all of it, and report."""
    from ingestion.pins import asking

    asking.session = shared
    began = time.perf_counter()
    asyncio.run(shared().headers())
    browser_s = time.perf_counter() - began
    figures = waiting_figures(server, slow) | working_figures(server, pins)
    report(pins=pins, browser_s=browser_s, **figures)


def main() -> None:
    """Serve, measure, stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pins", type=int, default=20_000)
    parser.add_argument("--slow", type=int, default=2_000)
    arguments = parser.parse_args()
    server = Server()
    os.environ["FETCH_HOST_MAP"] = f"{HOST}=127.0.0.1:{server.port}"
    os.environ["PINTEREST_WEB_URL"] = f"https://{HOST}"
    try:
        own_database("bench_enhance")
        measure(server, pins=arguments.pins, slow=arguments.slow)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
