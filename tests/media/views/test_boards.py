"""The boards, and one of them."""

import re

import pytest
from django.test import Client

from media.models import Board
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.media.making import SAVED, make_asset, make_board
from tests.media.views.support import HTMX, address, after, flat, queries_of, titles, toasts

pytestmark = pytest.mark.django_db


def names(text: str) -> list[str]:
    return re.findall(r'<span class="board-card__name">(.*?)</span>', text)


class TestBoards:
    def test_shows_names_counts_and_up_to_four_covers(
        self, org: Organization, member_client: Client
    ) -> None:
        rooms = make_board(org, "Rooms")
        make_board(org, "Doors", is_mirrored=False)
        for number in range(5):
            make_asset(org, f"Room {number}", boards=(rooms,), pictures=2)
        make_asset(org, "Gone", boards=(rooms,), pictures=1, removed_at=SAVED)

        text = flat(member_client.get(address("boards")))

        assert names(text) == ["Rooms", "Doors"]
        assert re.findall(r"(\d) (?:asset)", text.split("<main")[1]) == ["5", "0"]
        assert text.count('board-card__cover"') == 4
        assert text.count("from Pinterest") == 1

    def test_says_why_a_board_has_no_cover(self, org: Organization, member_client: Client) -> None:
        make_board(org, "B")
        make_asset(org, "Words", boards=(make_board(org, "A"),))

        text = flat(member_client.get(address("boards")))

        reasons = re.findall(r'board-card__none">.*?</svg>([^<]+)</span>', text)
        assert [reason.strip() for reason in reasons] == ["Without pictures", "Empty"]

    def test_costs_the_same_number_of_queries_for_one_and_for_three(
        self, org: Organization, member_client: Client
    ) -> None:
        make_asset(org, "A", boards=(make_board(org, "A"),), pictures=1)
        once = queries_of(member_client, address("boards"))
        for name in "BC":
            make_asset(org, name, boards=(make_board(org, name),), pictures=1)

        assert queries_of(member_client, address("boards")) == once

    def test_goes_on_behind_the_last_one(
        self, org: Organization, member_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("media.library.boards.PAGE_SIZE", 2)
        for name in ("alpha", "Beta", "gamma"):
            make_board(org, name)

        first = flat(member_client.get(address("boards")))
        [link] = re.findall(r'href="([^"]+)"\s+rel="next"', first)
        second = flat(member_client.get(link, headers=HTMX))

        assert names(first) == ["alpha", "Beta"]
        assert names(second) == ["gamma"]

    def test_empty_ones_come_last_on_whatever_page_that_is(
        self, org: Organization, member_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("media.library.boards.PAGE_SIZE", 2)
        make_board(org, "alpha")
        for name in ("Beta", "gamma", "delta"):
            make_asset(org, name, boards=(make_board(org, name),))
        make_asset(org, "Gone", boards=(make_board(org, "aleph"),), removed_at=SAVED)
        found: list[str] = []

        link = address("boards")
        while link:
            page = flat(member_client.get(link, headers=HTMX))
            found += names(page)
            link = next(iter(re.findall(r'href="([^"]+)"\s+rel="next"', page)), "")

        assert found == ["Beta", "delta", "gamma", "aleph", "alpha"]

    def test_none_yet_says_what_will_be_here(
        self, org: Organization, member_client: Client
    ) -> None:
        assert "No boards yet" in flat(member_client.get(address("boards")))

    def test_is_made_and_opened(self, org: Organization, member_client: Client) -> None:
        response = after(
            member_client, member_client.post(address("board_create"), {"name": " Doors "})
        )

        assert toasts(response) == ["Made the board “Doors”."]
        assert "Nothing on this board yet" in flat(response)

    def test_a_name_that_is_taken_leads_to_its_board(
        self, org: Organization, member_client: Client
    ) -> None:
        rooms = make_board(org, "Rooms")

        response = member_client.post(address("board_create"), {"name": "rooms"})

        assert response["Location"] == address("board", board_id=rooms.pk)

    @pytest.mark.parametrize("name", ["", "  ", "x" * 256])
    def test_a_bad_name_is_refused_on_the_same_page(
        self, org: Organization, member_client: Client, name: str
    ) -> None:
        response = member_client.post(address("board_create"), {"name": name})

        assert response.status_code == 422
        assert 'aria-invalid="true"' in flat(response)
        with org_scope(org.pk):
            assert Board.objects.count() == 0

    def test_a_viewer_makes_none(self, org: Organization, client_for: ClientFor) -> None:
        client = client_for(Role.VIEWER)

        assert "New board" not in flat(client.get(address("boards")))
        assert client.post(address("board_create"), {"name": "A"}).status_code == 403


class TestBoard:
    def test_is_the_library_filtered_to_it(self, org: Organization, member_client: Client) -> None:
        rooms = make_board(org, "Rooms")
        make_asset(org, "Green room", boards=(rooms,), color_name="green")
        make_asset(org, "Red room", boards=(rooms,), color_name="red")
        make_asset(org, "Elsewhere", color_name="green")

        page = address("board", board_id=rooms.pk)

        assert sorted(titles(member_client.get(page))) == ["Green room", "Red room"]
        assert titles(member_client.get(page, {"color": "green"})) == ["Green room"]

    def test_another_board_in_its_address_changes_nothing(
        self, org: Organization, member_client: Client
    ) -> None:
        rooms, doors = make_board(org, "Rooms"), make_board(org, "Doors")
        make_asset(org, "Room", boards=(rooms,))

        response = member_client.get(address("board", board_id=rooms.pk), {"board": str(doors.pk)})

        assert titles(response) == ["Room"]

    def test_is_renamed_and_keeps_the_sources_name_beside(
        self, org: Organization, member_client: Client
    ) -> None:
        rooms = make_board(org, "Rooms")

        response = after(
            member_client,
            member_client.post(address("board_rename", board_id=rooms.pk), {"name": "Chambers"}),
        )

        assert "where it is called “Rooms”" in flat(response)
        assert toasts(response) == ["Renamed the board “Rooms” to “Chambers”."]

    def test_is_removed_with_a_way_back(self, org: Organization, member_client: Client) -> None:
        rooms = make_board(org, "Rooms")

        response = after(
            member_client, member_client.post(address("board_remove", board_id=rooms.pk))
        )
        assert names(flat(response)) == []
        [undo] = re.findall(r'action="([^"]*/undo/)"', flat(response))
        response = after(member_client, member_client.post(undo))

        assert toasts(response) == ["Undid: Removed the board “Rooms”."]
        assert names(flat(member_client.get(address("boards")))) == ["Rooms"]

    def test_a_removed_one_does_not_exist(self, org: Organization, member_client: Client) -> None:
        rooms = make_board(org, "Rooms")
        member_client.post(address("board_remove", board_id=rooms.pk))

        assert member_client.get(address("board", board_id=rooms.pk)).status_code == 404
