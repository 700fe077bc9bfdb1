"""Changes of all that is selected."""

import json
import uuid

import pytest
from django.test import Client

from media.models import Asset, Board, Operation, Tag
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor
from tests.media.making import SAVED, make_asset, make_board
from tests.media.views.support import HTMX, address, after, flat, fresh, selected, toasts

pytestmark = pytest.mark.django_db

ACTIONS = ["bulk_board", "bulk_tags", "bulk_untag", "bulk_trash", "bulk_restore"]


def members(board: Board) -> set[str]:
    """Return the titles of what is on ``board``."""
    with org_scope(board.org_id):
        return set(board.items.filter(is_member=True).values_list("asset__title", flat=True))


class TestBoards:
    def test_takes_what_is_selected(self, org: Organization, member_client: Client) -> None:
        board = make_board(org, "Rooms")
        one, two = make_asset(org, "One"), make_asset(org, "Two")
        make_asset(org, "Three")

        response = after(
            member_client,
            member_client.post(address("bulk_board"), selected(one, two, board=str(board.pk))),
        )

        assert members(board) == {"One", "Two"}
        assert toasts(response) == ["Added 2 assets to “Rooms”."]

    def test_says_how_many_were_there_already(
        self, org: Organization, member_client: Client
    ) -> None:
        board = make_board(org, "Rooms")
        one, two = make_asset(org, "One", boards=(board,)), make_asset(org, "Two")

        response = member_client.post(
            address("bulk_board"), selected(one, two, board=str(board.pk)), headers=HTMX
        )

        assert toasts(response) == ["Added 1 asset to “Rooms”. 1 skipped: on “Rooms” already."]

    def test_a_new_name_makes_a_board(self, org: Organization, member_client: Client) -> None:
        one = make_asset(org, "One")

        member_client.post(address("bulk_board"), selected(one, board_name="Doors"))

        with org_scope(org.pk):
            assert members(Board.objects.get(name="Doors")) == {"One"}
            assert [each.kind for each in Operation.objects.all()] == ["board_add"]

    def test_a_board_lets_go(self, org: Organization, member_client: Client) -> None:
        board = make_board(org, "Rooms")
        one = make_asset(org, "One", boards=(board,))
        make_asset(org, "Two", boards=(board,))

        member_client.post(address("bulk_unboard", board_id=board.pk), selected(one))

        assert members(board) == {"Two"}

    def test_of_another_organization_do_not_exist(
        self, org: Organization, other_org: Organization, member_client: Client
    ) -> None:
        one, foreign = make_asset(org, "One"), make_board(other_org, "Foreign")

        response = member_client.post(address("bulk_board"), selected(one, board=str(foreign.pk)))

        assert response.status_code == 404
        assert members(foreign) == set()


class TestTags:
    def test_are_put_on_and_taken_off(self, org: Organization, member_client: Client) -> None:
        one, two = make_asset(org, "One", tags=("oak",)), make_asset(org, "Two")

        on = member_client.post(
            address("bulk_tags"), selected(one, two, tags="oak, walnut"), headers=HTMX
        )
        off = member_client.post(
            address("bulk_untag"), selected(one, two, tags="Walnut"), headers=HTMX
        )

        assert toasts(on) == ["Added #oak, #walnut to 2 assets."]
        assert toasts(off) == ["Took #walnut off 2 assets."]
        assert json.loads(on["HX-Trigger"]) == {"magpie:library-changed": {}}

    def test_let_a_wall_follow_that_is_filtered_by_them(
        self, org: Organization, member_client: Client
    ) -> None:
        one = make_asset(org, "One", tags=("oak",))
        with org_scope(org.pk):
            tag = Tag.objects.get()

        response = member_client.post(
            address("bulk_untag"), selected(one, tags="oak", query=f"tag={tag.pk}"), headers=HTMX
        )

        assert '"magpie:wall-stale"' in response["HX-Trigger"]


