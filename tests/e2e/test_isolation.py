"""What belongs to others does not exist."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.e2e.browser import Watch
from tests.e2e.conftest import Meet, OpenPage
from tests.e2e.people import Person
from tests.e2e.wall import cards, open_library


class TestSecondPerson:
    def test_finds_nothing_at_the_addresses_of_the_first(
        self, open_page: OpenPage, nina: Person, meet: Meet, watch: Watch
    ) -> None:
        watch.expect(404)
        page = open_page(nina)
        open_library(page, nina)
        asset = page.locator("#grid .card__link").first.get_attribute("href") or ""
        picture = page.locator("#grid .card__image").first.get_attribute("src") or ""
        assert page.request.get(asset).status == 200
        assert page.request.get(picture).status == 200

        ida = meet("Ida")
        stranger = open_page(ida)
        addresses = [asset, picture, f"/o/{nina.org}/library/", f"/o/{nina.org}/imports/"]
        # The same keys, as if they were of their own organization.
        addresses += [each.replace(f"/o/{nina.org}/", f"/o/{ida.org}/") for each in addresses[:2]]

        assert {each: stranger.request.get(each).status for each in addresses} == dict.fromkeys(
            addresses, 404
        )
        stranger.goto(asset)
        expect(stranger.get_by_role("heading", level=1)).to_be_visible()
        expect(stranger.get_by_text("Error 404")).to_be_visible()

    def test_finds_none_of_it_by_searching(
        self, open_page: OpenPage, nina: Person, meet: Meet
    ) -> None:
        ida = meet("Ida")
        page = open_page(ida)

        page.goto(f"/o/{ida.org}/library/?q=pears")

        expect(cards(page)).to_have_count(0)


class TestNobody:
    def test_is_led_to_the_door(self, open_page: OpenPage, nina: Person) -> None:
        page = open_page(nina)
        open_library(page, nina)
        picture = page.locator("#grid .card__image").first.get_attribute("src") or ""

        stranger = open_page()
        stranger.goto(f"/o/{nina.org}/library/")

        expect(stranger).to_have_url(re.compile(r"/account/login/\?next="))
        answer = stranger.request.get(picture)
        assert urlsplit(answer.url).path == "/account/login/" or answer.status in {401, 403, 404}
