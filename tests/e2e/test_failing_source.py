"""A source fails in every way, and a person follows what is seen until all is mended."""

import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.imports import bring, expect_phase, start
from tests.e2e.people import Person
from tests.e2e.troubled_site import TROUBLES, TroubledSite, url_of

# The picture that hangs is given up after seconds; a full machine needs more for the rest.
TRIED_MS = 120_000
MENDED_MS = 60_000
BANNER = "How fresh this page is"


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
    open_page: OpenPage, meet: Meet, site: TroubledSite, tmp_path: Path
) -> None:
    person = meet("Tess")
    page = open_page(person)
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


@pytest.mark.e2e_late
def test_a_site_that_asked_to_slow_down_is_asked_again_when_its_time_is_over(
    open_page: OpenPage, meet: Meet, site: TroubledSite
) -> None:
    """Goes on where the test above ended, half a minute of other tests later."""
    assert site.is_well.is_set()
    person = meet("Tess")
    page = open_page(person)

    page.goto(f"/o/{person.org}/library/")
    limited = page.get_by_role("img", name=re.compile("A picture that limits"))
    expect_after_reloads(page, limited, TRIED_MS)


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


def expect_after_reloads(page: Page, wanted: Locator, patience_ms: int) -> None:
    """Wait until what a page shows when it is opened anew holds ``wanted``."""
    until = time.monotonic() + patience_ms / 1000
    while not wanted.is_visible() and time.monotonic() < until:
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted).to_be_visible()
