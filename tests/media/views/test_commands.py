"""The command box."""

import re

import pytest
from django.test import Client

from tenants.models import Organization
from tests.media.making import make_asset, make_board
from tests.media.views.support import address, flat, queries_of

pytestmark = pytest.mark.django_db


def listed(client: Client, typed: str = "") -> list[tuple[str, str]]:
    """Return what the box lists: the name, and what it is."""
    text = flat(client.get(address("commands"), {"q": typed}))
    return re.findall(
        r'<span class="truncate">(.*?)</span><span class="menu__count">(.*?)</span>', text
    )


class TestCommands:
    def test_begin_with_all_pages(self, member_client: Client) -> None:
        assert listed(member_client) == [
            ("Library", "Page"),
            ("Boards", "Page"),
            ("Uploads", "Page"),
            ("People", "Page"),
            ("Imports", "Page"),
            ("Connections", "Page"),
            ("Pipelines", "Page"),
            ("Activity", "Page"),
            ("Trash", "Page"),
            ("Save while browsing", "Page"),
            ("Members", "Page"),
            ("Organization", "Page"),
        ]

    @pytest.mark.parametrize("typed", ["imp", "Bring", "EXPORT"])
    def test_find_a_page_by_any_of_its_words(self, member_client: Client, typed: str) -> None:
        assert listed(member_client, typed)[0] == ("Imports", "Page")

    def test_find_boards_and_tags_that_begin_with_it_and_search_last(
        self, org: Organization, member_client: Client
    ) -> None:
        make_board(org, "Kitchen")
        make_board(org, "Old kitchen")
        make_asset(org, "A", tags=("kitchen sink",))

        assert listed(member_client, "kitch") == [
            ("Kitchen", "Board"),
            ("kitchen sink", "Tag"),
            ("Search for “kitch”", "Search"),
        ]

    def test_lead_to_what_they_name(self, org: Organization, member_client: Client) -> None:
        board = make_board(org, "Rooms & doors")

        text = flat(member_client.get(address("commands"), {"q": "rooms & d"}))

        assert f'href="{address("board", board_id=board.pk)}"' in text
        assert f'href="{address("library")}?q=rooms+%26+d"' in text
        assert 'data-typed="rooms &amp; d"' in text

    def test_of_another_organization_do_not_exist(
        self, other_org: Organization, member_client: Client
    ) -> None:
        make_board(other_org, "Kitchen")

        assert listed(member_client, "kitchen") == [("Search for “kitchen”", "Search")]

    def test_cost_the_same_for_one_board_and_for_three(
        self, org: Organization, member_client: Client
    ) -> None:
        make_board(org, "Room 1")
        once = queries_of(member_client, address("commands") + "?q=room")
        make_board(org, "Room 2")
        make_board(org, "Room 3")

        assert queries_of(member_client, address("commands") + "?q=room") == once
