"""The library through the API: lists, one asset, bulk changes, boards, undo."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from media.models import Asset, Operation
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.media.making import make_asset, make_board

API = "/api/v1"
HEADERS = {"X-Magpie-Org": "acme"}


class Caller:
    """Calls the API as a member, in JSON."""

    def __init__(self, client: MemberClient) -> None:
        self.client = client
        self.user = client.user

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        response = self.client.generic(
            method,
            path if path.startswith("http") else f"{API}{path}",
            data="" if body is None else json.dumps(body),
            content_type="application/json",
            headers=HEADERS,
        )
        self.status = response.status_code
        return response.json() if response.content else None


@pytest.fixture
def call(member_client: MemberClient) -> Caller:
    """An editor who calls the API."""
    return Caller(member_client)


class TestAssets:
    def test_a_list_leads_through_all_pages(self, org: Organization, call: Caller) -> None:
        made = {str(make_asset(org, f"Asset {number}").pk) for number in range(5)}

        first = call("GET", "/assets?limit=2")
        second = call("GET", first["next"])
        third = call("GET", second["next"])

        found = [item["id"] for page in (first, second, third) for item in page["results"]]
        assert sorted(found) == sorted(made)
        assert (first["total"], first["is_total_exact"], first["sort"]) == (5, True, "newest")
        assert (second["total"], third["next"]) == (None, None)

    def test_filters_are_those_of_the_pages(self, org: Organization, call: Caller) -> None:
        board = make_board(org, "Kitchen")
        make_asset(org, "Oak chair", boards=(board,), pictures=1, color_name="red")
        make_asset(org, "Oak table", boards=(board,))

        found = call("GET", f"/assets?q=oak&board={board.pk}&picture=with&color=red&color=blue")

        assert [item["title"] for item in found["results"]] == ["Oak chair"]

    def test_input_that_is_none_is_said(self, call: Caller) -> None:
        problem = call("GET", "/assets?board=kitchen&limit=0")

        assert (call.status, problem["code"]) == (400, "invalid")
        assert sorted(problem["fields"]) == ["board", "limit"]

    def test_one_comes_with_all_that_belongs_to_it(self, org: Organization, call: Caller) -> None:
        board = make_board(org, "Kitchen")
        asset = make_asset(org, "Chair", boards=(board,), tags=("oak",), pictures=2)

        found = call("GET", f"/assets/{asset.pk}")

        assert [board["name"] for board in found["boards"]] == ["Kitchen"]
        assert [(tag["name"], tag["origin"]) for tag in found["tags"]] == [("oak", "source")]
        assert [picture["renditions"] for picture in found["pictures"]] == [["thumb"], ["thumb"]]
        assert found["origins"] == []

    def test_edits_can_be_undone(self, org: Organization, call: Caller) -> None:
        asset = make_asset(org, "Chair")

        edited = call("PATCH", f"/assets/{asset.pk}", {"title": "Paimio", "text": "By the window"})
        operation = call("GET", "/operations")["results"][0]
        undone = call("POST", f"/operations/{operation['id']}/undo")

        assert (edited["title"], edited["text"]) == ("Paimio", "By the window")
        assert (undone["kind"], undone["changed_count"]) == ("undo", 1)
        assert call("GET", f"/assets/{asset.pk}")["title"] == "Chair"

    def test_delete_moves_to_the_trash(self, org: Organization, call: Caller) -> None:
        asset = make_asset(org)

        call("DELETE", f"/assets/{asset.pk}")
        call("DELETE", f"/assets/{asset.pk}")

        assert call.status == 204
        assert call("GET", "/assets")["results"] == []
        assert [item["id"] for item in call("GET", "/assets?trash=1")["results"]] == [str(asset.pk)]
        with org_scope(org.pk):
            assert Operation.objects.count() == 1

    def test_a_list_takes_as_many_queries_for_three_as_for_one(
        self, org: Organization, call: Caller
    ) -> None:
        def count() -> int:
            call("GET", "/assets")
            with CaptureQueriesContext(connection) as captured:
                call("GET", "/assets")
            return len(captured)

        make_asset(org, pictures=2, tags=("oak",))
        one = count()
        make_asset(org, pictures=1)
        make_asset(org)

        assert count() == one


class TestBulk:
    def test_all_that_match_are_changed_at_once(self, org: Organization, call: Caller) -> None:
        for number in range(3):
            make_asset(org, f"Oak {number}")
        make_asset(org, "Pine")

        done = call(
            "POST",
            "/assets/bulk",
            {"action": "add_tags", "filter": {"q": "oak"}, "tags": ["Wood", "wood"]},
        )

        assert (done["changed_count"], done["summary"]) == (3, "Added #Wood to 3 assets")
        assert call("GET", "/tags")["results"][0]["asset_count"] == 3

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"action": "trash"}, "ids"),
            ({"action": "trash", "ids": [str(uuid.uuid4())], "filter": {"q": "oak"}}, "ids"),
            ({"action": "trash", "filter": {"q": "oak"}, "all": True}, "ids"),
            ({"action": "trash", "all": False}, "ids"),
            ({"action": "trash", "filter": {}}, "filter"),
            ({"action": "add_tags", "all": True}, "tags"),
            ({"action": "add_to_board", "all": True}, "board"),
            ({"action": "burn", "all": True}, "action"),
        ],
    )
    def test_what_is_missing_is_said(self, call: Caller, body: dict[str, Any], field: str) -> None:
        problem = call("POST", "/assets/bulk", body)

        assert (call.status, list(problem["fields"])) == (400, [field])

    def test_a_filter_that_is_none_does_not_mean_everything(
        self, org: Organization, call: Caller
    ) -> None:
        make_asset(org, "Oak")
        body = {"action": "add_tags", "filter": {"tags": ["oak"]}, "tags": ["Wood"]}

        problem = call("POST", "/assets/bulk", body)

        assert call.status == 400
        assert problem["fields"] == {"filter": {"tags": ["There is no such filter."]}}
        assert call("GET", "/tags")["results"] == []

    def test_the_whole_library_is_changed_where_that_is_said(
        self, org: Organization, call: Caller
    ) -> None:
        for name in ("Oak", "Pine"):
            make_asset(org, name)

        assert call("POST", "/assets/bulk", {"action": "trash", "all": True})["changed_count"] == 2

    def test_another_organizations_assets_are_left_alone(
        self, org: Organization, other_org: Organization, call: Caller
    ) -> None:
        theirs = make_asset(other_org, "Theirs")

        done = call("POST", "/assets/bulk", {"action": "trash", "ids": [str(theirs.pk)]})

        assert done["changed_count"] == 0
        with org_scope(other_org.pk):
            assert Asset.objects.get().removed_at is None


class TestBoards:
    def test_a_board_is_made_filled_arranged_and_removed(
        self, org: Organization, call: Caller
    ) -> None:
        one, two, three = (make_asset(org, name) for name in ("One", "Two", "Three"))
        board = call("POST", "/boards", {"name": " Best  of "})
        items = f"/boards/{board['id']}/items"
        call("POST", items, {"ids": [str(asset.pk) for asset in (one, two, three)]})

        call("POST", f"{items}/move", {"asset": str(three.pk), "before": str(one.pk)})
        call("POST", f"{items}/remove", {"ids": [str(two.pk)]})

        listed = call("GET", "/boards")["results"]
        assert [(each["name"], each["asset_count"]) for each in listed] == [("Best of", 2)]
        assert [item["title"] for item in call("GET", items)["results"]] == ["Three", "One"]
        assert call("PATCH", f"/boards/{board['id']}", {"name": "Rest"})["name"] == "Rest"
        call("DELETE", f"/boards/{board['id']}")
        assert call.status == 204
        assert call("GET", items)["code"] == "not_found"


class TestUndo:
    def test_somebody_elses_change_needs_an_admin(
        self, org: Organization, call: Caller, client_for: ClientFor
    ) -> None:
        asset = make_asset(org)
        call("DELETE", f"/assets/{asset.pk}")
        operation = call("GET", "/operations")["results"][0]["id"]
        other, admin = Caller(client_for(Role.EDITOR)), Caller(client_for(Role.ADMIN))

        refused = other("POST", f"/operations/{operation}/undo")
        done = admin("POST", f"/operations/{operation}/undo")
        again = admin("POST", f"/operations/{operation}/undo")

        assert (other.status, refused["code"]) == (403, "role_too_low")
        assert (admin.status, done["changed_count"], again["id"]) == (200, 1, done["id"])
