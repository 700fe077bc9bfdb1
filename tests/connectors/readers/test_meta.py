"""Downloads of Facebook and Instagram, in all their dialects."""

import datetime as dt
import json

import pytest

from connectors.items import MediaStatus, Source
from connectors.readers.meta.html_dates import parse_meta_date
from tests.connectors.readers.builders import (
    JSONObject,
    meta_row,
    mojibake,
    named,
    raw_of,
    read,
    zip_file,
)

SENTENCE = "Jördis Ålund saved a link from Example Home\u2019s post."


def saves(*rows: JSONObject, key: str = "saves_v2") -> bytes:
    return mojibake({key: list(rows)})


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


class TestDialects:
    COLLECTION: JSONObject = {
        "timestamp": 5,
        "attachments": [{"data": [{"name": "Møbler"}]}],
        "title": "Jördis har oprettet en ny samling: Møbler.",
    }

    @pytest.mark.parametrize("key", ["saves_and_collections_v2", "saves_and_collections"])
    def test_collections_among_saves_become_boards(self, key: str) -> None:
        data = saves(meta_row("Jördis har gemt et link."), self.COLLECTION, key=key)

        result = read(named(data, "saved_items_and_collections.json"))

        assert len(result.items) == 1
        assert [(board.key, board.name) for board in result.boards] == [("name:møbler", "Møbler")]
        assert result.raw_count == 1

    def test_a_bare_name_among_saves_is_a_save(self) -> None:
        assert len(read(named(saves(self.COLLECTION), "x")).items) == 1

    @pytest.mark.parametrize("wrap", ["list", "unknown key", "object in object"])
    def test_other_wrappers_are_read(self, wrap: str) -> None:
        rows = [meta_row("Ann saved a reel.")]
        wrapped = {
            "list": rows,
            "unknown key": {"gemte_ting": rows},
            "object in object": {"export": {"saved_saved_item": rows}},
        }

        assert len(read(named(json.dumps(wrapped[wrap]).encode(), "x")).items) == 1

    def test_forms_with_labels_in_any_language_are_read_by_their_values(self) -> None:
        form = {
            "timestamp": 1_720_000_000,
            "media": [],
            "label_values": [
                {"label": "Adresse", "value": "x", "href": "https://www.facebook.com/reel/1/"},
                {"label": "Titel", "value": "Køkken 🌿"},
                {"title": "Ejer", "dict": [{"title": "", "dict": [
                    {"label": "Navn", "value": "Example Home"},
                    {"label": "Adresse", "value": "", "href": "https://www.facebook.com/home"}]}]},
            ],
            "fbid": "10158000000000002",
        }  # fmt: skip

        item = read(named(mojibake([form]), "your_saved_items.json")).items[0]

        assert item.ref == "https://www.facebook.com/reel/1/"
        assert (item.title, item.creator, item.kind) == ("Køkken 🌿", "Example Home", "reel")

    def test_the_address_of_an_owner_is_not_that_of_the_thing(self) -> None:
        owner = {"title": "Owner", "dict": [{"label": "URL", "href": "https://www.facebook.com/x"}]}
        forms = [
            {
                "timestamp": number,
                "label_values": [{"label": "URL", "value": "", "href": ""}, owner],
            }
            for number in (1, 2)
        ]

        items = read(named(json.dumps(forms).encode(), "your_saved_items.json")).items

        assert len({item.ref for item in items}) == 2

    @pytest.mark.parametrize("name", ["your_saved_items.json", "export.json"])
    def test_each_form_among_saves_is_counted_whatever_the_file_is_called(self, name: str) -> None:
        address = {"label": "URL", "value": "", "href": "https://example.org/a"}
        forms = [
            {"timestamp": 5, "label_values": [address]},
            {"timestamp": 6, "label_values": [{"label": "Name", "value": "Oak Bar"}]},
        ]

        result = read(named(json.dumps(forms).encode(), name))

        assert (result.raw_count, result.boards) == (2, [])

    def test_one_form_of_a_collection_is_a_board(self) -> None:
        form = {
            "timestamp": 5,
            "media": [],
            "label_values": [
                {"label": "Name", "value": "Møbler"},
                {"label": "Privacy", "value": "Only me"},
            ],
            "fbid": "1",
        }

        result = read(named(mojibake(form), "collections.json"))

        assert [board.name for board in result.boards] == ["Møbler"]
        assert result.raw_count == 0

    def test_instagram_is_read_in_both_dialects(self) -> None:
        new = {
            "timestamp": 1_781_571_459,
            "label_values": [
                {"label": "URL", "value": "", "href": "https://www.instagram.com/reel/AAA/"},
                {"label": "Caption", "value": "Små rum #interior"},
                {"label": "Title", "value": ""},
            ],
        }
        old = {
            "saved_saved_media": [
                {
                    "title": "examplestudio",
                    "string_map_data": {
                        "Gemt": {
                            "href": "https://www.instagram.com/p/BBB/",
                            "timestamp": 1_633_000_000,
                        }
                    },
                }
            ]
        }

        first = read(named(mojibake([new]), "saved_posts.json"))
        second = read(named(mojibake(old), "saved_posts.json"))

        assert first.reader.kind == second.reader.kind == "instagram_json"
        assert [item.ref for item in first.items] == ["https://www.instagram.com/reel/AAA/"]
        assert first.items[0].title == "Små rum #interior"
        assert [item.ref for item in second.items] == ["https://www.instagram.com/p/BBB/"]
        assert second.items[0].creator == "examplestudio"

    def test_scraped_posts_keep_their_bytes_out_of_the_record(self) -> None:
        post = {
            "post_url": "https://www.facebook.com/ann/posts/1?fbclid=x",
            "post_text": "First line\nsecond",
            "images": [{"base64": "data:image/jpeg;base64," + "A" * 5_000, "width": 5}],
            "thumbnail_url": "https://scontent.example/t.jpg?x=1",
            "collection_name": "Kitchen",
            "creator_name": "Ann",
            "content_type": "Post",
            "date": "December 18, 2025",
            "hashtags": ["#oak"],
        }

        result = read(named(json.dumps([post]).encode(), "facebook_scrape_1.json"))
        item = result.items[0]

        assert result.reader.kind == "facebook_scrape"
        assert item.ref == "https://www.facebook.com/ann/posts/1"
        assert (item.title, item.creator, item.tags) == ("First line", "Ann", ("oak",))
        assert item.created_at == dt.datetime(2025, 12, 18, tzinfo=dt.UTC)
        assert item.boards[0].key == "name:kitchen"
        # What only says that it is a picture is none; then the preview serves.
        assert [media.key for media in item.media] == ["https://scontent.example/t.jpg"]
        assert len(item.raw) < 1_000


