"""A person brings pages and pictures, and watches what becomes of them."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import Watch, press
from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.people import Person
from tests.ingestion.gather.support import Site, a_picture

# A few requests and thumbnails; a full machine takes its time.
DONE_MS = 60_000
# A page asks every two seconds.
SOME_POLLS_MS = 5_000
# Some pages follow several things.
FOLLOW_TWICE = """(id) => {
  const followed = document.getElementById(id);
  const other = followed.cloneNode();
  other.id = "";
  followed.after(other);
  htmx.process(other);
}"""
# A file in the clipboard, as the browser hands it to the page.
PASTE = """([content, name]) => {
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: "image/png" }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""

# A folder that is dropped, as the browser hands it to the page: a picture deep within it, and what
# lies beside pictures.
DROP_FOLDER = """([content]) => {
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  const file = (name, type) => ({
    name, isFile: true, isDirectory: false,
    file: (done) => done(new File([bytes], name, { type })),
  });
  const folder = (name, ...entries) => ({
    name, isFile: false, isDirectory: true,
    createReader: () => ({
      readEntries: (done, fail) => (entries.includes(null) ? fail() : done(entries.splice(0, 2))),
    }),
  });
  const unreadable = folder(".Trashes", null);
  const holiday = folder(
    "holiday", file(".DS_Store", ""), unreadable, file("notes.txt", "text/plain"),
    folder("beach", file("sea.png", "image/png")),
  );
  const items = [{ kind: "file", webkitGetAsEntry: () => holiday }];
  const event = new Event("drop", { bubbles: true, cancelable: true });
  const dataTransfer = { types: ["Files"], items, files: [new File([], "holiday")] };
  document.body.dispatchEvent(Object.assign(event, { dataTransfer }));
}"""


@pytest.fixture
def uma(meet: Meet) -> Person:
    """Somebody with an empty library."""
    return meet("Uma")


@pytest.fixture
def held(pages: Site) -> Iterator[Site]:
    """The site, which lets nobody have anything until it is let, or the test ends."""
    pages.is_let.clear()
    pages.answers_after_s = 30.0
    yield pages
    pages.answers_after_s = 0.0
    pages.is_let.set()


def row_of(page: Page, title: str) -> Locator:
    """Return the newest job of this name."""
    return page.locator(".jobs__row").filter(has_text=title).first


def expect_status(row: Locator, word: str) -> None:
    expect(row.locator(".status-chip")).to_have_text(re.compile(word), timeout=DONE_MS)


def scrape(page: Page, url: str) -> None:
    page.get_by_label("Address of a page").fill(url)
    page.get_by_role("button", name="Scrape").click()


