"""The picture wall: what people see of it and do on it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.people import Person


def open_library(page: Page, person: Person, query: str = "") -> None:
    """Go to the library, and wait for its first cards."""
    page.goto(f"/o/{person.org}/library/{query}")
    expect(cards(page).first).to_be_visible()


def open_whole_library(page: Page, person: Person, count: int) -> None:
    """Go to the library, and down until all ``count`` cards are there."""
    open_library(page, person)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(cards(page)).to_have_count(count)


def cards(page: Page) -> Locator:
    return page.locator("#grid > .card")


def card(page: Page, title: str) -> Locator:
    """Return the card with this title."""
    return cards(page).filter(has=page.locator(".card__title", has_text=title))


def open_card(page: Page, title: str) -> None:
    """Open the card with this title, and wait for the viewer."""
    # The link, not the card: what has just been scrolled to is not painted yet.
    card(page, title).locator(".card__link").click()
    expect(heading(page)).to_have_text(title)


def title_of(found: Locator) -> str:
    """Return the title of a card; the words show only while one points at it."""
    return (found.locator(".card__title").text_content() or "").strip()


def expect_total(page: Page, count: int) -> None:
    """Wait until the page says how many things there are."""
    expect(page.locator("#total strong")).to_have_text(f"{count:,}")


def total(page: Page) -> int:
    """Return how many things the page says there are."""
    return int(page.locator("#total strong").inner_text().replace(",", ""))


def wait_for_thumbnails(page: Page) -> int:
    """Load all pictures of the wall, wait until they are there, and return how many."""
    pictures = page.locator("#grid .card__image")
    pictures.evaluate_all("all => all.forEach((each) => { each.loading = 'eager'; })")
    page.wait_for_function(
        """() => [...document.querySelectorAll("#grid .card__image")].every(
            (each) => each.complete && each.naturalWidth > 0)"""
    )
    return pictures.count()


def filters_in_use(page: Page) -> Locator:
    return page.get_by_role("list", name="Filters in use").get_by_role("link")


def viewer(page: Page) -> Locator:
    return page.locator("[data-viewer]")


def heading(page: Page) -> Locator:
    """Return the title in the viewer."""
    return viewer(page).get_by_role("heading", level=1)


def toast(page: Page, text: str) -> Locator:
    """Return the newest message that says ``text``."""
    return page.locator("[data-toast]").filter(has_text=text).last


def expect_focus_in(locator: Locator) -> None:
    """Wait until the focus is on an element within ``locator``."""
    expect(locator.locator(":focus")).to_have_count(1)


def number_in(text: str) -> int:
    """Return the last number of ``text``."""
    return int(re.findall(r"[\d,]+", text)[-1].replace(",", ""))
