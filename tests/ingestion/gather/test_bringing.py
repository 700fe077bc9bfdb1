"""How the pictures of a page are asked for, and what one of them can do to the others."""

import uuid
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from connectors.pictures import fetch_picture
from ingestion.gather import bringing, hosts, kind
from ingestion.imports.origins import SeenOn, provenance_of
from ingestion.models import Job, RunItem
from ingestion.models.run import RunState
from media import storage
from media.imaging.pool import RenditionPool
from media.models import Asset, AssetMedia
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.gather.support import (
    HOST,
    Site,
    a_picture,
    a_site,
    bring_files,
    last_run,
    submit,
    work_job,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}, PAGE_PAUSE_S=0):
        yield site


def outcomes(job: Job) -> list[str]:
    """Return what became of each picture in the last run of ``job``."""
    run = last_run(job)
    with org_scope(job.org_id):
        items = RunItem.objects.filter(run=run).order_by("ordinal")
        return [item.reason or item.outcome for item in items]


def test_a_page_whose_address_is_longer_than_a_header_brings_its_pictures(
    org: Organization, site: Site
) -> None:
    site.broken["/short"] = (302, {"Location": "/summer?" + "x" * 5000})
    site.show("/summer", [1])

    job = submit(org, f"http://{HOST}/short")

    assert work_job(job).state == RunState.SUCCEEDED
    assert outcomes(job) == ["new"]


