"""How fast the Pipeline Manager answers, over HTTP and signed in.

    python bench/pipelines.py [--connections 200] [--runs 100000] [--requests 60] [--keep]

* ``p95_ms``: the page at so many connections and runs: as it comes, its second page, what needs
  attention, and a search; the slowest of the four.
* ``p95_poll_ms``: the question of an open page for what is new, where nothing is.
* ``queries``: statements per page, the same as in an organization of one connection.

Named references of the same run: the bare ``/healthz``, and the same pages of an organization
of one connection beside the big one, with a tenth of a per cent of its runs.
"""

import argparse
import datetime as dt
import http
import re
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import pages, support

BIG, SMALL = "big", "small"
DAYS: Final = 60
BATCH: Final = 5_000
# Of ten runs.
STATES: Final = ("succeeded",) * 7 + ("succeeded_with_warnings", "failed", "cancelled")
HEALTH: Final = ("fresh", "fresh", "fresh", "late", "stale", "paused", "action_required")


def main() -> None:
    """Fill, measure, report."""
    parser = argparse.ArgumentParser(description="The Pipeline Manager of a big organization.")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--keep", action="store_true", help="use the database of the last run")
    options = parser.parse_args()
    if options.keep:
        support.use_database("bench_pipelines")
    else:
        support.own_database("bench_pipelines")
        fill(options.connections, options.runs)
    from django.core.management import call_command  # after the set-up

    call_command("collectstatic", interactive=False, verbosity=0)
    queries = {slug: count_queries(slug) for slug in (BIG, SMALL)}
    assert queries[BIG] == queries[SMALL], f"queries grow with the organization: {queries}"
    with pages.served() as port:
        report(measure(port, options.requests), queries[BIG])


def fill(connections: int, runs: int) -> None:
    """Make a big organization and a small one, with their member, sources and runs."""
    from allauth.account.models import EmailAddress
    from django.db import connection

    from tenants.models import Membership, Organization, User
    from tenants.permissions import Role
    from tenants.scope import org_scope

    user = User.objects.create_user(pages.EMAIL, pages.PASSWORD, name="Bench")
    EmailAddress.objects.create(user=user, email=pages.EMAIL, verified=True, primary=True)
    for slug, share in ((BIG, 1.0), (SMALL, 1 / 1000)):
        org = Organization(name=slug.title(), slug=slug)
        with org_scope(org.pk):
            org.save(force_insert=True)
            Membership.objects.create(org=org, user=user, role=Role.OWNER)
            count = connections if slug == BIG else 1
            add_sources(org, count, round(runs * share))
    print(f"{runs:,} runs of {connections} connections", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ingestion_syncrun")


def add_sources(org: Any, connections: int, runs: int) -> None:
    """Add connections, each with a job, a dataset and its share of the runs of two months."""
    from django.utils import timezone

    now = timezone.now()
    jobs = add_jobs(org, connections, now)
    add_runs(jobs, runs, now)
    add_open_run(jobs[0], now)


def add_jobs(org: Any, connections: int, now: dt.datetime) -> list[Any]:
    """Add connections, each with an hourly job and a dataset; return the jobs."""
    from connectors.models import Connection
    from ingestion.models import DatasetStatus, Job

    sources = Connection.objects.bulk_create(
        Connection(org=org, source="pinterest", name=f"Source {place:04}")
        for place in range(connections)
    )
    jobs = Job.objects.bulk_create(
        Job(
            org=org,
            connection=source,
            kind="drop",
            is_one_off=False,
            interval_s=3600,
            next_due_at=now + dt.timedelta(hours=1),
        )
        for source in sources
    )
    DatasetStatus.objects.bulk_create(
        DatasetStatus(
            org=org,
            connection=source,
            job=job,
            name="drop_folder",
            state=HEALTH[place % len(HEALTH)],
            as_of=now,
            last_success_at=now,
        )
        for place, (source, job) in enumerate(zip(sources, jobs, strict=True))
    )
    return jobs


def add_runs(jobs: list[Any], runs: int, now: dt.datetime) -> None:
    """Add runs that ended, job by job in turn, evenly over two months."""
    from ingestion.models import SyncRun

    step = dt.timedelta(days=DAYS) / max(runs, 1)
    rows: list[SyncRun] = []
    for number in range(runs):
        job = jobs[number % len(jobs)]
        begun = now - step * (runs - number)
        records = number % 977
        rows.append(
            SyncRun(
                org_id=job.org_id,
                job=job,
                kind=job.kind,
                connection_id=job.connection_id,
                state=STATES[number % 10],
                created_at=begun,
                run_after=begun,
                started_at=begun,
                finished_at=begun + dt.timedelta(seconds=number % 300),
                raw_count=records,
                new_count=records,
            )
        )
        if len(rows) == BATCH or number == runs - 1:
            SyncRun.objects.bulk_create(rows)
            rows.clear()


def add_open_run(job: Any, now: dt.datetime) -> None:
    """Let a run be at work: open pages ask again only while something goes on."""
    from ingestion.models import SyncRun

    SyncRun.objects.create(
        org_id=job.org_id,
        job=job,
        kind=job.kind,
        connection_id=job.connection_id,
        state="running",
        started_at=now,
        lease_token=1,
        lease_expires_at=now + dt.timedelta(days=1),
    )


def pages_of(slug: str) -> list[pages.Page]:
    """Return the pages of an organization."""
    from django.urls import reverse

    address = reverse("ingestion:pipelines", kwargs={"org_slug": slug})
    asked = {"first": "", "second": "?page=2", "attention": "?health=attention", "search": "?q=0"}
    return [pages.Page(f"pipelines, {name}", address + query) for name, query in asked.items()]


def poll_of(browser: pages.Browser, slug: str) -> pages.Page:
    """Return the question that the open page of an organization asks again and again."""
    html = browser.request("GET", pages_of(slug)[0].path).decode()
    found = re.search(r'hx-get="([^"]+/live/[^"]+)"', html)
    assert found is not None
    return pages.Page(f"poll, {slug}", found[1].replace("&amp;", "&"))


def count_queries(slug: str) -> dict[str, int]:
    """Return how many statements each page takes, sessions and scopes included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tenants.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email=pages.EMAIL))
    counts = {}
    for page in pages_of(slug):
        client.get(page.path)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(page.path)
        assert answer.status_code == http.HTTPStatus.OK, f"{page.path}: {answer.status_code}"
        counts[page.name] = len(captured)
    return counts


def measure(port: int, requests: int) -> dict[str, dict[str, float]]:
    """Return the times of every page, in milliseconds."""
    browser = pages.Browser(port)
    browser.sign_in()
    polls = [poll_of(browser, slug) for slug in (BIG, SMALL)]
    references = [pages.Page("healthz", "/healthz")] + [
        pages.Page(f"{page.name}, of one connection", page.path) for page in pages_of(SMALL)
    ]
    measured = (*references, *pages_of(BIG), *polls)
    return {page.name: pages.time_page(browser, page, requests) for page in measured}


def report(figures: dict[str, dict[str, float]], queries: dict[str, int]) -> None:
    """Print the line that ends the bench."""
    p95 = {name: round(times["p95"], 1) for name, times in figures.items()}
    big = {name: took for name, took in p95.items() if name in queries}
    support.report(
        p95_ms=max(big.values()),
        p95_poll_ms=p95[f"poll, {BIG}"],
        queries=queries,
        pages=big,
        reference={name: took for name, took in p95.items() if name not in (*big, f"poll, {BIG}")},
    )


if __name__ == "__main__":
    main()
