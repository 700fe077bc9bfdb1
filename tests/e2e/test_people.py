"""People are reviewed by keyboard, merged, and every answer can be taken back."""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import press
from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.people import Person
from tests.e2e.product import PROJECT_DIR, Product


@pytest.fixture(scope="package")
def drawn() -> set[str]:
    """Whose organization has people already."""
    return set()


@pytest.fixture
def paula(meet: Meet, product: Product, drawn: set[str]) -> Person:
    """Somebody with three drawn people in a library of her own."""
    person = meet("Paula")
    if person.name not in drawn:
        environment = {**os.environ, "VAR_DIR": str(product.var_dir), "DEMO": "1"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "-m", "tests.e2e.drawn_people", person.org, person.email]
        subprocess.run(command, cwd=PROJECT_DIR, env=environment, check=True)  # of constants
        drawn.add(person.name)
    return person


def hold(page: Page, key: str) -> None:
    """Press a key for so long that it repeats itself."""
    for _ in range(20):
        page.keyboard.down(key)
        page.wait_for_timeout(30)
    page.keyboard.up(key)


def confirm_and_take_back(page: Page) -> None:
    """Answer the first questions of the review, and one of them twice."""
    press(page, "r")
    expect(page.get_by_role("heading", name="Is this the same person as these?")).to_be_visible()
    expect_left(page, 5)
    press(page, "y")
    expect(page.get_by_text("Confirmed a face of somebody without a name.")).to_be_visible()
    expect(page.get_by_role("heading", name="Are these one person?")).to_be_visible()
    press(page, "z")
    expect(page.get_by_role("heading", name="Is this the same person as these?")).to_be_visible()
    expect_left(page, 5)
    press(page, "y")
    expect(page.get_by_role("heading", name="Are these one person?")).to_be_visible()
    press(page, "y")
    expect(page.get_by_role("heading", name="Who is this?")).to_be_visible()


def test_are_reviewed_by_keyboard_merged_and_taken_back(open_page: OpenPage, paula: Person) -> None:
    page = open_page(paula)
    page.goto(f"/o/{paula.org}/library/")
    press(page, "g", "e")
    expect(page.get_by_role("heading", name="People", level=1)).to_be_visible()
    expect(page.locator(".person-card")).to_have_count(3)

    confirm_and_take_back(page)

    press(page, "p")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Anna")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Named “Anna”.")).to_be_visible()
    # The next question takes its keys at once, and Tab goes on from it.
    expect(page.locator("#question")).to_be_focused()
    expect_left(page, 1)
    press(page, "s")
    expect(page.get_by_text("Left a question for later.")).to_be_visible()
    press(page, "z")
    expect_left(page, 1)
    # And so on, answer by answer.
    press(page, "z")
    expect(page.get_by_text("Undid: Named")).to_be_visible()
    expect_left(page, 2)
    # A key that is held down answers what is seen, and nothing after it.
    hold(page, "s")
    expect_left(page, 1)
    press(page, "z")
    expect_left(page, 2)
    press(page, "p")
    page.keyboard.type("Anna")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Named “Anna”.")).to_be_visible()
    page.goto(f"/o/{paula.org}/people/?show=named")
    page.get_by_role("link", name=re.compile("Anna")).click()
    expect(page.locator(".face-card")).to_have_count(6)
    page.get_by_role("link", name=re.compile("in the library")).click()
    expect(page.locator(".card")).to_have_count(6)


def test_have_a_menu_that_nothing_lies_over(open_page: OpenPage, paula: Person) -> None:
    page = open_page(paula)
    page.goto(f"/o/{paula.org}/people/")
    page.locator(".person-card__link").first.click()
    more = page.get_by_label("More about this person")

    more.click()

    assert more.evaluate("each => getComputedStyle(each, '::after').content") == "none"


def test_are_split_and_moved_on_a_phone(open_page: OpenPage, paula: Person) -> None:
    page = open_page(paula, size=(390, 844))
    page.goto(f"/o/{paula.org}/people/new/")
    # As long as a name may be, without a place to break it.
    page.get_by_label("Name").fill(f"Bert{'n' * 110}")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("heading", name="No face yet")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"/o/{paula.org}/people/")
    page.locator(".person-card__link", has_text=re.compile("[3-9] faces")).first.click()
    cards = page.locator(".face-card")
    expect(cards.first).to_be_visible()
    # Who it is stays said while the name is written.
    press(page, "e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna")
    page.get_by_role("button", name="Cancel").click()
    before = cards.count()
    # What is asked about a person of many faces comes by itself, and moves the cards.
    expect(page.locator("[hx-trigger=load]")).to_have_count(0)

    cards.last.get_by_role("checkbox").check(force=True)
    expect(page.get_by_role("button", name="Cover")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Split off").click()
    expect(page.get_by_text(re.compile("Split a face off"))).to_be_visible()
    expect(cards).to_have_count(before - 1)
    page.get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(before)


def expect_left(page: Page, count: int) -> None:
    expect(page.locator(".review__left")).to_have_text(re.compile(rf"{count}\s+left"))
