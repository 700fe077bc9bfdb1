"""A site whose pages links lead to, and the checks of these."""

import datetime as dt
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.web.manners import KeptRobots
from ingestion.engine.runs import start_run
from ingestion.models import SyncRun
from ingestion.models.run import Lane, Trigger
from ingestion.stages.queueing import standing_job
from media.models import Asset, LinkPreview, StageState
from media.models.stage import Stage
from tenants.models import Organization
from tests.ingestion.stages.sites import a_jpeg
from tests.ingestion.support import make_due, work
from tests.media.making import make_asset

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
PAGE = """<!doctype html><html><head><title>The window</title>
<meta property="og:title" content="Quince paste, the slow way">
<meta property="og:description" content="Marmelada &lt;script&gt;alert(1)&lt;/script&gt;">
<meta property="og:site_name" content="Market Table">
<meta property="og:image" content="/quince.jpg"><meta name="twitter:image" content="/small.jpg">
<script>fetch("/never")</script></head><body><img src="/other.jpg"></body></html>"""


class Page(BaseHTTPRequestHandler):
    server: "PageSite"

    def do_GET(self) -> None:  # the base class names it
        self.server.asked.append(self.path)
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class PageSite(ThreadingHTTPServer):
    """Gives what a test lets it give, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.asked: list[str] = []
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {
            "/quince": (200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.encode()),
            "/quince.jpg": (200, {"Content-Type": "image/jpeg"}, a_jpeg()),
        }

    @property
    def pages(self) -> list[str]:
        """Return what was asked for but rules."""
        return [path for path in self.asked if path != "/robots.txt"]


class FreeManners:
    """Gives every turn at once, and keeps no rules."""

    @asynccontextmanager
    async def turn(
        self, site: str, *, at_most_s: float, wait_s: float
    ) -> AsyncGenerator["FreeManners"]:
        yield self

    def rest(self, pause_s: float) -> None:
        """Rest for no time."""

    async def robots(self, site: str) -> KeptRobots | None:
        return None

    async def keep_robots(self, site: str, text: str) -> None:
        """Keep nothing."""


@contextmanager
def serving_pages() -> Iterator[PageSite]:
    site = PageSite()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()


def a_link(org: Organization, path: str = "/quince", **values: Any) -> Asset:
    """Return an asset that leads to a page of the site, and has no picture."""
    link = f"https://market.example.com{path}"
    defaults = {"source": "facebook", "link_url": link, "media_status": "link_only"}
    return make_asset(org, **{**defaults, **values})


def check(org: Organization) -> SyncRun:
    """Check all that is due, as the run does that comes by itself."""
    job = standing_job(org.pk, Stage.LINKS)
    run = start_run(job, lane=Lane.BULK, trigger=Trigger.SCHEDULE)
    make_due(run.pk, org)
    return work(run)


def later(span: dt.timedelta) -> None:
    """Let time pass for all links."""
    for row in LinkPreview.objects.all():
        row.checked_at -= span
        row.failing_since = row.failing_since and row.failing_since - span
        row.save()
    for unit in StageState.objects.filter(stage=Stage.LINKS):
        StageState.objects.filter(pk=unit.pk).update(due_at=unit.due_at - span)
