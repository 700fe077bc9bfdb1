"""Collections of Instagram are boards, and what lies in them are items on these boards."""

import json
from typing import Any

import pytest

from tests.connectors.readers.builders import (
    JSONObject,
    Result,
    indexes_of,
    mojibake,
    named,
    read,
    zip_file,
)

FOLDER = "your_instagram_activity/saved/"
POST = "https://www.instagram.com/p/{}/"


def saved_post(code: str, owner: str) -> JSONObject:
    link = {"href": POST.format(code), "timestamp": 1_633_000_000}
    return {"title": owner, "string_map_data": {"Saved on": link}}


def head(name: str) -> JSONObject:
    times = {key: {"href": "", "value": "", "timestamp": 5} for key in ("Creation Time", "Update")}
    return {
        "title": "Collection",
        "string_map_data": {"Name": {"href": "", "value": name, "timestamp": 0}, **times},
    }


def collected(code: str, owner: str) -> JSONObject:
    link = {"value": owner, "timestamp": 0}
    if code:
        link["href"] = POST.format(code)
    return {"string_map_data": {"Name": link, "Added Time": {"timestamp": 1_633_000_005}}}


def address(code: str) -> JSONObject:
    return {"label": "URL", "value": POST.format(code), "href": POST.format(code)}


def owner_group(name: str) -> JSONObject:
    profile = {"label": "URL", "value": f"https://www.instagram.com/{name}"}
    return {
        "title": "Owner",
        "dict": [{"title": "", "dict": [profile, {"label": "Name", "value": name}]}],
    }


def form(*entries: JSONObject) -> JSONObject:
    return {"timestamp": 1_633_000_000, "media": [], "label_values": list(entries), "fbid": "1"}


def collection_form(name: str, *posts: list[JSONObject], group: str = "Media") -> JSONObject:
    parts = [{"title": "", "dict": fields} for fields in posts]
    return form(
        {"label": "Title", "value": name},
        owner_group("ann"),
        {"title": group, "dict": parts},
    )


def boards_of(result: Result) -> list[tuple[str, list[str]]]:
    return [(item.ref[-3:-1], [board.name for board in item.boards]) for item in result.items]


OLD = {
    "saved_posts.json": mojibake(
        {"saved_saved_media": [saved_post("A1", "bob"), saved_post("A2", "eve")]}
    ),
    "saved_collections.json": mojibake(
        {
            "saved_saved_collections": [
                head("Küche"),
                collected("A1", "bob"),
                collected("A9", "kim"),
                head("Bath"),
                collected("A1", "bob"),
            ]
        }
    ),
}
NEW = {
    "saved_posts.json": mojibake(
        [
            form(address(code), {"label": "Caption", "value": f"Tap {code}"}, owner_group(owner))
            for code, owner in (("A1", "bob"), ("A2", "eve"))
        ]
    ),
    "saved_collections.json": mojibake(
        [
            collection_form("Küche", [address("A1"), owner_group("bob")], [address("A9")]),
            collection_form("Bath", [address("A1")], group="Medien"),
        ]
    ),
}  # fmt: skip


def archive(members: dict[str, bytes]) -> Any:
    return zip_file({FOLDER + name: data for name, data in members.items()})


@pytest.mark.parametrize("members", [OLD, NEW], ids=["old", "new"])
class TestCollections:
    def test_posts_come_first_and_collections_add_their_boards(
        self, members: dict[str, bytes]
    ) -> None:
        result = read(archive(members))

        assert [board.name for board in result.boards] == ["Küche", "Bath"]
        assert boards_of(result) == [
            ("A1", []),
            ("A2", []),
            ("A1", ["Küche"]),
            ("A9", ["Küche"]),
            ("A1", ["Bath"]),
        ]
        assert [item.creator for item in result.items[:3]] == ["bob", "eve", "bob"]
        assert result.rejections == []

    def test_each_record_has_one_outcome(self, members: dict[str, bytes]) -> None:
        result = read(archive(members))

        assert sorted(indexes_of(result.items, result.rejections)) == list(range(5))

    @pytest.mark.parametrize("page_size", [1, 2])
    def test_from_any_page_on_the_boards_are_the_same(
        self, members: dict[str, bytes], page_size: int
    ) -> None:
        whole = read(archive(members), page_size=page_size)

        for number, page in enumerate(whole.pages):
            rest = read(archive(members), cursor=page.cursor, page_size=page_size)

            assert [each.items for each in rest.pages] == [
                each.items for each in whole.pages[number + 1 :]
            ]

    def test_the_file_of_collections_may_come_alone_under_any_name(
        self, members: dict[str, bytes]
    ) -> None:
        data = members["saved_collections.json"]
        result = read(named(data, "saved_collections.json"))

        assert boards_of(result) == [("A1", ["Küche"]), ("A9", ["Küche"]), ("A1", ["Bath"])]
        assert read(named(data, "download (3).json")).items == result.items


class TestOddRows:
    def test_a_post_without_its_link_stays_in_its_collection(self) -> None:
        rows = [head("Oak"), collected("", "bob"), collected("A1", "bob")]

        result = read(named(mojibake({"saved_saved_collections": rows}), "x.json"))

        assert [board.name for board in result.boards] == ["Oak"]
        assert [[board.name for board in item.boards] for item in result.items] == [
            ["Oak"],
            ["Oak"],
        ]

    def test_a_collection_without_a_name_is_reported_and_its_posts_are_kept(self) -> None:
        rows = [collection_form("", [address("A1")], [address("A2")])]

        result = read(named(json.dumps(rows).encode(), "saved_collections.json"))

        assert result.reasons == ["no_id"]
        assert boards_of(result) == [("A1", []), ("A2", [])]

    def test_the_owner_of_a_saved_post_does_not_make_it_a_collection(self) -> None:
        gone = {"label": "URL", "value": "", "href": ""}
        rows = [form(gone, {"label": "Caption", "value": "Tap"}, owner_group("bob"))]

        result = read(named(json.dumps(rows).encode(), "saved_posts.json"))

        assert ([item.title for item in result.items], result.boards) == (["Tap"], [])
