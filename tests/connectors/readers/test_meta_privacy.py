"""Of a download only what was saved is read: no messages, comments, likes or searches."""

import json
from typing import Any

import pytest

from connectors.errors import UnsupportedFileError
from connectors.readers import open_import
from tests.connectors.readers.builders import (
    JSONObject,
    meta_row,
    mojibake,
    named,
    read,
    saves,
    zip_file,
)

AT = 1_694_249_767
REAL = saves(meta_row("Ann saved a reel."))


def row(title: str, data: JSONObject | None = None) -> JSONObject:
    return {"timestamp": AT, "title": title, **({"data": [data]} if data else {})}


def form(label: str, value: str) -> JSONObject:
    return {"timestamp": AT, "media": [], "label_values": [{"label": label, "value": value}]}


def page(title: str, *boxes: str) -> bytes:
    rows = "".join(
        f'<section class="_a6-g"><h2 class="_a6-h">{box}</h2><div class="_a6-p">private</div>'
        '<footer><div class="_a72d">Jun 01, 2025 3:31:29 pm</div></footer></section>'
        for box in boxes
    )
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>"
        f'<main class="_a706">{rows}</main></body></html>'
    ).encode()


MESSAGE = {"sender_name": "Bo", "timestamp_ms": AT * 1000, "content": "https://x.example"}
COMMENT = {"comment": {"timestamp": AT, "comment": "private", "author": "Ann"}}
REACTION = {"reaction": {"reaction": "LIKE", "actor": "Ann"}}
SHARED = {"external_context": {"url": "https://x.example"}}
LISTS: dict[str, Any] = {
    "message_1.json": {"participants": [{"name": "Bo"}], "messages": [MESSAGE], "title": "Bo"},
    "comments.json": {"comments_v2": [row("Ann commented.", COMMENT)]},
    "x comments.json": [row("Ann commented.", COMMENT)],
    "likes.json": [row("Ann likes Bo's post.", REACTION)],
    "reactions.json": {"reactions_v2": [row("Ann likes Bo's post.", REACTION)]},
    "search_history.json": {"searches_v2": [row("You searched.", {"text": "private"})]},
    "your_search_history.json": [form("Search", "private")],
    "x forms.json": [form("Search", "private")],
    "your_saved_searches.json": [row("You searched.", {"text": "private"})],
    "your_posts_1.json": [{**row("Ann shared a link."), "attachments": [{"data": [SHARED]}]}],
    "x posts.json": [row("Ann posted.", {"post": "private"})],
    "posts_1.json": [{"media": [{"uri": "1.jpg", "creation_timestamp": AT, "title": "x"}]}],
    "stories.json": {"ig_stories": [{"uri": "1.jpg", "creation_timestamp": AT, "title": ""}]},
    "album.json": {"name": "A", "photos": [{"uri": "a.jpg", "creation_timestamp": AT}]},
    "liked_posts.json": {"likes_media_likes": [{"string_list_data": [{"timestamp": AT}]}]},
    "followers_1.json": [{"string_list_data": [{"href": "https://x.example", "timestamp": AT}]}],
}
PAGES = {
    "message_1.html": page("Bo", "Bo"),
    "chat.html": page("Bo", "Bo"),
    "comments.html": page("Saved items", "Ann commented on Bo's post."),
    "your_posts.html": page("Your posts", "Ann posted.", "Ann posted.", "Bo saved Ann's day."),
}
FILES = {name: json.dumps(value).encode() for name, value in LISTS.items()} | PAGES


@pytest.mark.parametrize("name", FILES)
class TestOtherLists:
    def test_one_alone_is_refused_with_what_it_is(self, name: str) -> None:
        with pytest.raises(UnsupportedFileError) as caught:
            open_import([named(FILES[name], name)])

        assert "Facebook or Instagram download" in caught.value.message
        assert "tick “Saved items and collections”" in caught.value.message
        assert "private" not in caught.value.message

    @pytest.mark.parametrize("is_packed", [False, True], ids=["loose", "packed"])
    def test_one_beside_saved_items_is_left_out(self, name: str, *, is_packed: bool) -> None:
        members = {"your_saved_items.json": REAL, name: FILES[name]}
        files = [named(data, each) for each, data in members.items()]

        result = read(zip_file(members)) if is_packed else read(*files)

        assert [item.title for item in result.items] == ["Ann saved a reel."]
        left_out = [(each.name, each.reason) for each in result.reader.skipped_members]
        assert left_out == [(name, "other_list")]


