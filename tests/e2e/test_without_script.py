"""Everything that matters works without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from ingestion.demo.expected import FACEBOOK
from ingestion.demo.exports import FACEBOOK_EXPORT
from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.imports import bring, expect_phase, expected_figures, figures, start
from tests.e2e.people import Person, sign_in
from tests.e2e.wall import cards, filters_in_use, open_library, total, viewer


@pytest.fixture
def plain(open_page: OpenPage, demo: Person) -> Page:
    """A page without script, in which the person of the demo signed in."""
    page = open_page(javascript=False)
    sign_in(page, demo)
    expect(page).to_have_url(re.compile("/library/$"))
    return page


class TestWithoutScript:
    def test_the_library_is_read_page_by_page(self, plain: Page, demo: Person) -> None:
        seen = cards(plain).count()
        while (more := plain.get_by_role("link", name="Show more")).count():
            more.click()
            seen += cards(plain).count()

        open_library(plain, demo)
        assert seen == total(plain)

    def test_words_and_filters_narrow_it(self, plain: Page) -> None:
        plain.get_by_label("Search your library").fill("vases")
        plain.keyboard.press("Enter")
        expect(cards(plain).first).to_be_visible()
        found = total(plain)
        plain.get_by_role("link", name="Show filters").click()
        plain.get_by_role("link", name=re.compile("^Pinterest")).click()

        assert 0 < total(plain) <= found
        expect(filters_in_use(plain)).to_have_count(2)

    def test_days_narrow_it(self, plain: Page) -> None:
        before = total(plain)
        plain.get_by_role("link", name="Show filters").click()

        plain.locator("summary.chip").filter(has_text="Date").click()
        plain.get_by_label("Until").fill("2024-06-30")
        plain.get_by_role("button", name="Show these days").click()

        expect(filters_in_use(plain)).to_have_text([re.compile("Until 30 Jun 2024")])
        assert 0 < total(plain) < before

    def test_an_asset_is_a_page(self, plain: Page) -> None:
        cards(plain).first.locator(".card__link").click()

        expect(viewer(plain).get_by_role("heading", level=1)).to_be_visible()
        viewer(plain).get_by_role("link", name="Library").click()
        expect(cards(plain).first).to_be_visible()

    def test_a_file_is_imported_by_the_plain_form(self, open_page: OpenPage, meet: Meet) -> None:
        otto = meet("Otto")
        page = open_page(otto, javascript=False)

        bring(page, otto, FACEBOOK_EXPORT)
        # The page loads itself anew as long as something is going on.
        expect_phase(page, "Ready to import")
        start(page)

        expect_phase(page, "Imported")
        assert figures(page) == expected_figures(FACEBOOK)
