"""How fast the pages of a big library answer, over HTTP and signed in.

    python bench/pages.py [--assets 100000] [--total 1000000] [--requests 200] [--keep]

* ``p95_ms``: first answer of the library with grid, filters and total, without words and with
  words that match 0.1 %, 1 % and 60 % of the assets; the slowest of the four.
* ``p95_counts_ms``: the fragment with the exact counts of all chips, likewise.
* ``queries``: statements per page, which must not be more than in a library of a thousand
  assets.

Named references of the same run: the bare ``/healthz``, and the same pages of an
organization of a thousand assets beside the big one.
"""

import argparse
import contextlib
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import library, support

ORGS: Final = 12
SMALL: Final = 1_000
WARM_UPS: Final = 20
EMAIL: Final = "bench@example.com"
PASSWORD: Final = "a long password for the bench"  # noqa: S105  # of a database that is thrown away
SEARCHES: Final = {"0.1 %": "quartz", "1 %": "harbor", "60 %": "home"}


@dataclass(frozen=True, slots=True)
class Page:
    """One address to measure."""

    name: str
    path: str


class Browser:
    """One connection that stays open, with cookies."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> bytes:
        """Return the whole body of an answer that is no error."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"{method} {path} answered {answer.status}")
        return content

    def sign_in(self) -> None:
        """Sign in as a person does, through the form."""
        form = self.request("GET", "/account/login/").decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None
        fields = {"csrfmiddlewaretoken": token[1], "login": EMAIL, "password": PASSWORD}
        self.request("POST", "/account/login/", fields)
        assert any("session" in name for name in self.cookies), "signing in failed"


def main() -> None:
    """Fill, measure, report."""
    parser = argparse.ArgumentParser(description="Pages of a big library.")
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--total", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--keep", action="store_true", help="use the database of the last run")
    options = parser.parse_args()
    if options.keep:
        support.use_database("bench_pages")
    else:
        support.own_database("bench_pages")
        fill(options.assets, options.total)
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    queries = {slug: count_queries(slug) for slug in ("big", "small")}
    # Fewer are possible: a word that is common enough needs no exact total.
    grown = {name for name, count in queries["big"].items() if count > queries["small"][name]}
    assert not grown, f"queries grow with the library: {queries}"
    with served() as port:
        figures = measure(port, options.requests)
    report(figures, queries["big"])


def fill(assets: int, total: int) -> None:
    """Make the organizations, their member, and their libraries."""
    from allauth.account.models import EmailAddress

    from tenants.models import Membership, Organization, User
    from tenants.permissions import Role
    from tenants.scope import org_scope

    user = User.objects.create_user(EMAIL, PASSWORD, name="Bench")
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    rest = max((total - assets - SMALL) // (ORGS - 2), SMALL)
    sizes: dict[uuid.UUID, int] = {}
    for place in range(ORGS):
        slug = ("big", "small")[place] if place < 2 else f"other-{place}"
        org = Organization(name=slug.title(), slug=slug)
        with org_scope(org.pk):
            org.save(force_insert=True)
            Membership.objects.create(org=org, user=user, role=Role.OWNER)
        sizes[org.pk] = (assets, SMALL)[place] if place < 2 else rest
    print(f"{sum(sizes.values()):,} assets in {ORGS} organizations", flush=True)
    library.fill(os.environ["DATABASE_OWNER_URL"], sizes)


def pages_of(slug: str) -> tuple[list[Page], list[Page]]:
    """Return the pages of an organization, and its fragments with counts."""
    from django.urls import reverse

    wall = reverse("media:library", kwargs={"org_slug": slug})
    counts = reverse("media:facets", kwargs={"org_slug": slug})
    asked = {"no words": ""} | {f"words in {share}": f"?q={q}" for share, q in SEARCHES.items()}
    return (
        [Page(f"library, {name}", wall + query) for name, query in asked.items()],
        [Page(f"counts, {name}", counts + query) for name, query in asked.items()],
    )


def count_queries(slug: str) -> dict[str, int]:
    """Return how many statements each page takes, sessions and scopes included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tenants.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email=EMAIL))
    counts = {}
    for page in [page for pages in pages_of(slug) for page in pages]:
        client.get(page.path)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = client.get(page.path)
        assert answer.status_code == HTTPStatus.OK, f"{page.path}: {answer.status_code}"
        counts[page.name] = len(captured)
    return counts


@contextlib.contextmanager
def served() -> Iterator[int]:
    """Run gunicorn with the settings of the product and yield its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
    environment = os.environ | {"BIND": f"127.0.0.1:{port}", "LOG_LEVEL": "WARNING"}
    server = subprocess.Popen(command, cwd=support.ROOT, env=environment)
    try:
        wait_until_up(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def wait_until_up(port: int) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            Browser(port).request("GET", "/healthz")
            return
        time.sleep(0.1)
    raise TimeoutError("gunicorn did not come up within a minute")


def measure(port: int, requests: int) -> dict[str, dict[str, float]]:
    """Return the times of every page, in milliseconds."""
    browser = Browser(port)
    browser.sign_in()
    walls, counts = pages_of("big")
    small_walls, small_counts = pages_of("small")
    references = [Page("healthz", "/healthz")] + [
        Page(f"{page.name}, of 1,000 assets", page.path) for page in (*small_walls, *small_counts)
    ]
    return {
        page.name: time_page(browser, page, requests) for page in (*references, *walls, *counts)
    }


def time_page(browser: Browser, page: Page, requests: int) -> dict[str, float]:
    """Return median and 95th percentile of the time to the last byte."""
    times, body = [], b""
    for at in range(WARM_UPS + requests):
        began = time.perf_counter()
        body = browser.request("GET", page.path)
        if at >= WARM_UPS:
            times.append((time.perf_counter() - began) * 1000)
    figures = {
        "p50": statistics.median(times),
        "p95": statistics.quantiles(times, n=20)[-1],
        "kb": len(body) / 1024,
    }
    print(
        f"{page.name:45} p50 {figures['p50']:7.1f} ms   p95 {figures['p95']:7.1f} ms"
        f"   {figures['kb']:6.0f} kB",
        flush=True,
    )
    return figures


def report(figures: dict[str, dict[str, float]], queries: dict[str, int]) -> None:
    """Print the line that ends the bench."""
    big = {name: times["p95"] for name, times in figures.items() if "1,000" not in name}
    walls = {name: p95 for name, p95 in big.items() if name.startswith("library")}
    counts = {name: p95 for name, p95 in big.items() if name.startswith("counts")}
    rounded: dict[str, Any] = {name: round(p95, 1) for name, p95 in big.items()}
    support.report(
        p95_ms=max(walls.values()),
        p95_counts_ms=max(counts.values()),
        queries=queries,
        pages=rounded,
        reference={
            name: round(times["p95"], 1)
            for name, times in figures.items()
            if "1,000" in name or name == "healthz"
        },
    )


if __name__ == "__main__":
    main()
