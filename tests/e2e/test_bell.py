"""The bell leads to what a person was told, and to how they want to be told."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Meet, OpenPage


@pytest.mark.parametrize("javascript", [True, False])
def test_the_bell_leads_to_choices_that_are_kept(
    open_page: OpenPage, meet: Meet, *, javascript: bool
) -> None:
    person = meet("Bella")
    page = open_page(person, javascript=javascript)
    page.goto(f"/o/{person.org}/boards/")

    page.get_by_role("link", name="Notifications").click()

    expect(page.get_by_role("heading", name="Nothing to tell")).to_be_visible()
    choose(page, by_email=False)
    choose(page, by_email=True)


def choose(page: Page, *, by_email: bool) -> None:
    page.get_by_label("By mail").set_checked(by_email)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("By mail")).to_be_checked(checked=by_email)
    expect(page.get_by_label("At the bell")).to_be_checked()
