"""The crawler's export: JSON in a ZIP, with quirks."""

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence

import orjson
import pytest

from connectors.items import MediaKind, MediaStatus, Source
from tests.connectors.readers.builders import (
    JSONObject,
    crawled_pin,
    indexes_of,
    json_file,
    lines_file,
    named,
    pinimg,
    quirky_export,
    raw_of,
    read,
    signature,
    zip_file,
)


def as_csv(rows: Sequence[object]) -> bytes:
    """Return the rows as the exporter flattens them, with a byte-order mark."""
    flat = [flatten(row) for row in rows if isinstance(row, dict)]
    columns = sorted({key for row in flat for key in row})
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue().encode("utf-8-sig")


def flatten(value: JSONObject, prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, each in value.items():
        if isinstance(each, list):
            places = {str(place): inner for place, inner in enumerate(each)}
            flat |= flatten(places, f"{prefix}{key}/")
        elif isinstance(each, dict):
            flat |= flatten(each, f"{prefix}{key}/")
        else:
            flat[prefix + key] = (
                "" if each is None else each if isinstance(each, str) else json.dumps(each)
            )
    return flat


class TestWholeExport:
    def test_every_row_becomes_an_item_or_a_rejection(self) -> None:
        result = read(json_file(quirky_export()))

        assert result.reader.kind == "pinterest_crawler"
        assert result.reader.source is Source.PINTEREST
        assert result.reader.streams == ("pins", "boards")
        assert result.raw_count == 20
        assert len(result.items) == 18
        assert result.reasons == ["error_row", "bad_type"]
        assert len({item.ref for item in result.items}) == 16
        assert sum(not item.media for item in result.items) == 2
        assert sorted(indexes_of(result.items, result.rejections)) == list(range(20))

    def test_of_four_formats_in_a_zip_only_the_json_is_read(self) -> None:
        rows = quirky_export()
        archive = zip_file(
            {
                "dataset.csv": as_csv(rows),
                "dataset.html": b"<table><tr><th>id</th></tr></table>",
                "dataset.json": json.dumps(rows).encode(),
                "dataset.xlsx": b"PK\x03\x04 an office file",
                "__MACOSX/._dataset.json": b"\0\5\26\7",
            }
        )

        result = read(archive)

        assert result.raw_count == 20
        assert sorted((m.name, m.reason) for m in result.reader.skipped_members) == [
            ("__MACOSX/._dataset.json", "system_file"),
            ("dataset.csv", "twin"),
            ("dataset.html", "twin"),
            ("dataset.xlsx", "twin"),
        ]

    def test_csv_alone_gives_the_same_items(self) -> None:
        rows = [crawled_pin(number) for number in range(3)]
        rows[1]["image"] = None
        rows[2]["board"] = {"id": "600", "name": 'Line one\nline "two", ünïcode', "url": "/a/b/"}

        items, expected = read(named(as_csv(rows), "x.csv")).items, read(json_file(rows)).items

        for item, wanted in zip(items, expected, strict=True):
            for field in ("ref", "title", "link_url", "saved_at", "media", "boards", "domain"):
                assert getattr(item, field) == getattr(wanted, field)

    @pytest.mark.parametrize("indent", [None, 1, 4])
    def test_any_indentation_and_line_end_gives_the_same_items(self, indent: int | None) -> None:
        rows = [crawled_pin(number) for number in range(700)]
        text = json.dumps(rows, indent=indent, ensure_ascii=False).replace("\n", "\r\n")

        result = read(named(b"\xef\xbb\xbf" + text.encode(), "x (1)"))

        assert result.items == read(json_file(rows)).items

    def test_lines_of_json_are_read_and_a_bad_line_costs_only_itself(self) -> None:
        data = lines_file([crawled_pin(1), "text", crawled_pin(2)]).read() + b'\n{"id": \n\n'

        result = read(named(data, "x"))

        assert [item.ref[-1] for item in result.items] == ["1", "2"]
        assert result.reasons == ["bad_type", "record_invalid"]

    def test_utf16_is_read(self) -> None:
        data = json.dumps([crawled_pin(1, title="Küche 🌿")], ensure_ascii=False).encode("utf-16")

        assert read(named(data, "x.json")).items[0].title == "Küche 🌿"


class TestOnePin:
    def test_all_fields_arrive(self) -> None:
        item = read(json_file([crawled_pin(1)])).items[0]

        assert item.ref == "pin:100000000000000001"
        assert (item.title, item.text) == ("Pin 1", "")
        assert item.alt_text == "a kitchen with white cabinets"
        assert item.link_url == "https://www.example.com/articles/1"
        assert item.source_url == "https://www.pinterest.com/pin/100000000000000001/"
        assert item.domain == "example.com"
        assert item.saved_at == dt.datetime(2022, 2, 9, 6, 9, 17, tzinfo=dt.UTC)
        assert item.dominant_color == "#4c656c"
        assert item.media_status is MediaStatus.IMAGE
        assert [board.key for board in item.boards] == ["board:500"]
        assert item.boards[0].url == "https://www.pinterest.com/ann/kitchen/"
        picture = item.media[0]
        assert (picture.url, picture.key) == (pinimg(1), f"sig:{signature(1)}")
        assert (picture.width_px, picture.height_px) == (736, 1308)
        assert picture.fallbacks == (pinimg(1, size="1200x"), pinimg(1, size="736x"))

    def test_raw_is_the_same_whatever_the_order_of_keys(self) -> None:
        record = crawled_pin(1)
        turned = dict(reversed(record.items()))

        first, second = read(json_file([record])), read(json_file([turned]))

        assert first.items[0].raw == second.items[0].raw
        assert raw_of(first.items[0]) == record

    @pytest.mark.parametrize(
        ("changes", "ref"),
        [
            ({"id": 820147782161358271}, "pin:820147782161358271"),
            ({"id": "UGluOjg0NDQ5MzY3NDQzNzk5Nw=="}, "pin:844493674437997"),
            ({"id": None, "node_id": "cGluOjEyMw=="}, "pin:123"),
            ({"id": None, "seo_url": "/pin/a-slug--4711/"}, "pin:4711"),
        ],
    )
    def test_ids_are_found_in_any_spelling(self, changes: JSONObject, ref: str) -> None:
        assert read(json_file([crawled_pin(1, **changes)])).items[0].ref == ref

    def test_a_pin_without_any_id_fails(self) -> None:
        rows = [crawled_pin(1), crawled_pin(2, id="bB3n6Tcs", seo_url=None)]

        result = read(json_file(rows))

        assert result.reasons == ["no_id"]
        assert result.rejections[0].excerpt.startswith("{")

    def test_dead_wood_is_no_text(self) -> None:
        title = {"format": "Pin {}", "text": None, "args": ["x"]}
        record = crawled_pin(1, title=title, grid_title=" ", seo_title="", auto_alt_text=None)

        item = read(json_file([record])).items[0]

        assert (item.title, item.text, item.alt_text) == ("", "", "")

    def test_unsafe_links_are_dropped(self) -> None:
        for link in ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", 5, "http://"):
            item = read(json_file([crawled_pin(1, link=link, domain="Uploaded by user")])).items[0]

            assert (item.link_url, item.domain) == ("", "")

    def test_what_a_database_refuses_is_stripped_everywhere(self) -> None:
        data = json.dumps([crawled_pin(1, title="a\0b"), crawled_pin(2, title="c")])
        data = data.replace('"c"', r'"c\ud800d"').replace('"profile"', r'"pro\u0000file"')

        result = read(named(data.encode(), "x.json"))

        assert [item.title for item in result.items] == ["ab", "cd"]
        for item in result.items:
            assert b"\\u0000" not in item.raw
            assert "profile" in raw_of(item)

    def test_a_bare_nul_is_stripped_in_every_container(self) -> None:
        record = json.dumps(crawled_pin(1, title="a?b")).encode().replace(b"a?b", b"a\0b")

        for data in (b"[%b]", b'{"data": {"results": [%b]}}', b"%b", b"%b\n{}\n"):
            item = read(named(data % record, "x")).items[0]

            assert (item.title, raw_of(item)["title"]) == ("ab", "ab")

    def test_long_texts_are_cut_but_raw_keeps_them(self) -> None:
        item = read(json_file([crawled_pin(1, title="t" * 5_000, description="d" * 50_000)])).items[
            0
        ]

        assert (len(item.title), len(item.text)) == (2_000, 20_000)
        assert len(raw_of(item)["description"]) == 50_000

    def test_other_peoples_data_are_reduced_to_a_user_name(self) -> None:
        person = {"id": "9", "username": "bob", "full_name": "Bob B.", "follower_count": 3}
        board = {"id": "500", "name": "Kitchen", "owner": person, "collaborating_users": [person]}
        record = crawled_pin(
            1,
            pinner=person,
            native_creator=person,
            board=board,
            ip_address="203.0.113.7",
            rich_metadata={"description": "write to bob@example.com", "author": person},
        )

        item = read(json_file([record])).items[0]

        assert item.creator == "bob"
        for secret in (b"Bob B.", b"203.0.113.7", b"bob@example.com", b"follower_count"):
            assert secret not in item.raw

    def test_a_video_keeps_its_best_file(self) -> None:
        variants = {
            "V_HLSV4": {"url": "https://v1.pinimg.com/a.m3u8", "width": 1080, "duration": 14166},
            "V_EXP3": {"url": "https://v1.pinimg.com/small.mp4", "width": 480},
            "V_720P": {"url": "https://v1.pinimg.com/720.mp4", "width": 720},
        }
        record = crawled_pin(1, is_video=True, videos={"video_list": variants})

        picture = read(json_file([record])).items[0].media[0]

        assert picture.kind is MediaKind.VIDEO
        assert picture.video_url == "https://v1.pinimg.com/720.mp4"
        assert picture.duration_ms == 14166

    def test_no_image_means_no_picture_even_of_a_video(self) -> None:
        variant = {"url": "https://v1.pinimg.com/a.mp4", "thumbnail": pinimg(3)}
        record = crawled_pin(1, image=None, videos={"video_list": {"V_720P": variant}})

        item = read(json_file([record])).items[0]

        assert item.media == ()
        assert item.media_status is MediaStatus.LINK_ONLY
        assert item.kind == "video"

    def test_a_field_of_an_odd_type_never_ends_the_import(self) -> None:
        oddities: list[object] = [[], {}, 5, True, "x", None, [[{}]], {"a": []}, -1, 1.5]
        rows = [
            crawled_pin(number, **{key: oddity})
            for number, (key, oddity) in enumerate(
                (key, oddity) for key in crawled_pin() for oddity in oddities
            )
        ]

        result = read(json_file(rows))

        assert result.raw_count == len(rows)
        for item in result.items:
            orjson.loads(item.raw)