def test_one_that_fails_in_a_way_nobody_thought_of_fails_alone(
    org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(client: Any, urls: Any, **how: Any) -> Any:
        if urls[0].endswith("/1.jpg"):
            raise ValueError(urls[0])
        return await fetch_picture(client, urls, **how)

    monkeypatch.setattr(bringing, "fetch_picture", fetch)
    job = submit(org, site.show("/summer", [1, 2]))

    assert work_job(job).failed_count == 1
    assert outcomes(job) == ["internal_error", "new"]


def test_what_came_for_nothing_is_not_asked_for_again(org: Organization, site: Site) -> None:
    site.pictures |= {"/same.jpg": a_picture(1), "/small.jpg": a_picture(9, size=(60, 60))}
    site.pages["/summer"] = "".join(f'<img src="/{n}.jpg">' for n in ("1", "same", "small"))
    url = f"http://{HOST}/summer"
    work_job(submit(org, url))

    again = submit(org, url)
    work_job(again)

    assert sorted(outcomes(again)) == ["already_here", "same_bytes", "too_small"]
    assert {site.asked[f"/{name}.jpg"] for name in ("1", "same", "small")} == {1}
    # It is, once the picture is gone that has the same bytes.
    with org_scope(org.pk):
        AssetMedia.objects.update(blob=None)
    work_job(submit(org, url))
    assert [site.asked[f"/{name}.jpg"] for name in ("1", "same", "small")] == [2, 2, 1]


def test_what_is_here_keeps_what_every_page_says_of_it(org: Organization, site: Site) -> None:
    work_job(bring_files(org, {"mine.jpg": a_picture(2)}))
    for name in ("one", "two"):
        site.pages[f"/{name}"] = "<!doctype html>" + "".join(
            f'<title>{name}</title><figure><img src="/{n}.jpg" alt="{n} on {name}">'
            f"<figcaption>In {name}</figcaption></figure>"
            for n in (1, 2)
        )

    for name in ("one", "two", "two"):
        work_job(submit(org, f"http://{HOST}/{name}"))

    with org_scope(org.pk):
        mine = Asset.objects.get(source="upload").origins.get(via="scrape").raw
        of_page = Asset.objects.get(source="web").origins.get().raw
    for raw, number in ((of_page, 1), (mine, 2)):
        said = [raw, *raw["elsewhere"]]
        assert [(one["page"], one["page_title"], one["alt"], one["caption"]) for one in said] == [
            (f"http://{HOST}/{name}", name, f"{number} on {name}", f"In {name}")
            for name in ("one", "two")
        ]
    with org_scope(org.pk):
        shown = [each.pages for each in provenance_of(Asset.objects.get(source="web"))]
    assert shown == [tuple(SeenOn(f"http://{HOST}/{name}", name) for name in ("one", "two"))]


def test_of_equal_ones_the_first_on_the_page_is_the_one(
    org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pictures |= {f"/{name}.jpg": a_picture(7) for name in "ab"}
    site.pages["/twins"] = '<img src="/a.jpg" alt="first"><img src="/b.jpg" alt="second">'

    def bring_backwards(*args: Any, **how: Any) -> Iterator[Any]:
        came = [one for lot in bringing.bring(*args, **how) for one in lot]
        yield sorted(came, key=lambda one: -one[0])

    monkeypatch.setattr(kind, "bring", bring_backwards)
    job = submit(org, f"http://{HOST}/twins")
    work_job(job)

    assert outcomes(job) == ["new", "same_bytes"]
    with org_scope(org.pk):
        assert Asset.objects.get().alt_text == "first"


def test_a_site_that_asks_us_to_slow_down_is_left_alone(
    org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(hosts, "MOST_WAITS", 2)
    monkeypatch.setattr(kind, "BATCH", 15)
    url = site.show("/many", range(1, 21))
    site.broken = {f"/{n}.jpg": (429, {"Retry-After": "0"}) for n in range(1, 21)}
    job = submit(org, url)
    work_job(job)

    # Those that were under way, and of each batch one whenever it had been left alone for a while.
    assert sum(site.asked[path] for path in site.broken) <= 10 + 2 * 2
    assert outcomes(job) == ["rate_limited"] * 20

    # Where it gives us something in between, nothing is given up.
    site.broken = {}
    answer = site.answer

    def now_and_then(path: str) -> Any:
        is_busy = path.endswith(".jpg") and site.asked.total() % 4 == 0
        return (429, "text/plain", b"", {}) if is_busy else answer(path)

    monkeypatch.setattr(site, "answer", now_and_then)
    again = submit(org, site.show("/few", range(1, 9)))
    work_job(again)
    assert outcomes(again) == ["new"] * 8


def test_no_more_large_ones_are_in_memory_than_are_decoded(
    org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "IN_MEMORY_BYTES", 100)
    stored, are_all_stored, in_memory, most = [0], Event(), [0], [0]
    read, store, render = bringing._read, storage.put_file, RenditionPool.render

    def store_and_tell(key: str, file: Any) -> str:
        at = store(key, file)
        stored[0] += 1
        if stored[0] == 8:
            are_all_stored.set()
        return at

    def read_and_count(key: str, size: int = -1) -> bytes:
        in_memory[0] += 1
        most[0] = max(most[0], in_memory[0])
        return read(key, size)

    def render_late(pool: RenditionPool, content: Any) -> Any:
        """Begin once all eight are there."""
        assert are_all_stored.wait(20)
        try:
            return render(pool, content)
        finally:
            in_memory[0] -= 1

    monkeypatch.setattr(bringing, "put_file", store_and_tell)
    monkeypatch.setattr(bringing, "_read", read_and_count)
    monkeypatch.setattr(RenditionPool, "render", render_late)
    job = submit(org, site.show("/large", range(1, 9)))
    work_job(job)

    assert outcomes(job) == ["new"] * 8
    assert 1 <= most[0] <= settings.RENDITION_PROCESSES


def test_the_rules_of_a_site_are_those_of_its_pictures_too(org: Organization, site: Site) -> None:
    # A site of its own: its rules are kept beyond the test.
    strict = f"{uuid.uuid4().hex}.example.com"
    site.pages["/robots.txt"] = "User-agent: *\nDisallow: /1.jpg\nDisallow: /3.jpg\n"
    site.pages["/summer"] = '<img src="/1.jpg"><img src="/2.jpg"><img src="/3.jpg" srcset="/4.jpg">'
    with override_settings(FETCH_HOST_MAP={strict: site.address}):
        job = submit(org, f"http://{strict}/summer")
        work_job(job)
        assert outcomes(job) == ["robots_refused", "new", "new"]
        assert [site.asked[f"/{n}.jpg"] for n in range(1, 5)] == [0, 1, 0, 1]

        with override_settings(PAGE_RESPECTS_ROBOTS=False):
            job = submit(org, f"http://{strict}/summer")
            work_job(job)
        assert outcomes(job) == ["new", "already_here", "already_here"]
