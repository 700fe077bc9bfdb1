"""The picture wall keeps its place, its size, and its room for pictures that are on their way."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.people import Person
from tests.e2e.wall import (
    card,
    cards,
    heading,
    open_card,
    open_library,
    title_of,
    viewer,
    wait_for_thumbnails,
)

PEAR = "Three pears, one honest"
LOW = 40

# One picture is taken away, as if it was still to come, and the page asks for it.
LET_ONE_WAIT = """(id) => {
    const frame = document.getElementById(`frame-${id}`);
    frame.style.blockSize = `${frame.offsetHeight}px`;
    frame.querySelector("img").remove();
    frame.dataset.waiting = id;
    const hint = document.createElement("div");
    hint.setAttribute("hx-get", `${location.pathname}progress/?waiting=1`);
    hint.setAttribute("hx-trigger", "load");
    hint.setAttribute("hx-swap", "outerHTML");
    hint.dataset.arrivals = "";
    document.querySelector(".page-head").append(hint);
    window.htmx.process(hint);
}"""
PLACES = """() => [...document.querySelectorAll("#grid > .card")].map((each) => {
    const box = each.getBoundingClientRect();
    return [each.id, box.left, box.top, box.height].join(" ");
})"""


class TestPlace:
    def test_is_found_again_behind_a_viewer_that_was_reloaded(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        for go_back in (Page.go_back, close_viewer):
            scrolled = open_low_card(page, nina)

            page.reload()
            expect(heading(page)).to_be_visible()
            go_back(page)

            expect(cards(page).first).to_be_attached()
            page.wait_for_function("(y) => Math.abs(scrollY - y) < 2", arg=scrolled)

    def test_of_what_one_looks_at_is_kept_when_the_cards_change_their_size(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        wait_for_thumbnails(page)
        page.evaluate("scrollTo(0, 900)")
        seen, top = first_in_sight(page)

        choose_size(page, "l")

        assert abs(page.locator(f"#{seen}").bounding_box()["y"] - top) < 2  # type: ignore[index]  # it is there


class TestSize:
    def test_is_remembered(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)
        medium = width_of_a_card(page)

        choose_size(page, "s")
        small = width_of_a_card(page)
        choose_size(page, "l")
        large = width_of_a_card(page)
        page.reload()

        assert small < medium < large
        assert width_of_a_card(page) == large
        page.locator(".sort").click()
        expect(page.get_by_role("radio", name="Large")).to_be_checked()


class TestArrival:
    def test_of_a_picture_moves_nothing(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)
        wait_for_thumbnails(page)
        waiting = card(page, PEAR)
        before = page.evaluate(PLACES)

        page.evaluate(LET_ONE_WAIT, (waiting.get_attribute("id") or "").removeprefix("asset-"))

        expect(waiting.locator(".card__image")).to_be_visible()
        expect(page.get_by_text("All pictures are here.")).to_be_visible()
        assert page.locator("[data-waiting]").count() == 0
        assert page.evaluate(PLACES) == before


class TestOrigin:
    def test_leads_to_the_import(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)

        open_card(page, PEAR)
        viewer(page).locator(".origins").get_by_role("link").first.click()

        expect(page.get_by_role("heading", name="Report")).to_be_visible()


def open_low_card(page: Page, person: Person) -> Any:
    """Open a card far down the wall; return how far that is."""
    open_library(page, person)
    wait_for_thumbnails(page)
    low = cards(page).nth(LOW)
    low.scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    assert scrolled > 0
    open_card(page, title_of(low))
    return scrolled


def close_viewer(page: Page) -> None:
    viewer(page).get_by_role("link", name="Library").click()


def choose_size(page: Page, letter: str) -> None:
    """Choose a size by its keys."""
    page.keyboard.press("v")
    page.keyboard.press(letter)


def width_of_a_card(page: Page) -> Any:
    return cards(page).first.evaluate("(each) => each.offsetWidth")


def first_in_sight(page: Page) -> tuple[str, float]:
    """Return the first card below the header, and where it stands."""
    found: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll("#grid > .card")]
            .map((each) => [each.id, each.getBoundingClientRect()])
            .filter(([, box]) => box.bottom > 72).map(([id, box]) => [id, box.top])[0]"""
    )
    return found[0], found[1]
