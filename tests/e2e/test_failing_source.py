"""A source fails in every way, and a person follows what is seen until all is mended."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ingestion.demo.site import HOSTS
from tests.e2e.browser import Watch
from tests.e2e.conftest import DESKTOP
from tests.e2e.imports import bring, expect_phase, start
from tests.e2e.people import Person, arrive, sign_in
from tests.e2e.product import Product
from tests.e2e.troubled_site import (
    BUSY_HOST,
    HOST,
    TROUBLES,
    TroubledSite,
    troubled_site,
    url_of,
)

# The picture that hangs is given up after seconds; a full machine needs more for the rest.
TRIED_MS = 120_000
MENDED_MS = 60_000
BANNER = "How fresh this page is"


@pytest.fixture(scope="module")
def site() -> Iterator[TroubledSite]:
    with troubled_site() as serving:
        yield serving


@pytest.fixture(scope="module")
def troubled(site: TroubledSite) -> Iterator[Product]:
    """The product, for which the pictures of the demo and of our export are at the site."""
    hosts = ",".join(f"{host}={site.address}" for host in (*HOSTS, HOST, BUSY_HOST))
    running = Product({"FETCH_HOST_MAP": hosts, "FETCH_DEADLINE_S": "5"})
    try:
        running.start()
        yield running
        assert running.stop() == []
    finally:
        running.remove()


@pytest.fixture
def page(troubled: Product, browser: Browser, watch: Watch) -> Iterator[Page]:
    """A page of somebody who is not signed in there."""
    context = browser.new_context(
        base_url=troubled.address,
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
        reduced_motion="reduce",
    )
    watch.follow(context)
    yield context.new_page()
    context.close()


def export(folder: Path) -> Path:
    """Return an export whose pictures are where the trouble is."""
    rows = [
        {
            "id": str(900_000_000_000_000 + number),
            "seo_url": f"/pin/{900_000_000_000_000 + number}/",
            "title": f"A picture that {path[1:-4]}",
            "image": {"url": url_of(path)},
            "board": {"id": "77", "name": "Trouble", "url": "/somebody/trouble/"},
        }
        for number, path in enumerate(TROUBLES)
    ]
    file = folder / "trouble.json"
    file.write_text(json.dumps(rows))
    return file


def test_from_the_banner_over_the_run_to_mended(
    page: Page, troubled: Product, site: TroubledSite, tmp_path: Path
) -> None:
    given = troubled.demo_sign_in()
    person = Person("Demo Person", given["email"], given["password"])
    sign_in(page, person)
    arrive(page, person)
    bring(page, person, export(tmp_path))
    expect_phase(page, "Ready to import")
    start(page)
    expect_phase(page, "Imported")

    follow_the_banner(page, person)
    read_what_went_wrong(page)
    site.is_well.set()
    page.locator("#items").get_by_role("button", name="Fetch again what failed").click()
    # The page of the run that does it follows it to its end by itself.
    expect(page.locator("#run-live .badge")).to_have_text("Done", timeout=MENDED_MS)
    find_all_well(page, person)


def follow_the_banner(page: Page, person: Person) -> None:
    """Go from the library's banner to the run; the records are there, pictures are tried."""
    page.goto(f"/o/{person.org}/library/")
    banner = page.get_by_role("status", name=BANNER)
    expect_after_reloads(page, banner.get_by_text("1 picture could not be fetched"), TRIED_MS)
    expect(page.locator("#sync-summary")).to_contain_text("need")

    banner.get_by_role("link", name="What happened").first.click()
    expect(page).to_have_url(re.compile(r"/runs/[\w-]+/$"))


def read_what_went_wrong(page: Page) -> None:
    """Read on the run's page what became of each picture, as far as it went."""
    items = page.locator("#items")
    expect(items).to_contain_text("The site answered something we cannot use.")
    expect(items).to_contain_text("bad_response")

    items.get_by_role("link", name=re.compile("Waiting to be tried again")).click()
    for sentence in (
        "The source asks us to slow down; we go on when it lets us.",
        "The site has trouble of its own; we try again.",
        "The site did not answer in time; we try again.",
        "The site could not be reached; we try again.",
    ):
        expect(items).to_contain_text(sentence)
    expect(items).to_contain_text("Next try:")


def find_all_well(page: Page, person: Person) -> None:
    """Look at the library once all was mended; nothing is left to say."""
    page.goto(f"/o/{person.org}/library/")
    expect_after_reloads(page, page.get_by_text("All up to date, checked"), MENDED_MS)
    expect(page.get_by_role("status", name=BANNER)).not_to_be_visible()
    expect(page.get_by_role("img", name=re.compile("A picture that hangs"))).to_be_visible()
    # The site that asked us to slow down is asked again when its time is over.
    limited = page.get_by_role("img", name=re.compile("A picture that limits"))
    expect_after_reloads(page, limited, TRIED_MS)


def expect_after_reloads(page: Page, wanted: Locator, patience_ms: int) -> None:
    """Wait until what a page shows when it is opened anew holds ``wanted``."""
    until = time.monotonic() + patience_ms / 1000
    while not wanted.is_visible() and time.monotonic() < until:
        page.wait_for_timeout(1_000)
        page.reload()
    expect(wanted).to_be_visible()