class TestTrash:
    def test_removes_what_is_selected_and_undo_brings_it_back(
        self, org: Organization, member_client: Client
    ) -> None:
        one, two = make_asset(org, "One"), make_asset(org, "Two")

        response = after(member_client, member_client.post(address("bulk_trash"), selected(one)))
        with org_scope(org.pk):
            assert list(Asset.objects.present()) == [two]
            operation = Operation.objects.get()
        assert address("undo", operation_id=operation.pk) in flat(response)

        member_client.post(address("undo", operation_id=operation.pk))

        with org_scope(org.pk):
            assert Asset.objects.present().count() == 2

    def test_names_the_cards_that_leave_and_counts_anew(
        self, org: Organization, member_client: Client
    ) -> None:
        one = make_asset(org, "One")
        make_asset(org, "Two")

        response = member_client.post(address("bulk_trash"), selected(one), headers=HTMX)

        assert json.loads(response["HX-Trigger"]) == {
            "magpie:removed": {"ids": [str(one.pk)]},
            "magpie:selection-done": {},
            "magpie:library-changed": {},
        }
        assert 'id="total" hx-swap-oob="true"' in flat(response)
        assert "<strong>1</strong>" in flat(response)

    def test_all_that_match_is_a_filter_and_not_a_list(
        self, org: Organization, member_client: Client
    ) -> None:
        for number in range(3):
            make_asset(org, f"Lamp {number}", source="facebook")
        kept = make_asset(org, "Chair", source="pinterest")

        response = member_client.post(
            address("bulk_trash"),
            {"all": "1", "query": "source=facebook", "ids": [str(kept.pk)]},
            headers=HTMX,
        )

        assert '"magpie:wall-stale"' in response["HX-Trigger"]
        with org_scope(org.pk):
            assert list(Asset.objects.present()) == [kept]
        assert toasts(response) == ["Removed 3 assets."]

    def test_restores_what_is_selected(self, org: Organization, member_client: Client) -> None:
        one = make_asset(org, "One", removed_at=SAVED)

        member_client.post(address("bulk_restore"), selected(one, query="trash=1"))

        fresh(one)
        assert one.removed_at is None

    def test_nothing_left_to_do_says_so_without_an_undo(
        self, org: Organization, member_client: Client
    ) -> None:
        one = make_asset(org, "One", removed_at=SAVED)

        response = member_client.post(address("bulk_trash"), selected(one), headers=HTMX)

        assert toasts(response) == ["Nothing to change. 1 skipped: in the trash already."]
        assert "/undo/" not in flat(response)


class TestRefusals:
    @pytest.mark.parametrize("name", ACTIONS)
    @pytest.mark.parametrize("body", [{}, {"ids": ["nonsense"]}], ids=["nothing", "no keys"])
    def test_a_selection_that_is_none(
        self, org: Organization, member_client: Client, name: str, body: dict[str, list[str]]
    ) -> None:
        values = {**body, "tags": "oak", "board_name": "Rooms"}

        page = member_client.post(address(name), values)
        part = member_client.post(address(name), values, headers=HTMX)

        assert (page.status_code, part.status_code) == (422, 422)
        assert "Nothing was changed" in flat(page)
        assert len(toasts(part)) == 1
        with org_scope(org.pk):
            assert Board.objects.count() == 0

    @pytest.mark.parametrize("name", ACTIONS)
    def test_only_assets_of_others(
        self, org: Organization, other_org: Organization, member_client: Client, name: str
    ) -> None:
        foreign = make_asset(other_org, "Foreign")
        made_up = {"ids": [str(uuid.uuid4())], "tags": "oak", "board_name": "Rooms"}

        response = member_client.post(
            address(name), selected(foreign, tags="oak", board_name="Rooms")
        )

        assert response.status_code == 404
        assert member_client.post(address(name), made_up).status_code == 404

    def test_assets_of_others_beside_ones_own_count_for_nothing(
        self, org: Organization, other_org: Organization, member_client: Client
    ) -> None:
        one, foreign = make_asset(org, "One"), make_asset(other_org, "Foreign")

        response = member_client.post(address("bulk_trash"), selected(one, foreign), headers=HTMX)

        assert toasts(response) == ["Removed 1 asset."]
        fresh(foreign)
        assert foreign.removed_at is None

    @pytest.mark.parametrize("name", ACTIONS)
    def test_a_viewer(self, org: Organization, client_for: ClientFor, name: str) -> None:
        one = make_asset(org, "One")

        response = client_for(Role.VIEWER).post(address(name), selected(one))

        assert response.status_code == 403

    @pytest.mark.parametrize(
        ("name", "field"), [("bulk_board", "board_name"), ("bulk_tags", "tags")]
    )
    def test_a_name_that_nobody_could_see(
        self, org: Organization, member_client: Client, name: str, field: str
    ) -> None:
        one = make_asset(org, "One")

        response = member_client.post(address(name), selected(one, **{field: "\u202e\u200b"}))

        assert response.status_code == 422
        with org_scope(org.pk):
            assert Board.objects.count() == 0

    def test_no_board_and_no_tag(self, org: Organization, member_client: Client) -> None:
        one = make_asset(org, "One")

        board = member_client.post(address("bulk_board"), selected(one))
        tags = member_client.post(address("bulk_tags"), selected(one, tags=" "))

        assert (board.status_code, tags.status_code) == (422, 422)
        assert "Choose a board, or name a new one." in flat(board)
