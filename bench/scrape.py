"""How fast the pictures of a page are brought, against fetching them one after the other.

A page on loopback shows 100 pictures, each of which is answered after 200 ms. The reference fetches
the same pictures through the same guarded client, each when the one before is there, in the same
process. ``fetch_s`` is from the first request for a picture to the last answer, by the site's own
clock; ``run_s`` the whole run, from its claim to its end, with finding, decoding, renditions and
rows. ``ratio`` is ``fetch_s`` over ``serial_s``. Run it with ``python bench/scrape.py``.
"""

import argparse
import asyncio
import io
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.support import median, own_database, report

HOST = "pages.example.com"


class Handler(BaseHTTPRequestHandler):
    """Answers the page at once, and each picture after a while."""

    protocol_version = "HTTP/1.1"
    server: "Site"

    def do_GET(self) -> None:  # the base class names it
        """Answer."""
        number = self.path.removeprefix("/").removesuffix(".jpg")
        if number.isdecimal():
            content, kind = self.server.serve(int(number)), "image/jpeg"
        elif self.path == "/robots.txt":
            content, kind = b"", "text/plain"
        else:
            content, kind = self.server.page, "text/html"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.server.answered_at = time.monotonic()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Site(ThreadingHTTPServer):
    """A page of pictures that each take their time."""

    request_queue_size = 128

    def __init__(self, count: int, latency_s: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.latency_s = latency_s
        self.pictures = [a_jpeg(number) for number in range(count)]
        images = "".join(f'<img src="/{number}.jpg">' for number in range(count))
        self.page = f"<!doctype html><title>Bench</title>{images}".encode()
        self.asked_at = self.answered_at = 0.0

    def serve(self, number: int) -> bytes:
        """Return a picture after a while, and note when the first was asked for."""
        self.asked_at = self.asked_at or time.monotonic()
        time.sleep(self.latency_s)
        return self.pictures[number]

    def lap_s(self) -> float:
        """Return the seconds from the first request to the last answer, and begin anew."""
        lap_s, self.asked_at = self.answered_at - self.asked_at, 0.0
        return lap_s


def a_jpeg(number: int) -> bytes:
    """Return a picture unlike the others."""
    from PIL import Image

    file = io.BytesIO()
    color = ((number * 47) % 256, (number * 91) % 256, number % 256)
    Image.new("RGB", (640, 480), color).save(file, "JPEG")
    return file.getvalue()


def fetch_one_by_one(count: int) -> None:
    """Fetch all pictures through the guarded client, one after the other."""
    from connectors.guard import GuardedClient

    async def fetch_all() -> None:
        async with GuardedClient() as client:
            for number in range(count):
                url = f"http://{HOST}/{number}.jpg"
                await client.get_bytes(url, max_bytes=10_000_000, deadline_s=30)

    asyncio.run(fetch_all())


def scrape(org: Any, number: int) -> float:
    """Scrape the page into an empty library; return the seconds of its run."""
    from ingestion.engine import claims
    from ingestion.engine.drain import run_slice
    from ingestion.gather.services import Asking, submit_page
    from ingestion.models import SyncRun
    from tenants.scope import org_scope

    with org_scope(org.pk):
        job = submit_page(org, f"http://{HOST}/page{number}", Asking(None))
        run = SyncRun.objects.get(job=job)
    began = time.monotonic()
    held = claims.claim(run_id=run.pk)
    assert held is not None
    run_slice(held, should_stop=lambda: False)
    took_s = time.monotonic() - began
    with org_scope(org.pk):
        run.refresh_from_db()
        assert (run.state, run.failed_count) == ("succeeded", 0), run.user_message
    return took_s


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--latency-ms", type=float, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    own_database("bench_scrape")
    from django.test import override_settings

    from tenants.models import User
    from tenants.services.organizations import create_organization

    site = Site(options.pictures, options.latency_ms / 1000)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    serial, fetched, runs = [], [], []
    with override_settings(FETCH_HOST_MAP={HOST: f"127.0.0.1:{site.server_port}"}):
        for number in range(options.rounds):
            fetch_one_by_one(options.pictures)
            serial.append(site.lap_s())
            user = User.objects.create_user(email=f"bench{number}@example.com")
            org = create_organization(name=f"Bench {number}", owner=user)
            runs.append(scrape(org, number))
            fetched.append(site.lap_s())
            print(
                f"serial {serial[-1]:6.2f} s   fetched {fetched[-1]:6.2f} s   run {runs[-1]:6.2f} s"
            )
    report(
        pictures=options.pictures,
        serial_s=median(serial),
        fetch_s=median(fetched),
        run_s=median(runs),
        ratio=median(fetched) / median(serial),
    )


if __name__ == "__main__":
    main()