def test_another_list_in_the_file_of_the_saves_is_reported_and_not_read() -> None:
    data = {"saves_v2": [meta_row("Ann saved a reel.")], "comments_v2": [row("Private.", COMMENT)]}

    result = read(named(json.dumps(data).encode(), "x.json"))

    assert [item.title for item in result.items] == ["Ann saved a reel."]
    assert result.reasons == ["not_a_pin"]
    assert "Private" not in result.rejections[0].excerpt


LINK = {"URL": {"href": "https://www.instagram.com/p/A/", "timestamp": AT}}
SAVES: dict[str, bytes] = {
    "comments.json": REAL,
    "posts.json": mojibake([meta_row("Ann saved a reel."), meta_row("")]),
    "messages.json": mojibake({"saved_saved_media": [{"title": "bo", "string_map_data": LINK}]}),
    "a.json": mojibake([meta_row("Jördis har gemt et opslag.")]),
    "b.json": mojibake([meta_row("Jördis hat einen Link gespeichert.")]),
    "c.json": mojibake([meta_row("Jördis ha guardado una publicación.")]),
    "d.json": mojibake([meta_row("Ёрдис сохранила ссылку.")]),
    "e.json": mojibake([meta_row("ヨルディスさんがリンクを保存しました。")]),
    "f.json": mojibake([meta_row("Jördis vistaði", name="A", source="https://e.example/")]),
    "g.json": mojibake([{"title": "bo", "string_map_data": LINK}]),
    "photos.html": page("Your saved items", ""),
    "h.html": page("Gemte elementer", "Jördis delte"),
    "i.html": page("", "Jördis a enregistré un lien."),
}


@pytest.mark.parametrize("name", SAVES)
def test_saved_items_are_read_under_any_name(name: str) -> None:
    result = read(named(SAVES[name], name))

    assert len(result.items) >= 1
    assert result.rejections == []


def test_absurd_depth_under_known_names_is_reported_and_not_raised() -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    entry = {"label": deep, "title": deep, "value": deep, "dict": deep}
    rows = [{"timestamp": AT, "title": deep}, {"timestamp": AT, "label_values": [entry]}]

    result = read(named(json.dumps([*rows, meta_row("Ann saved a reel.")]).encode(), "saved.json"))

    assert result.raw_count == 3
    assert "Ann saved a reel." in [item.title for item in result.items]


def test_the_first_page_of_a_download_is_no_list() -> None:
    links = '<a href="your_facebook_activity/saved/your_saved_items.html">Your saved items</a>'
    data = f'<html><h2>Saved items</h2>{links}<a href="https://www.facebook.com/x">x</a></html>'

    with pytest.raises(UnsupportedFileError):
        open_import([named(data.encode(), "start_here.html")])


class TestDownloadsWithoutSaves:
    def refusal(self, members: dict[str, bytes]) -> str:
        with pytest.raises(UnsupportedFileError) as caught:
            open_import([zip_file(members)])
        return caught.value.message

    def test_what_is_missing_is_said(self) -> None:
        message = self.refusal(
            {
                "your_facebook_activity/posts/no-data.txt": b"",
                "messages/inbox/bo/message_1.json": FILES["message_1.json"],
            }
        )

        assert "the saved items are not in it" in message
        assert "Nothing in it looks like" not in message

    def test_that_nothing_is_saved_is_said(self) -> None:
        folder = "your_facebook_activity/saved_items_and_collections/"

        assert "says that nothing is saved" in self.refusal({folder + "no-data.txt": b""})