class TestHtml:
    LINK = "https://www.facebook.com/dyi/l/?l=https%3A%2F%2Fe.example%2Fa%3Fb%3D1&amp;s=x"
    NEW = (
        '<section class="_a6-g"><h2 class="_2ph_ _a6-h _a6-i">Jördis saved a link from Ann&#039;s'
        ' post.</h2><div class="_2ph_ _a6-p"><div><a href="{link}">Dwell \u2013 Küchen</a>'
        '<div>e.example</div></div></div><footer class="_3-94"><div class="_a72d">{date}</div>'
        "</footer></section>"
    )
    OLD = (
        '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><div class="_3-96 _2pio _2lek">'
        'Jördis saved a link from Ann\'s post.</div><div class="_3-96 _2let"><div>'
        '<a href="{link}">Dwell \u2013 Küchen</a><div>e.example</div></div></div>'
        '<div class="_3-94 _2lem">{date}</div></div>'
    )
    UNKNOWN = (
        '<article><h2>Jördis saved a link from Ann\'s post.</h2><div><a href="{link}">'
        "Dwell \u2013 Küchen</a><p>e.example</p></div><footer>{date}</footer></article>"
    )

    @pytest.mark.parametrize("box", [NEW, OLD, UNKNOWN])
    def test_each_generation_of_pages_is_read(self, box: str) -> None:
        boxes = box.format(link=self.LINK, date="Jun 01, 2025 3:31:29\u202fpm") * 2
        page = f"<html><head><style>x{{}}</style></head><body><h1>Gemt</h1><main>{boxes}</main>"

        result = read(named(page.encode(), "your_saved_items.html"))
        item = result.items[0]

        assert result.reader.kind == "facebook_html"
        assert len(result.items) == 2
        assert item.title == "Jördis saved a link from Ann's post."
        assert item.ref == "https://e.example/a?b=1"
        assert item.text == "Dwell \u2013 Küchen\ne.example"
        assert (item.kind, item.creator) == ("link", "Ann")
        assert item.saved_at == dt.datetime(2025, 6, 1, 15, 31, 29, tzinfo=dt.UTC)

    def test_a_date_in_another_language_is_unknown_not_now(self) -> None:
        page = self.NEW.format(link=self.LINK, date="1 Meitheamh 2025, 15:31")

        item = read(named(f"<html>{page}".encode(), "x.html")).items[0]

        assert item.saved_at is None
        assert raw_of(item)["date"] == "1 Meitheamh 2025, 15:31"

    @pytest.mark.parametrize(
        "text",
        [
            "01. Juni 2025 15:31",
            "1. Juni 2025 um 15:31 Uhr",
            "1er juin 2025 à 15:31",
            "1 de junio de 2025 3:31 p. m.",
            "giu 01, 2025 3:31 pm",
            "1 июня 2025 \u0433., 15:31",
            "1 czerwca 2025 15:31",
            "1 Haz 2025 15:31",
            "1. kesäkuuta 2025 klo 15.31",
            "2025年6月1日 午後3:31",
            "2025년 6월 1일 오후 3:31",
            "01.06.2025 15:31",
        ],
    )
    def test_dates_are_read_in_the_language_of_the_account(self, text: str) -> None:
        assert parse_meta_date(text) == dt.datetime(2025, 6, 1, 15, 31, tzinfo=dt.UTC)

    @pytest.mark.parametrize("text", ["červ 1, 2025", "13/06/2025", "31. Juni 2025", "Foo 1, 2025"])
    def test_a_date_that_could_be_two_is_none(self, text: str) -> None:
        assert parse_meta_date(text) is None

    def test_collections_become_boards(self) -> None:
        sentence = "Ann created a new collection: Oak."
        box = f'<section class="_a6-g"><h2 class="_a6-h">{sentence}</h2></section>'

        result = read(named(f"<html>{box}".encode(), "collections.html"))

        assert [board.name for board in result.boards] == ["Oak"]


