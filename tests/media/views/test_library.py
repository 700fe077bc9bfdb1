"""The wall of the library."""

import datetime as dt
import html
import re

import pytest
from django.test import Client

from ingestion.models import Job
from ingestion.models.job import JobKind
from media.models import Asset
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.media.making import SAVED, make_asset, make_board
from tests.media.views.support import (
    HTMX,
    add_wanted_picture,
    address,
    flat,
    queries_of,
    titles,
)

pytestmark = pytest.mark.django_db


def card(page: str, asset: Asset) -> str:
    """Return the card of ``asset``."""
    found = re.search(rf'<li\s+class="card[^>]*id="asset-{asset.pk}".*?</li>', page, re.DOTALL)
    assert found is not None
    return found[0]


class TestLibrary:
    def test_shows_the_newest_first_and_how_many_there_are(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Old", saved_at=SAVED)
        make_asset(org, "New", saved_at=SAVED + dt.timedelta(days=1))

        response = member_client.get(address("library"))

        assert titles(response) == ["New", "Old"]
        assert re.search(r"<strong>2</strong>\s*assets", flat(response))

    def test_reserves_the_room_of_a_picture_and_paints_its_colour(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "Lamp", pictures=1, dominant_color="#8a7f72")

        text = card(flat(member_client.get(address("library"))), asset)

        assert 'width="341"' in text
        assert 'height="512"' in text
        assert '<svg class="tint" color="#8a7f72" aria-hidden="true"></svg>' in text
        assert re.search(r"/media/[0-9a-f-]{36}/thumb\?v=", text)

    def test_says_why_a_picture_is_not_there(
        self, org: Organization, member_client: Client
    ) -> None:
        link = make_asset(org, "A link", media_status="link_only", domain="example.com")
        words = make_asset(org, "Words", media_status="metadata_only")
        waiting = make_asset(org, "Waiting", media_status="image", picture_count=1)
        failed = make_asset(org, "Failed", media_status="image", picture_count=1, failed_count=1)
        gone = make_asset(
            org, "Gone", media_status="image", picture_count=1, is_removed_at_source=True
        )
        for asset, status in ((waiting, "pending"), (failed, "failed"), (gone, "failed")):
            add_wanted_picture(asset, status)

        text = flat(member_client.get(address("library")))

        assert "Link · example.com" in card(text, link)
        assert "Pinterest · 1 Mar 2026" in card(text, words)
        assert "On its way" in card(text, waiting)
        assert "Not available" in card(text, failed)
        assert "Gone at the source" in card(text, gone)

    def test_shows_the_words_of_what_has_no_picture(
        self, org: Organization, member_client: Client
    ) -> None:
        both = make_asset(org, "A title", source_text="Two\n  lines.", media_status="metadata_only")
        text_only = make_asset(org, "", source_text="x" * 400, media_status="metadata_only")
        same = make_asset(
            org, "It begins…", source_text="It begins so.", media_status="metadata_only"
        )
        pictured = make_asset(org, "Lamp", source_text="Not shown", pictures=1)

        text = flat(member_client.get(address("library")))

        assert 'dir="auto">Two lines.</span>' in card(text, both)
        assert f">{'x' * 280}</span>" in card(text, text_only)
        assert "card__words" not in card(text, text_only) + card(text, same)
        assert "Not shown" not in card(text, pictured)

    @pytest.mark.parametrize(
        ("cookie", "classes"),
        [
            ("small", "masonry masonry--small"),
            ("large", "masonry masonry--large"),
            ("x", "masonry"),
        ],
    )
    def test_has_the_size_that_was_chosen(
        self, org: Organization, member_client: Client, cookie: str, classes: str
    ) -> None:
        make_asset(org, "Lamp")
        member_client.cookies["wall"] = cookie

        text = flat(member_client.get(address("library")))

        assert f'<ul class="{classes}" id="grid"' in text

    def test_answers_htmx_with_the_cards_alone(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Lamp")

        response = member_client.get(address("library"), headers=HTMX)

        assert titles(response) == ["Lamp"]
        assert "<main" not in flat(response)
        assert "HX-Request" in response["Vary"]

    def test_goes_on_behind_the_last_card_by_a_plain_link(
        self, org: Organization, member_client: Client
    ) -> None:
        for number in range(3):
            make_asset(org, f"Asset {number}", saved_at=SAVED - dt.timedelta(days=number))

        first = member_client.get(address("library"), {"count": "2"})
        [link] = re.findall(r'href="([^"]+)"\s+rel="next"', flat(first))
        second = member_client.get(html.unescape(link))

        assert titles(first) == ["Asset 0", "Asset 1"]
        assert titles(second) == ["Asset 2"]
        assert "That is everything" in flat(second)

    def test_keeps_the_filter_and_the_order_on_the_next_page(
        self, org: Organization, member_client: Client
    ) -> None:
        for number in range(2):
            make_asset(org, f"Asset {number}")

        first = member_client.get(
            address("library"), {"count": "1", "source": "pinterest", "sort": "title"}
        )

        [link] = re.findall(r'href="([^"]+)"\s+rel="next"', flat(first))
        assert "source=pinterest&amp;sort=title&amp;cursor=" in link

    @pytest.mark.parametrize("parameter", ["count", "cursor", "sort", "board", "tag", "since", "q"])
    @pytest.mark.parametrize("value", ["", "nonsense", "-1", "9" * 40, "\0", "²", "'"])
    def test_takes_any_nonsense_in_its_address(
        self, org: Organization, member_client: Client, parameter: str, value: str
    ) -> None:
        make_asset(org, "Lamp")

        assert member_client.get(address("library"), {parameter: value}).status_code == 200

    def test_costs_the_same_number_of_queries_for_one_and_for_three(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "One", pictures=2, tags=("green",), boards=(make_board(org, "A"),))
        once = queries_of(member_client, address("library"))
        make_asset(org, "Two", pictures=1, tags=("red",))
        make_asset(org, "Three", boards=(make_board(org, "B"),))

        assert queries_of(member_client, address("library")) == once

    def test_a_viewer_selects_and_imports_nothing(
        self, org: Organization, client_for: ClientFor
    ) -> None:
        make_asset(org, "Lamp")

        text = flat(client_for(Role.VIEWER).get(address("library")))

        assert "data-select" not in text
        assert 'id="selection"' not in text
        assert "Import</a>" not in text


class TestSearch:
    def test_shows_the_words_as_a_chip_that_can_be_taken_off(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Green lamp")
        make_asset(org, "Red chair")

        response = member_client.get(address("library"), {"q": "lamp"})

        assert titles(response) == ["Green lamp"]
        assert re.search(rf'<a class="chip chip--on" href="{address("library")}">', flat(response))
        assert 'value="lamp"' in flat(response)

    def test_names_the_days_between_which_it_looks(
        self, org: Organization, member_client: Client
    ) -> None:
        asked = {"since": "2024-05-01", "until": "2024-06-30"}

        text = flat(member_client.get(address("library"), asked))

        labels = re.findall(r'<span class="chip__label">([^<]+)</span>', text)
        assert labels == ["From 1 May 2024", "Until 30 Jun 2024"]

    def test_searches_within_the_filters_in_use(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Lamp", color_name="teal")

        text = flat(member_client.get(address("library"), {"color": "teal"}))

        assert '<input type="hidden" name="color" value="teal">' in text

    def test_nothing_found_names_the_filter_to_take_off(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Green lamp", source="pinterest", color_name="green")
        make_asset(org, "Red lamp", source="facebook", color_name="red")

        response = member_client.get(
            address("library"), {"source": "facebook", "color": "green", "q": "lamp"}
        )

        assert titles(response) == []
        found = re.findall(r">Remove (“\w+”)</a>", flat(response))
        assert sorted(found) == ["“Facebook”", "“Green”"]

    def test_nothing_found_for_several_reasons_leads_back_to_everything(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Green lamp")

        response = member_client.get(address("library"), {"source": "facebook", "q": "zebra"})

        assert "Show everything" in flat(response)

    def test_a_total_beyond_ten_thousand_is_not_pretended_to_be_exact(
        self, org: Organization, member_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("media.library.pages.MAX_EXACT", 2)
        monkeypatch.setattr("media.library.words.MAX_EXACT", 2)
        for number in range(3):
            make_asset(org, f"Lamp {number}")

        response = member_client.get(address("library"), {"q": "lamp"})

        assert re.search(r"<strong>2\+</strong>\s*assets", flat(response))


class TestFacets:
    def test_count_exactly_and_only_what_is_there(
        self, org: Organization, member_client: Client
    ) -> None:
        kitchen = make_board(org, "Kitchen")
        make_board(org, "Empty")
        make_asset(org, "A", boards=(kitchen,), tags=("oak",), pictures=1, color_name="teal")
        make_asset(org, "B", source="facebook", tags=("oak",))

        text = flat(member_client.get(address("facets")))

        found = re.findall(
            r">([\w ]+)</span>\s*<span class=\"(?:chip|menu)__count\">([\d,]+)<", text
        )
        assert set(found) == {
            ("Pinterest", "1"), ("Facebook", "1"), ("With picture", "1"), ("Without picture", "1"),
            ("Kitchen", "1"), ("oak", "2"), ("Teal", "1"), ("2026", "2"), ("Picture", "1"),
            ("Text only", "1"),
        }  # fmt: skip

    def test_say_how_several_of_a_kind_go_together(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "A", boards=(make_board(org, "Kitchen"),), tags=("oak",), color_name="teal")
        make_asset(org, "B", source="facebook")

        text = flat(member_client.get(address("facets"), {"source": "pinterest"}))

        hints = dict(re.findall(r'id="hint-(\w+)">([^<]+)<', text))
        assert hints == {
            "board": "One at a time: another one takes its place.",
            "tag": "Choose several to see what has all of them.",
            "colour": "Choose several to see what has any of them.",
            "kind": "One at a time: another one takes its place.",
        }
        assert set(re.findall(r'aria-describedby="hint-(\w+)"', text)) == set(hints)
        assert re.search(
            r"Facebook<span\s+class=.visually-hidden.\s*>, instead of Pinterest<", text
        )

    def test_offer_days_that_keep_what_else_is_asked(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "A", color_name="teal")
        asked = {"color": "teal", "since": "2026-01-02", "sort": "title"}

        text = flat(member_client.get(address("facets"), asked))

        form = re.search(r'<form class="date-range".*?</form>', text)
        assert form is not None
        assert dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0])) == {
            "color": "teal",
            "sort": "title",
            "since": "2026-01-02",
            "until": "",
        }

    def test_begin_with_the_days_of_a_chosen_year(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "A")

        text = flat(member_client.get(address("facets"), {"year": "2026"}))

        assert 'name="since" value="2026-01-01"' in text
        assert 'name="until" value="2026-12-31"' in text
        assert 'name="year"' not in text

    def test_come_with_the_page_on_demand_without_script(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "A")
        page = flat(member_client.get(address("library")))
        assert f'href="{address("library")}?filters=1"' in page

        text = flat(member_client.get(address("library"), {"filters": "1"}))

        assert 'href="?source=pinterest"' in text

    def test_keep_the_chosen_order(self, org: Organization, member_client: Client) -> None:
        make_asset(org, "A")

        text = flat(member_client.get(address("facets"), {"sort": "title"}))

        assert 'href="?source=pinterest&amp;sort=title"' in text


class TestFirstRun:
    def test_offers_the_sources_to_an_editor(
        self, org: Organization, member_client: Client
    ) -> None:
        text = flat(member_client.get(address("library")))

        assert "Import from Pinterest" in text
        assert "Import from Facebook" in text

    def test_tells_a_viewer_who_can_import(self, org: Organization, client_for: ClientFor) -> None:
        text = flat(client_for(Role.VIEWER).get(address("library")))

        assert "Import from" not in text
        assert "role of an editor" in text

    def test_says_that_all_is_in_the_trash(self, org: Organization, member_client: Client) -> None:
        make_asset(org, "One", removed_at=SAVED)

        text = flat(member_client.get(address("library")))

        assert "Everything is in the trash" in text
        assert f'href="{address("trash")}"' in text
        assert "Import from" not in text

    def test_is_not_for_those_who_have_imported_already(
        self, org: Organization, member_client: Client
    ) -> None:
        with org_scope(org.pk):
            Job.objects.create(org=org, kind=JobKind.IMPORT)

        text = flat(member_client.get(address("library")))

        assert "Your library is empty" in text
        assert f'href="/o/{org.slug}/imports/"' in text
        assert "Import from" not in text


class TestTrash:
    def test_holds_what_was_removed_and_says_until_when(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "Here")
        make_asset(org, "Gone", removed_at=SAVED)

        response = member_client.get(address("trash"))

        assert titles(response) == ["Gone"]
        assert "30 days after it was removed" in flat(response)

    def test_empty_says_what_it_will_hold(self, org: Organization, member_client: Client) -> None:
        assert "The trash is empty" in flat(member_client.get(address("trash")))
