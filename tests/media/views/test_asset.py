"""One asset in full, and changing it there."""

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client

from media.models import Asset, Operation
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.media.making import SAVED, attach_tag, make_asset, make_board
from tests.media.views.support import HTMX, address, after, flat, fresh, queries_of, toasts

pytestmark = pytest.mark.django_db

SIZE = "800 \N{MULTIPLICATION SIGN} 1,200"


def page(asset: Asset, name: str = "asset", **parameters: object) -> str:
    return address(name, asset_id=asset.pk, **parameters)


def beside(response: Any) -> list[str]:
    """Return the assets that the arrows lead to: the one before, the one after."""
    return re.findall(
        r'href="[^"]*/assets/([0-9a-f-]+)/[^"]*"\s+data-(?:previous|next)', flat(response)
    )


def pictures_in(response: Any) -> list[str]:
    """Return what the small pictures lead to: the parameters of each, in order."""
    return [
        html.unescape(query)
        for query in re.findall(r'href="[^"?]*([^"]*)"\s+data-picture', flat(response))
    ]


class TestAssetPage:
    def test_says_what_is_known(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(
            org,
            "Sage wall",
            source_text="Two parts white",
            creator="Ada",
            domain="paint.example",
            link_url="https://paint.example/sage",
            source_url="https://www.pinterest.com/pin/1/",
            pictures=1,
            tags=("green",),
            boards=(make_board(org, "Rooms"),),
            dominant_color="#dbe0cc",
        )

        text = flat(member_client.get(page(asset)))

        for each in (
            "Sage wall", "Two parts white", "Ada", "paint.example", "green", "Rooms", "#dbe0cc",
            "1 March 2026", f"{SIZE}, JPEG",
        ):  # fmt: skip
            assert each in text, each
        assert 'data-tooltip="From the source"' in text

    def test_leads_outside_without_saying_where_from(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(
            org, "A", pictures=1, link_url="https://a.example/", source_url="https://b.example/"
        )

        text = flat(member_client.get(page(asset)))

        links = re.findall(r'<a\b[^>]*href="https://[^>]*>', text)
        assert len(links) == 3
        assert all('rel="noopener noreferrer nofollow"' in link for link in links)

    @pytest.mark.parametrize(
        "link", ["javascript:alert(1)", "data:text/html,x", "//x", "https://["]
    )
    def test_leads_nowhere_else_than_to_web_pages(
        self, org: Organization, member_client: Client, link: str
    ) -> None:
        asset = make_asset(org, "A", link_url=link, source_url=link, media_status="link_only")

        text = flat(member_client.get(page(asset)))

        assert f'href="{link}' not in text

    def test_shows_each_of_several_pictures(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "A", pictures=3)

        text = flat(member_client.get(page(asset), {"shown": "2"}))

        assert "2 of 3 pictures" in text
        assert 'aria-label="Picture 3 of 3"' in text
        assert "shown=3" in text

    @pytest.mark.parametrize("number", ["0", "99", "x", ""])
    def test_stays_within_the_pictures_that_there_are(
        self, org: Organization, member_client: Client, number: str
    ) -> None:
        asset = make_asset(org, "A", pictures=2)

        assert member_client.get(page(asset), {"shown": number}).status_code == 200

    def test_going_through_its_pictures_keeps_the_list_that_it_was_opened_from(
        self, org: Organization, member_client: Client
    ) -> None:
        days = [SAVED - dt.timedelta(days=number) for number in range(4)]
        first = make_asset(org, "A", pictures=1, saved_at=days[0])
        make_asset(org, "Without", saved_at=days[1])
        here = make_asset(org, "B", pictures=3, saved_at=days[2])
        last = make_asset(org, "C", pictures=1, saved_at=days[3])
        seen = []

        response = member_client.get(page(here), {"picture": "with"})
        for number in (2, 3):
            response = member_client.get(page(here) + pictures_in(response)[number - 1])
            seen.append(re.findall(r'viewer__count">(\d of 3) ', flat(response)))
            assert beside(response) == [str(first.pk), str(last.pk)]
            assert f'href="{address("library")}?picture=with"' in flat(response)

        assert seen == [["2 of 3"], ["3 of 3"]]
        assert pictures_in(response) == [f"?picture=with&shown={number}" for number in (1, 2, 3)]

    def test_leads_to_its_neighbours_in_the_list_that_it_was_opened_from(
        self, org: Organization, member_client: Client
    ) -> None:
        days = [SAVED - dt.timedelta(days=number) for number in range(4)]
        first = make_asset(org, "A lamp", saved_at=days[0])
        make_asset(org, "Not one", saved_at=days[1])
        here = make_asset(org, "B lamp", saved_at=days[2])
        last = make_asset(org, "C lamp", saved_at=days[3])

        by_date = member_client.get(page(here), {"q": "lamp", "sort": "newest"})
        by_title = member_client.get(page(here), {"q": "lamp", "sort": "oldest"})

        assert beside(by_date) == [str(first.pk), str(last.pk)]
        assert beside(by_title) == [str(last.pk), str(first.pk)]
        assert f'href="{address("library")}?q=lamp&amp;sort=newest"' in flat(by_date)

    @pytest.mark.parametrize("sort", ["newest", "oldest", "imported", "title", "best", "board"])
    def test_knows_its_neighbours_in_every_order(
        self, org: Organization, member_client: Client, sort: str
    ) -> None:
        board = make_board(org, "Rooms")
        assets = [make_asset(org, f"Lamp {number}", boards=(board,)) for number in range(3)]
        query = {"q": "lamp", "board": str(board.pk), "sort": sort}
        order = re.findall(
            r'id="asset-([0-9a-f-]+)"', flat(member_client.get(address("library"), query))
        )
        middle = next(asset for asset in assets if str(asset.pk) == order[1])

        assert beside(member_client.get(page(middle), query)) == [order[0], order[2]]

    def test_is_a_page_or_for_htmx_the_viewer_alone(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "A")

        whole, part = member_client.get(page(asset)), member_client.get(page(asset), headers=HTMX)

        assert "<main" in flat(whole)
        assert flat(part).lstrip().startswith("<article")
        assert "HX-Request" in whole["Vary"]

    def test_costs_the_same_number_of_queries_for_one_and_for_three(
        self, org: Organization, member_client: Client
    ) -> None:
        one = make_asset(org, "A", pictures=1, tags=("a",), boards=(make_board(org, "A"),))
        boards = tuple(make_board(org, name) for name in "BCD")
        three = make_asset(org, "B", pictures=3, tags=("a", "b", "c"), boards=boards)

        assert queries_of(member_client, page(one)) == queries_of(member_client, page(three))

    def test_in_the_trash_says_until_when(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "A", removed_at=SAVED)

        text = flat(member_client.get(page(asset)))

        assert "Deleted for good on 31 March 2026" in text
        assert "Restore</button>" in text

    def test_a_viewer_changes_nothing(self, org: Organization, client_for: ClientFor) -> None:
        asset = make_asset(org, "A", tags=("green",), pictures=1)
        client = client_for(Role.VIEWER)

        text = flat(client.get(page(asset)))

        assert text.count('method="post"') == 1  # signing out
        assert client.post(page(asset, "asset_text"), {"title": "B"}).status_code == 403


class TestEditing:
    def test_sets_title_and_text_and_can_be_undone(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "Theirs", source_text="Their words")

        response = after(
            member_client,
            member_client.post(page(asset, "asset_text"), {"title": "Ours", "text": "Our words"}),
        )

        fresh(asset)
        assert (asset.own_title, asset.own_text) == ("Ours", "Our words")
        assert toasts(response) == ["Edited “Ours”."]
        assert "Use the source" in flat(response)
        assert re.search(r'action="[^"]*/undo/"', flat(response))

    def test_takes_the_sources_words_again(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "Theirs", own_title="Ours", own_text="Our words")

        member_client.post(
            page(asset, "asset_text"), {"title": "Ours", "text": "Our words", "reset": "title"}
        )

        fresh(asset)
        assert (asset.title, asset.own_text) == ("Theirs", "Our words")

    def test_too_long_a_title_keeps_what_was_typed(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "Theirs")
        typed = {"title": "x" * 501, "text": "Typed with care"}

        plain = member_client.post(page(asset, "asset_text"), typed)
        part = member_client.post(page(asset, "asset_text"), typed, headers=HTMX)

        assert (plain.status_code, part.status_code) == (422, 422)
        assert "Typed with care" in flat(plain)
        assert "Typed with care" in flat(part)
        assert "at most 500 characters" in flat(part)

    def test_shows_the_side_anew_to_htmx(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "Theirs", pictures=1)

        response = member_client.post(
            page(asset, "asset_text"), {"title": "Ours", "text": ""}, headers=HTMX
        )

        assert flat(response).lstrip().startswith('<div class="viewer__side"')
        assert SIZE in flat(response)
        assert toasts(response) == ["Edited “Ours”."]
        assert f'id="title-{asset.pk}" hx-swap-oob="true"' in flat(response)

    def test_keeps_the_list_that_the_asset_was_opened_from(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "Lamp")

        response = member_client.post(
            page(asset, "asset_text") + "?source=pinterest", {"title": "B", "text": ""}
        )

        assert response["Location"] == page(asset) + "?source=pinterest"


class TestTagsAndBoards:
    def test_tags_are_added_and_taken_off(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "A")

        added = after(
            member_client,
            member_client.post(page(asset, "asset_tags"), {"tags": "Oak, #walnut, "}),
        )
        with org_scope(org.pk):
            oak = org.tags.get(name="Oak")
        removed = after(
            member_client, member_client.post(page(asset, "asset_untag", tag_id=oak.pk))
        )

        assert toasts(added) == ["Added #Oak, #walnut to 1 asset."]
        assert toasts(removed) == ["Took #Oak off 1 asset."]

    def test_a_machines_tag_is_taken_off_too(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "A")
        with org_scope(org.pk):
            tag = attach_tag(asset, "blurry", origin="ai").tag
        assert 'data-tooltip="Suggested by AI"' in flat(member_client.get(page(asset)))

        member_client.post(page(asset, "asset_untag", tag_id=tag.pk))

        assert "blurry</a>" not in flat(member_client.get(page(asset)))

    def test_no_tag_is_refused(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "A")

        response = member_client.post(page(asset, "asset_tags"), {"tags": " , #"})

        assert response.status_code == 422
        assert "Write a tag first." in flat(response)

    def test_a_board_is_found_or_made_by_name(
        self, org: Organization, member_client: Client
    ) -> None:
        asset, rooms = make_asset(org, "A"), make_board(org, "Rooms")

        member_client.post(page(asset, "asset_board"), {"board_name": " rooms "})
        member_client.post(page(asset, "asset_board"), {"board_name": "Doors"})

        with org_scope(org.pk):
            held = set(asset.board_items.values_list("board__name", flat=True))
            assert rooms.items.count() == 1
        assert held == {"Rooms", "Doors"}

    def test_a_board_lets_go_of_the_asset(self, org: Organization, member_client: Client) -> None:
        rooms = make_board(org, "Rooms")
        asset = make_asset(org, "A", boards=(rooms,))

        response = after(
            member_client, member_client.post(page(asset, "asset_unboard", board_id=rooms.pk))
        )

        assert toasts(response) == ["Took 1 asset off “Rooms”."]
        assert "Take off the board" not in flat(response)

    def test_choices_are_buttons_for_the_asset(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "A", tags=("walnut",))
        make_board(org, "Rooms")

        boards = member_client.get(address("board_choices"), {"asset": str(asset.pk)})
        tags = member_client.get(
            address("tag_choices"), {"asset": str(asset.pk), "tags": "oak, wal"}
        )

        assert "Rooms" in flat(boards)
        assert f'formaction="{page(asset, "asset_board")}"' in flat(boards)
        assert 'value="walnut"' in flat(tags)


class TestTrash:
    def test_removes_and_leads_back_to_the_list(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        asset = make_asset(org, "A")

        response = member_client.post(page(asset, "asset_trash") + "?source=pinterest")

        fresh(asset)
        assert asset.removed_at is not None
        assert asset.removed_by == member_client.user
        assert response["Location"] == address("library") + "?source=pinterest"

    def test_tells_the_viewer_over_the_wall_to_close(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "A")

        response = member_client.post(page(asset, "asset_trash"), headers=HTMX)

        assert '"magpie:viewer-done"' in response["HX-Trigger"]
        assert str(asset.pk) in response["HX-Trigger"]
        assert toasts(response) == ["Removed 1 asset."]

    def test_from_a_filtered_wall_counts_what_is_left_of_that(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "A", source="facebook")
        make_asset(org, "B", source="pinterest")

        shown = member_client.get(page(asset) + "?source=facebook", headers=HTMX)
        response = member_client.post(page(asset, "asset_trash") + "?source=facebook", headers=HTMX)

        assert f'hx-post="{page(asset, "asset_trash")}?source=facebook"' in flat(shown)
        assert "<strong>0</strong>" in flat(response)

    def test_restores(self, org: Organization, member_client: Client) -> None:
        asset = make_asset(org, "A", removed_at=SAVED)

        response = after(member_client, member_client.post(page(asset, "asset_restore")))

        fresh(asset)
        assert asset.removed_at is None
        assert toasts(response) == ["Restored 1 asset."]

    def test_the_second_time_nothing_changes(
        self, org: Organization, member_client: Client
    ) -> None:
        asset = make_asset(org, "A")
        member_client.post(page(asset, "asset_trash"))

        member_client.post(page(asset, "asset_trash"))

        with org_scope(org.pk):
            assert Operation.objects.count() == 1