class TestArchives:
    FOLDER = "your_facebook_activity/saved_items_and_collections/"

    def test_only_saves_are_read_out_of_a_whole_download(self) -> None:
        post = {"timestamp": 5, "title": "Ann posted.", "attachments": []}
        archive = zip_file(
            {
                self.FOLDER + "your_saved_items.json": saves(meta_row("Ann saved a reel.")),
                self.FOLDER + "collections.json": saves(
                    TestDialects.COLLECTION, key="collections_v2"
                ),
                self.FOLDER + "no-data.txt": b"",
                "posts/your_posts_1.json": json.dumps([post]).encode(),
                "messages/message_1.json": json.dumps({"messages": [{"timestamp_ms": 5}]}).encode(),
                "start_here.html": b"<html><h2>Hello</h2></html>",
                "posts/media/1.jpg": b"\xff\xd8\xff\xe0" + bytes(50),
            }
        )

        result = read(archive)

        assert len(result.items) == 1
        assert [board.name for board in result.boards] == ["Møbler"]
        reasons = {member.name: member.reason for member in result.reader.skipped_members}
        assert reasons["posts/your_posts_1.json"] == "unknown"
        assert reasons[self.FOLDER + "no-data.txt"] == "empty"

    def test_parts_of_one_download_are_one_import(self) -> None:
        reel = meta_row("Ann saved a reel.")
        first = zip_file({self.FOLDER + "your_saved_items_2.json": saves(reel, meta_row("c"))})
        second = zip_file(
            {
                "x/your_saved_items_1.json": saves(reel, meta_row("b")),
                "x/your_saved_items.json": saves(reel, meta_row("a")),
            }
        )

        result = read(first, second)

        assert [item.title[-1] for item in result.items] == [".", "a", ".", "b", ".", "c"]
        reels = [item.ref for item in result.items if item.title.endswith(".")]
        assert [ref[-2:] for ref in reels] == [":0", ":1", ":2"]
        assert [item.index for item in result.items] == list(range(6))

    def test_the_same_archive_twice_counts_once(self) -> None:
        members = {"your_saved_items.json": saves(meta_row("Ann saved a reel."))}

        result = read(zip_file(members), zip_file(members, "export (1).zip"))

        assert len(result.items) == 1
        assert [member.reason for member in result.reader.skipped_members] == ["copy"]
