"""Pins as crawlers, scrapers and spreadsheets of all years write them."""

from typing import Any

import pytest

from connectors.items import SavedItem
from tests.connectors.readers.builders import crawled_pin, json_file, pinimg, read, signature

SIG = f"sig:{signature(1)}"


def only(record: dict[str, Any]) -> SavedItem:
    result = read(json_file([record]))
    assert result.rejections == []
    return result.items[0]


def scraped(**fields: Any) -> dict[str, Any]:
    return {"title": "A", "image_url": pinimg(1), **fields}


class TestIds:
    @pytest.mark.parametrize(
        "value",
        [
            *(123, 123.0, "123", " 123 ", "00123", "123.0", '="123"', "'123", "Pin:123"),
            *("pin:123", "UGluOjEyMw==", "cGluOjEyMw==", "https://pinterest.com/pin/slug--123/"),
        ],
    )
    def test_one_pin_has_one_ref_whatever_its_id_is_written_like(self, value: object) -> None:
        assert only(crawled_pin(id=value, seo_url=None)).ref == "pin:123"

    @pytest.mark.parametrize("key", ["pin_url", "url", "seo_url"])
    @pytest.mark.parametrize(
        "address",
        [
            "https://de.pinterest.com/pin/123/",
            "https://www.pinterest.co.uk/pin/123",
            "https://www.pinterest.com.mx/pin/caf%C3%A9--123/sent/?invite_code=abc&sender=9",
            "https://pinterest.at/pin/a--b--123/?x=1",
            "http://pinterest.com/pin/123#top",
            "https://www.pinterest.jp/pin/日本--123/",
            "https://www.pinterest.com/pin/UGluOjEyMw==/",
            "https://www.pinterest.com/pin/UGluOjEyMw%3D%3D/",
            "/pin/123",
        ],
    )
    def test_any_address_of_a_pin_tells_its_id(self, key: str, address: str) -> None:
        assert only(scraped(**{key: address})).ref == "pin:123"

    @pytest.mark.parametrize("value", [2.1e17, "2.11811E+16", "2,11811E+16"])
    def test_a_rounded_id_is_not_believed(self, value: object) -> None:
        result = read(json_file([crawled_pin(id=value, seo_url=None)]))

        assert result.reasons == ["no_id"]
        assert result.rejections[0].detail.startswith("A spreadsheet has rounded")
        assert only(crawled_pin(id=value, seo_url="/pin/123/")).ref == "pin:123"

    def test_a_short_address_is_refused_with_the_reason(self) -> None:
        result = read(json_file([scraped(pin_url="https://pin.it/abcDEF")]))

        assert result.reasons == ["no_id"]
        assert "pin.it" in result.rejections[0].detail


class TestBoards:
    @pytest.mark.parametrize(
        ("board", "keys"),
        [
            ("Kitchen", ["name:kitchen"]),
            ({"id": 5, "name": "K"}, ["board:5"]),
            ({"node_id": "Qm9hcmQ6NTU=", "name": "K"}, ["board:55"]),
            ({"id": "5"}, ["board:5"]),
            ({"url": "/ann/my-kitchen/"}, ["name:my kitchen"]),
            ({"title": "Oak"}, ["name:oak"]),
            ("https://www.pinterest.com/ann/caf%C3%A9-oak/", ["name:café oak"]),
            (["Kitchen", "Garden", "kitchen"], ["name:kitchen", "name:garden"]),
            ([{"id": "5", "name": "K"}, None, {"id": "6"}, 7], ["board:5", "board:6"]),
            (None, []),
            ("", []),
            (7, []),
            ([], []),
            ({}, []),
        ],
    )
    def test_a_board_is_told_in_any_form(self, board: object, keys: list[str]) -> None:
        item = only(crawled_pin(board=board))

        assert [each.key for each in item.boards] == keys

    def test_a_list_under_another_name_counts(self) -> None:
        item = only(crawled_pin(board=None, boards=[{"id": "5", "name": "K"}, "Oak"]))

        assert [each.name for each in item.boards] == ["K", "Oak"]

    def test_a_section_may_stand_in_the_board(self) -> None:
        item = only(crawled_pin(board={"id": "5", "name": "K", "section": {"title": "Oak"}}))

        assert [(each.key, each.section) for each in item.boards] == [("board:5", "Oak")]


class TestPictures:
    @pytest.mark.parametrize(
        "images",
        [
            {"170x": [{"url": pinimg(1, size="236x")}]},
            {"236x": pinimg(1, size="236x"), "originals": pinimg(1)},
            {"orig": None, "736x": {"url": pinimg(1, size="736x")}},
            {"orig": {}, "736x": {"url": None}, "236x": {"url": pinimg(1, size="236x")}},
            [{"url": pinimg(1, size="736x")}],
            [pinimg(1)],
            '{"orig": {"url": "%s"}}' % pinimg(1),  # noqa: UP031  # braces
            {"600x315": {"url": pinimg(1, size="600x315")}},
        ],
    )
    @pytest.mark.parametrize("key", ["images", "image_urls"])
    def test_the_best_variant_with_an_address_is_found(self, key: str, images: object) -> None:
        item = only({"id": "5", "type": "pin", "title": "A", key: images})

        assert [media.key for media in item.media] == [SIG]
        assert item.media[0].url == pinimg(1)

    @pytest.mark.parametrize(
        "image",
        [
            pinimg(1),
            {"src": pinimg(1)},
            [{"url": pinimg(1)}],
            {"original": {"url": pinimg(1)}},
            {"url": pinimg(1).removeprefix("https:")},
        ],
    )
    def test_one_picture_is_read_in_any_form(self, image: object) -> None:
        media = only(crawled_pin(image=image)).media

        assert [(each.key, each.url) for each in media] == [(SIG, pinimg(1))]
        assert pinimg(1, size="736x") in media[0].fallbacks

    @pytest.mark.parametrize("image", [None, {}, {"url": None}, {"width": 1}, "", 5, []])
    def test_a_pin_without_a_picture_is_kept(self, image: object) -> None:
        item = only(crawled_pin(image=image, link=None))

        assert (item.media, item.media_status) == ((), "metadata_only")

    def test_another_field_may_hold_the_picture_that_one_lacks(self) -> None:
        item = only(crawled_pin(image=None, images={"orig": {"url": pinimg(1)}}))

        assert [media.key for media in item.media] == [SIG]

    def test_a_row_of_a_scraper_database_is_read(self) -> None:
        row = {"id": "12", "pin_hash": "ab", "board_name": "B", "largest_image_url": pinimg(1)}

        item = only({**row, "raw_data": "{}", "stats": "{}", "creator_name": "Ann"})

        assert (item.ref, item.creator, item.media[0].key) == ("pin:12", "Ann", SIG)


class TestTexts:
    @pytest.mark.parametrize(
        ("title", "shown"),
        [
            ({"format": "Hi", "text": None, "args": []}, "Hi"),
            ({"format": "Hi {}", "text": None, "args": ["x"]}, "Pin 1"),
            ({"text": "A", "format": "B"}, "A"),
            (1984, "1984"),
            (True, "Pin 1"),
            (["a"], "Pin 1"),
            (" ", "Pin 1"),
            (None, "Pin 1"),
        ],
    )
    def test_a_title_may_be_an_object_or_a_number(self, title: object, shown: str) -> None:
        assert only(crawled_pin(title=title)).title == shown

    def test_null_everywhere_is_still_a_pin(self) -> None:
        record = dict.fromkeys(crawled_pin()) | {"id": "5"}

        assert only(record).ref == "pin:5"
