"""What people do on the pages of imports, and what they read there."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from ingestion.demo.expected import ExpectedReport
from ingestion.demo.exports import PINTEREST_EXPORT
from tests.e2e.people import Person

# Reading, fetching and making thumbnails of the sample takes seconds; a full machine minutes.
DONE_MS = 150_000
ALL_STORED = "No picture of this import is left to fetch"


def bring(page: Page, person: Person, *files: Path) -> None:
    """Choose files on the page of imports, and send them."""
    page.goto(f"/o/{person.org}/imports/")
    page.get_by_label("Drop your export here").set_input_files(list(files))
    page.get_by_role("button", name="Bring it in").click()


def expect_phase(page: Page, word: str) -> None:
    """Wait until the import is where ``word`` says."""
    expect(page.locator("#import-live .panel__head .badge")).to_have_text(word, timeout=DONE_MS)


def start(page: Page) -> None:
    """Import what the check found."""
    page.locator("#import-start").click()


def wait_for_pictures(page: Page) -> None:
    """Wait until the import and all its pictures are done."""
    expect_phase(page, "Imported")
    expect(page.get_by_text(ALL_STORED)).to_be_visible(timeout=DONE_MS)


def figures(page: Page) -> dict[str, int]:
    """Return the figures of the report by the first word of their rows."""
    rows = report(page).get_by_role("row").all()[1:]
    return {row.inner_text().split()[0]: _number(row.get_by_role("cell").last) for row in rows}


def expected_figures(expected: ExpectedReport) -> dict[str, int]:
    """Return what the report of a first import must say."""
    return {
        "New": expected.new,
        "Updated": 0,
        "Unchanged": 0,
        "Skipped": sum(expected.skipped.values()),
        "Failed": 0,
        "All": expected.raw,
    }


def report(page: Page) -> Locator:
    """Return the part of the page with the figures."""
    return page.locator("#import-rest section").first


def import_sample(page: Page, person: Person, file: Path = PINTEREST_EXPORT) -> None:
    """Import a sample export from the first step to its last picture."""
    bring(page, person, file)
    expect_phase(page, "Ready to import")
    start(page)
    wait_for_pictures(page)


def _number(cell: Locator) -> int:
    return int(cell.inner_text().replace(",", ""))
