"""What was imported is found, opened, changed, and every change taken back."""

import math
import re

from playwright.sync_api import Page, expect

from ingestion.demo.expected import PINTEREST
from tests.e2e.conftest import OpenPage
from tests.e2e.people import Person
from tests.e2e.wall import (
    card,
    cards,
    expect_focus_in,
    expect_total,
    filters_in_use,
    heading,
    number_in,
    open_card,
    open_library,
    open_whole_library,
    title_of,
    toast,
    total,
    viewer,
    wait_for_thumbnails,
)

PEAR = "Three pears, one honest"
LAST_BUT_FEW = 6
SOME_ROOM = 20


class TestFinding:
    def test_every_picture_is_shown(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)

        open_whole_library(page, nina, PINTEREST.new)

        expect_total(page, PINTEREST.new)
        assert wait_for_thumbnails(page) == PINTEREST.with_picture

    def test_the_wall_stays_whole_when_the_window_changes(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        assert gaps(page) <= SOME_ROOM

        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_function("() => document.querySelector('#grid .card').offsetWidth < 200")

        assert gaps(page) <= SOME_ROOM

    def test_a_word_narrows_the_library_and_its_chip_widens_it_again(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)

        page.get_by_label("Search your library").fill("pears")
        page.keyboard.press("Enter")

        expect(card(page, PEAR)).to_be_visible()
        assert cards(page).count() < PINTEREST.new
        filters_in_use(page).filter(has_text="pears").click()
        expect_total(page, PINTEREST.new)

    def test_a_chip_says_how_many_things_it_leaves(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)

        chip = page.get_by_role("link", name=re.compile("^Without picture"))
        promised = number_in(chip.inner_text())
        chip.click()

        assert promised == PINTEREST.link_only
        expect_total(page, promised)
        expect(cards(page)).to_have_count(promised)

    def test_days_of_a_chosen_year_are_narrowed(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina, "?year=2024")
        of_the_year = total(page)

        page.locator("summary.chip").filter(has_text="Date").click()
        expect(page.get_by_label("From")).to_have_value("2024-01-01")
        page.get_by_label("Until").fill("2024-06-30")
        page.get_by_role("button", name="Show these days").click()

        expect(filters_in_use(page)).to_have_text(
            [re.compile("1 Jan 2024"), re.compile("30 Jun 2")]
        )
        assert 0 < total(page) < of_the_year

    def test_nothing_found_names_the_filter_to_remove(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)

        page.goto(f"/o/{nina.org}/library/?q=xylophone")

        expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
        page.get_by_role("link", name=re.compile("Remove “xylophone”")).click()
        expect_total(page, PINTEREST.new)


class TestOpening:
    def test_back_leads_to_the_place_that_was_left(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_whole_library(page, nina, PINTEREST.new)
        wait_for_thumbnails(page)
        low = cards(page).nth(PINTEREST.new - LAST_BUT_FEW)
        low.scroll_into_view_if_needed()
        title = title_of(low)
        scrolled = page.evaluate("scrollY")

        open_card(page, title)
        page.go_back()

        expect(viewer(page)).to_have_count(0)
        assert page.evaluate("scrollY") == scrolled > 0
        expect_focus_in(low)

    def test_an_asset_shows_its_picture_and_where_it_comes_from(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)

        open_card(page, PEAR)

        picture = viewer(page).locator(".viewer__image")
        expect(picture).to_be_visible()
        page.wait_for_function("() => document.querySelector('.viewer__image').naturalWidth > 0")
        source = viewer(page).get_by_role("link", name="Open on Pinterest")
        expect(source).to_have_attribute("href", re.compile(r"^https://"))
        with page.expect_download() as download:
            viewer(page).get_by_role("link", name="Download the original").click()
        assert download.value.path().stat().st_size > 0

    def test_a_reload_shows_the_same_asset_as_a_page(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        open_card(page, PEAR)

        page.reload()

        expect(heading(page)).to_have_text(PEAR)
        viewer(page).get_by_role("link", name="Library").click()
        expect_total(page, PINTEREST.new)


class TestChanging:
    def test_a_title_is_edited_and_the_toast_takes_it_back(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        open_card(page, PEAR)

        rename(page, "Pears for the kitchen")
        toast(page, "Edited").get_by_role("button", name="Undo").click()

        expect(heading(page)).to_have_text(PEAR)

    def test_a_title_is_edited_and_activity_takes_it_back(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        open_card(page, PEAR)
        rename(page, "Pears for the bath")

        page.goto(f"/o/{nina.org}/activity/")
        page.get_by_role("main").get_by_role("button", name=re.compile("^Undo")).first.click()

        expect(toast(page, "Edited")).to_be_visible()
        open_library(page, nina)
        expect(card(page, PEAR)).to_be_visible()

    def test_three_at_once_are_tagged_collected_and_removed(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        before = total(page)
        first, third = cards(page).nth(0), cards(page).nth(2)
        title = title_of(first)
        bar = page.locator("#selection")

        first.get_by_role("checkbox").check()
        third.get_by_role("checkbox").click(modifiers=["Shift"])
        expect(bar).to_contain_text("3 selected")
        bar.locator("summary").filter(has_text="Tag").click()
        page.get_by_label("Tags, parted by commas").fill("winter mood")
        page.keyboard.press("Enter")
        expect(toast(page, "winter mood")).to_be_visible()
        bar.locator("summary").filter(has_text="Board").click()
        page.get_by_label("Find a board, or name a new one").fill("Winter")
        page.keyboard.press("Enter")
        expect(toast(page, "“Winter”")).to_be_visible()
        bar.get_by_role("button", name="Remove").click()
        expect_total(page, before - 3)
        expect(card(page, title)).to_have_count(0)
        first.get_by_role("checkbox").check()
        expect(bar).to_contain_text(re.compile(rf"Select all\s+{before - 3}\s"))
        toast(page, "Removed 3").get_by_role("button", name="Undo").click()

        expect_total(page, before)
        expect(card(page, title)).to_have_count(1)
        page.goto(f"/o/{nina.org}/boards/")
        page.get_by_role("link", name="Winter").click()
        expect_total(page, 3)
        open_card(page, title)
        expect(viewer(page).get_by_role("link", name="winter mood")).to_be_visible()


class TestTrash:
    def test_what_is_removed_waits_there_and_comes_back(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        before = total(page)
        open_card(page, PEAR)
        viewer(page).get_by_role("button", name="Remove to the trash").click()
        expect_total(page, before - 1)

        page.goto(f"/o/{nina.org}/trash/")
        card(page, PEAR).get_by_role("checkbox").check()
        page.get_by_role("button", name="Restore").click()

        expect(toast(page, "Restored")).to_be_visible()
        open_library(page, nina)
        expect_total(page, before)


def gaps(page: Page) -> float:
    """Return the widest room, in pixels, between a card and the next one below; inf if they lap."""
    room: list[float] = page.evaluate(
        """() => {
            const columns = new Map();
            for (const card of document.querySelectorAll("#grid > .card")) {
                const box = card.getBoundingClientRect();
                const left = Math.round(box.left);
                columns.set(left, [...(columns.get(left) ?? []), box]);
            }
            return [...columns.values()].flatMap((column) =>
                column.slice(1).map((box, at) => box.top - column[at].bottom));
        }"""
    )
    return max(room) if min(room) > 0 else math.inf


def rename(page: Page, title: str) -> None:
    """Give the open asset another title."""
    viewer(page).get_by_text("Edit", exact=True).click()
    viewer(page).get_by_label("Title").fill(title)
    viewer(page).get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text(title)
