"""Everything, once, by the keyboard alone."""

import re

from playwright.sync_api import Page, expect

from ingestion.demo.expected import FACEBOOK
from ingestion.demo.exports import FACEBOOK_EXPORT
from tests.e2e.browser import press
from tests.e2e.conftest import OpenPage
from tests.e2e.imports import expect_phase, expected_figures, figures
from tests.e2e.people import Person, code_in_mail
from tests.e2e.wall import (
    cards,
    expect_focus_in,
    expect_total,
    heading,
    open_library,
    title_of,
    toast,
    total,
    viewer,
)

MANY = 60


class TestKeyboard:
    def test_leads_from_the_front_door_to_an_import(self, page: Page) -> None:
        kim = Person.called("Kim")
        page.goto("/account/signup/")

        tab_to(page, "Email")
        for text in (kim.email, kim.name, kim.password):
            page.keyboard.type(text)
            press(page, "Tab")
        press(page, "Shift+Tab")
        press(page, "Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Verify your email address")
        tab_to(page, "Code")
        page.keyboard.type(code_in_mail(page, kim))
        press(page, "Enter")
        expect(page).to_have_url(re.compile("/library/$"))
        press(page, "g", "i")
        expect(page).to_have_url(re.compile("/imports/$"))
        tab_to(page, "Drop your export here")
        # The system's own window to choose a file is not the page's.
        page.locator(":focus").set_input_files(FACEBOOK_EXPORT)
        tab_to(page, "Bring it in")
        press(page, "Enter")
        expect_phase(page, "Ready to import")
        tab_to(page, f"Import {FACEBOOK.new} records")
        press(page, "Enter")

        expect_phase(page, "Imported")
        assert figures(page) == expected_figures(FACEBOOK)

    def test_leads_through_the_library(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)

        press(page, "/")
        page.keyboard.type("vases")
        press(page, "Enter")
        expect(page).to_have_url(re.compile(r"\?q=vases"))
        expect(cards(page).first).to_be_visible()
        press(page, "l")
        expect_focus_in(cards(page).first)
        press(page, "ArrowRight")
        expect_focus_in(cards(page).nth(1))
        press(page, "ArrowLeft")
        press(page, "Enter")
        expect(heading(page)).to_have_text(title_of(cards(page).first))
        press(page, "ArrowRight")
        expect(heading(page)).to_have_text(title_of(cards(page).nth(1)))
        press(page, "Escape")

        expect(viewer(page)).to_have_count(0)
        expect_focus_in(cards(page).nth(1))

    def test_goes_into_the_grid_by_the_arrows_that_scroll_nothing(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        expect(cards(page).nth(1)).to_be_visible()

        press(page, "ArrowDown")
        expect(page.locator("body")).to_be_focused()
        press(page, "ArrowRight")
        expect_focus_in(cards(page).first)
        press(page, "ArrowRight")

        expect_focus_in(cards(page).nth(1))

    def test_selects_and_changes_and_takes_back(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)
        before = total(page)
        bar = page.locator("#selection")

        press(page, "l")
        press(page, "x", "ArrowRight", "ArrowRight", "Shift+X")
        expect(bar).to_contain_text("3 selected")
        press(page, "Escape")
        expect(bar).to_be_hidden()
        press(page, "x", "t")
        expect(page.get_by_label("Tags, parted by commas")).to_be_focused()
        page.keyboard.type("by keyboard")
        sent: list[str] = []
        page.on("request", lambda each: sent.append(each.method))
        # Held down, it sends once.
        for _ in range(10):
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        expect(toast(page, "by keyboard")).to_be_visible()
        assert sent.count("POST") == 1
        expect(page.get_by_label("Tags, parted by commas")).to_be_hidden()
        expect_focus_in(cards(page).nth(2))
        press(page, "ArrowLeft")
        press(page, "ArrowRight")
        press(page, "Delete")
        expect_total(page, before - 1)
        press(page, "z")

        expect_total(page, before)

    def test_keeps_its_place_when_the_viewer_changes_or_removes_an_asset(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        before = total(page)
        neighbour = title_of(cards(page).nth(1))

        press(page, "l")
        press(page, "Enter")
        expect(heading(page)).to_have_text(title_of(cards(page).first))
        press(page, "e")
        press(page, "End")
        page.keyboard.type(" again")
        press(page, "Enter")
        expect(toast(page, "Edited")).to_be_visible()
        expect_focus_in(viewer(page).locator(".in-place__edit"))
        press(page, "Delete")
        expect(viewer(page)).to_have_count(0)

        expect_total(page, before - 1)
        expect_focus_in(cards(page).first)
        assert title_of(cards(page).first) == neighbour
        press(page, "z")
        expect_total(page, before)

    def test_stays_in_a_wall_that_follows_its_filter(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        press(page, "l")
        press(page, "x", "ArrowRight", "x", "t")
        expect(page.get_by_label("Tags, parted by commas")).to_be_focused()
        page.keyboard.type("for a while")
        press(page, "Enter")
        expect(toast(page, "for a while")).to_be_visible()
        page.locator("#facets summary", has_text="Tag").click()
        page.locator("#facets a", has_text="for a while").click()
        expect_total(page, 2)
        expect(cards(page)).to_have_count(2)

        press(page, "l")
        press(page, "x", "t")
        expect(page.get_by_label("Tags, parted by commas")).to_be_focused()
        page.keyboard.type("for a while")
        press(page, "Tab", "Tab", "Enter")

        expect_total(page, 1)
        expect(cards(page)).to_have_count(1)
        expect_focus_in(cards(page).first)

    def test_names_its_keys_and_goes_to_every_page(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)

        press(page, "?")
        keys = page.get_by_role("dialog", name="Keyboard shortcuts on this page")
        expect(keys).to_contain_text("Go to Boards")
        expect(keys).to_contain_text("Go to, or search")
        expect(keys).to_contain_text("Large cards")
        press(page, "Escape")
        expect(keys).to_be_hidden()
        for letter, name in {"b": "boards", "a": "activity", "t": "trash", "l": "library"}.items():
            press(page, "g", letter)
            expect(page).to_have_url(re.compile(f"/{name}/$"))

    def test_stays_where_somebody_went_when_a_dialog_closed(
        self, open_page: OpenPage, nina: Person
    ) -> None:
        page = open_page(nina)
        open_library(page, nina)
        press(page, "l")
        expect_focus_in(cards(page).first)
        # The browser tells of a close a moment later; a person is quicker now and then.
        close = """goesOn => new Promise(resolve => {
            const dialog = document.getElementById("confirm");
            const detail = { question: "Leave?", proceed() {} };
            document.dispatchEvent(new CustomEvent("magpie:ask", { detail }));
            dialog.addEventListener("close", () => setTimeout(resolve));
            dialog.close();
            if (goesOn) document.querySelector("a[href='#main']").focus();
        })"""

        page.evaluate(close, False)
        expect_focus_in(cards(page).first)
        page.evaluate(close, True)

        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()

    def test_goes_anywhere_by_the_command_box(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)
        press(page, "l")
        box = page.get_by_role("dialog", name="Go to, or search")
        field, chosen = box.get_by_role("combobox"), box.get_by_role("option", selected=True)

        press(page, "Control+k")
        expect(field).to_be_focused()
        expect(chosen).to_contain_text("Library")
        press(page, "ArrowDown", "ArrowDown", "ArrowUp")
        expect(chosen).to_contain_text("Boards")
        press(page, "Escape")
        expect(box).to_be_hidden()
        expect_focus_in(cards(page).first)
        press(page, "Control+k")
        page.keyboard.type("vases")
        expect(box.get_by_role("option")).to_have_count(1)
        press(page, "Enter")
        expect(page).to_have_url(re.compile(r"/library/\?q=vases$"))
        # Faster than the server answers.
        press(page, "Control+k")
        page.keyboard.type("imp")
        press(page, "Enter")

        expect(page).to_have_url(re.compile("/imports/$"))


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on the control with this name.

    Raises:
        AssertionError: it cannot be reached.
    """
    wanted = page.get_by_label(name, exact=True).or_(page.get_by_role("button", name=name))
    for _ in range(MANY):
        if wanted.and_(page.locator(":focus")).count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach “{name}”.")