class TestAPage:
    def test_is_pasted_watched_opened_and_mended(
        self, open_page: OpenPage, uma: Person, pages: Site
    ) -> None:
        url = pages.show("/summer", [1, 2, 3], title="Summer")
        pages.broken["/2.jpg"] = (404, {})
        page = open_page(uma)
        page.goto(f"/o/{uma.org}/library/")
        press(page, "g", "u")
        expect(page.get_by_role("heading", level=1)).to_have_text("Website Photo Scraper")

        scrape(page, url)

        row = row_of(page, "Summer")
        expect_status(row, "Completed")
        expect(row).to_contain_text("2 new, 1 failed")
        expect(page.get_by_label("Address of a page")).to_be_empty()
        row.get_by_role("link", name="Review").click()
        tiles = page.get_by_role("list", name="Pictures", exact=True).get_by_role("listitem")
        expect(tiles).to_have_count(3)
        expect(tiles.nth(1)).to_contain_text("Failed")
        expect(tiles.nth(1)).to_contain_text("It is gone at the source.")

        pages.broken.clear()
        page.get_by_role("button", name="Retry failed").focus()
        # Held down, it presses once.
        for _ in range(10):
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")

        expect(tiles.nth(1)).to_contain_text("Completed", timeout=DONE_MS)
        expect(page.get_by_text("This goes on still.")).to_have_count(0)
        expect(page.get_by_role("button", name="Retry failed")).to_have_count(0)
        assert [pages.asked[f"/{number}.jpg"] for number in (1, 3)] == [1, 1]
        page.get_by_role("link", name="Open as a group").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Summer")
        expect(page.locator(".card")).to_have_count(3)

    def test_grows_old_on_a_page_that_stays_open(
        self, open_page: OpenPage, uma: Person, pages: Site
    ) -> None:
        page = open_page(uma)
        page.clock.install()
        page.goto(f"/o/{uma.org}/uploads/")
        url = pages.show("/spring", [21], title="Spring")
        scrape(page, url)
        row = row_of(page, "Spring")
        expect_status(row, "Completed")
        expect(row.locator("time")).to_have_text("just now")
        page.get_by_label("Address of a page").fill(url)
        warning = page.locator("#scrape-earlier")
        expect(warning.locator("time")).to_be_visible()
        said = warning.inner_text()

        page.clock.fast_forward("03:00")

        expect(row.locator("time")).to_have_text("3 minutes ago")
        # Screen readers would read it anew each time.
        assert warning.inner_text() == said

    def test_that_was_scraped_before_is_warned_of(
        self, open_page: OpenPage, uma: Person, pages: Site
    ) -> None:
        url = pages.show("/summer", [1, 2, 3], title="Summer")
        page = open_page(uma, size=(390, 844))
        page.goto(f"/o/{uma.org}/uploads/")

        page.get_by_label("Address of a page").fill(url)

        expect(page.locator("#scrape-earlier")).to_contain_text("3 pictures of it are here still")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_is_chosen_from(self, open_page: OpenPage, uma: Person, pages: Site) -> None:
        url = pages.show("/autumn", [3, 4, 5, 6], title="Autumn")
        page = open_page(uma)
        page.goto(f"/o/{uma.org}/uploads/")
        page.get_by_label("Choose first").check()

        scrape(page, url)

        boxes = page.locator("[data-grid] input[data-select]")
        expect(boxes).to_have_count(4, timeout=DONE_MS)
        count = page.locator("[data-selection-count]")
        # All but the one that came with another page.
        expect(count).to_have_text("3 selected")
        expect(page.locator("[data-grid] li").first).to_contain_text("Here already")
        page.get_by_role("button", name="None", exact=True).click()
        expect(page.get_by_role("button", name="Take the chosen")).to_be_disabled()
        boxes.nth(1).click()
        boxes.nth(2).click(modifiers=["Shift"])
        expect(count).to_have_text("2 selected")
        press(page, "ArrowRight", "x")
        expect(count).to_have_text("3 selected")
        press(page, "x")
        shown = page.locator("[data-grid] li").nth(1).locator("img")
        assert shown.evaluate("each => each.decode().then(() => each.naturalWidth)") > 0

        page.get_by_role("button", name="Take the chosen").click()

        expect(page.locator(".upload__state")).to_contain_text("2 new", timeout=DONE_MS)
        assert [pages.asked[f"/{number}.jpg"] for number in (4, 5, 6)] == [1, 1, 1]

    def test_that_waits_is_cancelled_and_deleted_and_put_back(
        self, open_page: OpenPage, uma: Person, held: Site
    ) -> None:
        page = open_page(uma)
        page.goto(f"/o/{uma.org}/uploads/")
        scrape(page, held.show("/first", [7], title="First"))
        expect(row_of(page, "/first")).to_be_visible()
        scrape(page, held.show("/second", [8], title="Second"))
        row = row_of(page, "/second")
        expect_status(row, "Queued")

        row.get_by_role("button", name="Cancel").first.click()

        expect_status(row, "Cancelled")
        held.is_let.set()
        expect_status(row_of(page, "First"), "Completed")
        row.locator("summary").click()
        row.get_by_role("button", name="Delete from this list").click()
        expect(row).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect_status(row, "Cancelled")

    def test_that_cannot_be_followed_is_told_of_once(
        self, open_page: OpenPage, uma: Person, held: Site, watch: Watch
    ) -> None:
        page = open_page(uma)
        page.goto(f"/o/{uma.org}/uploads/")
        scrape(page, held.show("/away", [22], title="Away"))
        row = row_of(page, "/away")
        expect(row).to_be_visible()
        beside = page.context.new_page()
        beside.goto(row.locator(".jobs__title").get_attribute("href") or "")
        toasts = beside.locator("#toasts .toast")
        beside.evaluate(FOLLOW_TWICE, "upload-live")

        with watch.paused():
            page.context.set_offline(True)
            expect(toasts).to_contain_text("This page follows again")
            beside.wait_for_timeout(SOME_POLLS_MS)
            expect(toasts).to_have_count(1)
            page.context.set_offline(False)
            expect(toasts).to_have_count(0)
            row.locator("summary").click()
            row.get_by_role("button", name="Delete from this list").click()
            expect(toasts).to_contain_text("It is not there any more.")
            beside.wait_for_timeout(SOME_POLLS_MS)
        expect(toasts).to_have_count(1)


class TestPictures:
    def test_of_a_disk_and_of_the_clipboard_go_the_same_way(
        self, open_page: OpenPage, uma: Person, tmp_path: Path, watch: Watch
    ) -> None:
        page = open_page(uma)
        page.goto(f"/o/{uma.org}/uploads/")

        names = [f"{number}.jpg" for number in range(101, 203)]
        for name in names:
            (tmp_path / name).write_bytes(a_picture(int(name.partition(".")[0])))
        with watch.paused():
            page.context.set_offline(True)
            page.get_by_label("Or bring pictures of your own").set_input_files(
                [tmp_path / name for name in names]
            )
            expect(page.get_by_text("102 pictures did not get through.")).to_be_visible()
            page.context.set_offline(False)
        page.get_by_role("button", name="Try again").click()

        # They go in lots.
        expect_status(row_of(page, "2 pictures"), "Completed")
        expect_status(row_of(page, "100 pictures"), "Completed")
        content = base64.b64encode(a_picture("teal", "PNG")).decode()
        page.evaluate(PASTE, [content, "pasted.png"])
        expect_status(row_of(page, "pasted.png"), "Completed")
        expect(row_of(page, "pasted.png")).to_contain_text("1 new")

    def test_of_a_folder_are_taken_out_of_it(self, open_page: OpenPage, uma: Person) -> None:
        page = open_page(uma)
        page.goto(f"/o/{uma.org}/uploads/")

        page.evaluate(DROP_FOLDER, [base64.b64encode(a_picture("navy", "PNG")).decode()])

        expect(page.get_by_text("1 file that is no picture was left out.")).to_be_visible()
        expect_status(row_of(page, "sea.png"), "Completed")
