"""Saved items of Facebook: what each row says."""

import datetime as dt
import json

import pytest

from connectors.items import MediaStatus, Source
from tests.connectors.readers.builders import JSONObject, meta_row, named, raw_of, read, saves

SENTENCE = "Jördis Ålund saved a link from Example Home\u2019s post."


class TestSavedItems:
    def test_text_is_repaired_in_strings_and_keys(self) -> None:
        row = meta_row(SENTENCE, name="Dwell \u2013 Küchen 🌿", source="https://example.com/k")
        row["größe"] = 1

        result = read(named(saves(row), "your_saved_items.json"))
        item = result.items[0]

        assert (result.reader.kind, result.reader.source) == ("facebook_json", Source.FACEBOOK)
        assert (item.title, item.text) == (SENTENCE, "Dwell \u2013 Küchen 🌿")
        assert (item.kind, item.creator) == ("link", "Example Home")
        assert item.saved_at == dt.datetime(2023, 9, 9, 8, 56, 7, tzinfo=dt.UTC)
        assert raw_of(item)["größe"] == 1

    def test_text_that_is_right_stays_so(self) -> None:
        row = meta_row("Jördis hat Ã gespeichert", name="Café")

        item = read(named(json.dumps({"saves_v2": [row]}).encode(), "x.json")).items[0]

        assert (item.title, item.text) == ("Jördis hat Ã gespeichert", "Café")

    @pytest.mark.parametrize(
        ("context", "url"),
        [
            ({"source": "https://a.example/x", "url": "a.example"}, "https://a.example/x"),
            ({"source": "Example News", "url": "http://n.example/y"}, "http://n.example/y"),
            ({"name": "https://g.example/z.gif"}, "https://g.example/z.gif"),
            (
                {
                    "url": "https://l.facebook.com/l.php?u=https%3A%2F%2Fe.example%2Fp%3Fa%3D1%26fbclid%3DX&h=A"
                },
                "https://e.example/p?a=1",
            ),
            (
                {"url": "https://lm.facebook.com/l.php?u=http%3A%2F%2Fe.example%2F"},
                "http://e.example/",
            ),
            (
                {
                    "url": "https://www.facebook.com/dyi/l/?l=https%3A%2F%2Fe.example%2Fk%C3%BCche&s=1"
                },
                "https://e.example/küche",
            ),
            ({"url": "https://e.example/?fbclid=IwAR1"}, "https://e.example/"),
            ({"url": "https://www.facebook.com/reel/5/"}, "https://www.facebook.com/reel/5/"),
            ({"url": "javascript:alert(1)"}, ""),
        ],
    )
    def test_the_address_is_found_and_unwrapped(self, context: dict[str, str], url: str) -> None:
        item = read(named(saves(meta_row("Ann saved a link.", 5, **context)), "x")).items[0]

        assert item.link_url == url
        assert item.ref == url or (not url and item.ref.startswith("facebook:"))
        expected = MediaStatus.LINK_ONLY if url else MediaStatus.METADATA_ONLY
        if url.endswith(".gif"):
            expected = MediaStatus.IMAGE
        assert item.media_status is expected

    def test_rows_without_address_are_kept_apart_by_content_and_ordinal(self) -> None:
        rows = [meta_row("Ann saved a reel."), meta_row("Ann saved a reel."), meta_row("", 1)]

        items = read(named(saves(*rows), "x")).items

        assert items[0].ref[:-1] == items[1].ref[:-1]
        assert [item.ref[-2:] for item in items] == [":0", ":1", ":0"]
        assert len({item.ref for item in items}) == 3
        assert [item.kind for item in items] == ["reel", "reel", "unknown"]

    def test_events_places_and_media_give_their_words(self) -> None:
        rows = [meta_row(f"Ann saved {number}.") for number in range(3)]
        parts: list[JSONObject] = [
            {"event": {"name": "Kulturnat", "start_timestamp": 1}},
            {"place": {"name": "Café Søndag", "address": "Gade 1"}},
            {"media": {"uri": "posts/media/1.jpg", "title": "Uploads", "description": "Hej 👋"}},
        ]
        for row, part in zip(rows, parts, strict=True):
            row["attachments"] = [{"data": []}, {"data": [part]}]

        items = read(named(saves(*rows), "x")).items

        assert [item.text for item in items] == [
            "Kulturnat",
            "Café Søndag\nGade 1",
            "Uploads\nHej 👋",
        ]
        assert {item.media_status for item in items} == {MediaStatus.METADATA_ONLY}

    def test_milliseconds_are_seconds(self) -> None:
        item = read(named(saves(meta_row("x", 1_694_249_767_000)), "x")).items[0]

        assert item.saved_at == dt.datetime(2023, 9, 9, 8, 56, 7, tzinfo=dt.UTC)

    def test_an_empty_row_is_no_save_and_another_scheme_no_place(self) -> None:
        script = meta_row("Ann saved a link.", source="javascript:alert(1)")

        result = read(named(saves(script, {}), "x"))

        assert [item.domain for item in result.items] == [""]
        assert result.reasons == ["record_invalid"]

    @pytest.mark.parametrize("rows", [["x"], [5, None]])
    def test_rows_that_are_no_objects_are_counted(self, rows: list[object]) -> None:
        data = json.dumps({"saves_v2": [meta_row("Ann saved a reel."), *rows]}).encode()

        assert read(named(data, "x")).reasons == ["bad_type"] * len(rows)
