"""Fields under other names, ids that a spreadsheet rounded, and boards between the pins."""

from typing import Any

import pytest

from connectors.items import SavedItem
from tests.connectors.readers.builders import (
    crawled_pin,
    json_file,
    named,
    pinimg,
    raw_of,
    read,
    signature,
)

SIG = f"sig:{signature(1)}"
ROUNDED = "A spreadsheet has rounded the identifier. Import the file as it was downloaded."
BOARD = {"id": "5", "name": "Kitchen", "url": "/ann/kitchen/"}


def pin(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "title": f"Pin {number}", "image_url": pinimg(number), **fields}


def csv_of(*lines: str) -> list[SavedItem]:
    result = read(named("\n".join(lines).encode(), "pins.csv"))
    assert result.rejections == []
    return result.items


class TestNames:
    @pytest.mark.parametrize(
        "record",
        [
            {
                "pinId": "12",
                "pinUrl": "https://www.pinterest.com/pin/12/",
                "title": "T",
                "imageUrl": pinimg(1),
                "description": "D",
                "altText": "A",
                "boardName": "Kitchen",
                "createdAt": "2024-01-02T03:04:05.000Z",
                "outboundLink": "https://e.example/x",
                "dominantColor": "#FFEECC",
            },
            {
                "__typename": "Pin",
                "id": "UGluOjEy",
                "entityId": "12",
                "gridTitle": "T",
                "imageLargeUrl": pinimg(1),
                "description": "D",
                "autoAltText": "A",
                "board": {"__typename": "Board", "name": "Kitchen"},
                "pinner": {},
                "createdAt": "Tue, 02 Jan 2024 03:04:05 +0000",
                "dominantColor": "#ffeecc",
                "link": "https://e.example/x",
            },
            {
                "Pin ID": 12,
                "Pin Title": "T",
                "Pin Description": "D",
                "Alt-Text": "A",
                "Image Link": pinimg(1),
                "Board Name": "Kitchen",
                "Color": "#ffeecc",
                "Date": "2024-01-02 03:04:05",
                "Website": "https://e.example/x",
            },
        ],
        ids=["camel", "relay", "spaced"],
    )
    def test_no_field_is_lost_for_how_its_name_is_written(self, record: dict[str, Any]) -> None:
        item = read(json_file([record])).items[0]

        assert (item.ref, item.title, item.text, item.alt_text) == ("pin:12", "T", "D", "A")
        assert [media.key for media in item.media] == [SIG]
        assert [board.name for board in item.boards] == ["Kitchen"]
        assert item.saved_at
        assert item.saved_at.isoformat() == "2024-01-02T03:04:05+00:00"
        assert (item.link_url, item.dominant_color) == ("https://e.example/x", "#ffeecc")
        assert raw_of(item).keys() == record.keys()

    @pytest.mark.parametrize(
        "field",
        [
            *({"imageURL": pinimg(1)}, {"imageUrls": [pinimg(1)]}, {"media_url": pinimg(1)}),
            *({"image_src": pinimg(1)}, {"url": pinimg(1)}, {"thumbnail": pinimg(1)}),
            *({"images_orig": {"url": pinimg(1)}}, {"img": pinimg(1)}),
        ],
    )
    def test_the_picture_is_found_under_any_name(self, field: dict[str, Any]) -> None:
        item = read(json_file([{"id": "12", "board": "Kitchen", **field}, pin(2)])).items[0]

        assert [media.key for media in item.media] == [SIG]

    def test_what_a_downloader_writes_is_read(self) -> None:
        record = {"id": 12, "src": pinimg(1), "alt": "a cat", "resolution": [750, 1061]}

        result = read(json_file([{**record, "origin": "https://www.pinterest.com/pin/12/"}]))

        assert result.reader.kind == "pinterest_scrape"
        assert [(item.ref, item.alt_text) for item in result.items] == [("pin:12", "a cat")]
        assert [media.key for media in result.items[0].media] == [SIG]

    def test_a_name_that_readers_know_wins(self) -> None:
        record = pin(12, imageUrl=pinimg(2), Title="Other", image_url=pinimg(1))

        item = read(json_file([record])).items[0]

        assert (item.title, item.media[0].key) == ("Pin 12", SIG)

    def test_columns_of_other_languages_are_read(self) -> None:
        (item,) = csv_of(
            "ID;Titel;Beschreibung;Bild;Pinnwand;Ersteller", f"12;T;D;{pinimg(1)};Küche;Ann"
        )

        assert (item.title, item.text, item.creator) == ("T", "D", "Ann")
        assert (item.media[0].key, item.boards[0].name) == (SIG, "Küche")

    def test_columns_that_tell_nothing_are_known_by_their_rows(self) -> None:
        (item,) = csv_of("Image,Url,Title", f"{pinimg(1)},https://www.pinterest.com/pin/12/,T")

        assert (item.ref, item.title, item.media[0].key) == ("pin:12", "T", SIG)

    def test_people_are_left_out_under_any_name(self) -> None:
        person = {"__typename": "User", "username": "bob", "fullName": "Bob Secret"}
        record = pin(12, nativeCreator=person, trackingParams="secret", extra={"who": person})

        item = read(json_file([record])).items[0]

        assert item.creator == "bob"
        assert b"ecret" not in item.raw


class TestRoundedIds:
    def test_the_address_of_a_pin_tells_what_its_id_was(self) -> None:
        items = csv_of(
            "id;title;seo_url",
            "275141858477470000;A;/pin/275141858477470835/",
            "275141858477470000;B;/pin/some-slug--275141858477470836/",
            "275141858477470000;C;https://de.pinterest.com/pin/275141858477470837/",
        )

        assert [item.ref[-3:] for item in items] == ["835", "836", "837"]

    def test_an_address_of_another_pin_tells_nothing(self) -> None:
        record = crawled_pin(1, link="https://www.pinterest.com/pin/999999999999999999/")
        del record["seo_url"]

        assert read(json_file([record])).items[0].ref == "pin:100000000000000001"

    def test_ids_that_all_end_with_zeros_are_refused_where_nothing_else_tells(self) -> None:
        lines = ["id,title,seo_url", *(f"27514185847{n}000,{n}," for n in (1201, 1202, 1203))]
        lines.append("275141858471204000,D,/pin/275141858471204000/")

        result = read(named("\n".join(lines).encode(), "x.csv"))

        assert [row.detail for row in result.rejections] == [ROUNDED] * 3
        assert [item.ref for item in result.items] == ["pin:275141858471204000"]

    def test_zeros_may_end_a_single_id(self) -> None:
        rows = [crawled_pin(1, id="275141858471201000"), crawled_pin(2)]
        for row in rows:
            del row["seo_url"]

        assert len(read(json_file(rows)).items) == 2
        assert len(read(json_file(rows[:1] * 3)).items) == 3

    @pytest.mark.parametrize(
        ("value", "ref"),
        [("275141858477470835.0", "pin:275141858477470835"), ("275141858477470848.0", "")],
    )
    def test_a_fraction_of_nothing_does_no_harm_unless_the_id_was_rounded(
        self, value: str, ref: str
    ) -> None:
        result = read(json_file([crawled_pin(id=value, seo_url=None), crawled_pin(2)]))

        assert [item.ref for item in result.items if item.title == "Pin 1"] == [ref] * bool(ref)
        assert [row.detail for row in result.rejections] == [ROUNDED] * (not ref)


class TestBoards:
    @pytest.mark.parametrize(
        "other",
        [
            {**BOARD, "pin_count": 3, "owner": {"username": "ann"}},
            {**BOARD, "privacy": "PUBLIC", "description": "x", "created_at": "2024-01-01"},
            {"id": "9", "username": "bob", "full_name": "Bob B", "follower_count": 4},
            {"id": "9", "__typename": "User", "username": "bob"},
        ],
    )
    def test_boards_and_people_between_pins_are_no_pins(self, other: dict[str, Any]) -> None:
        result = read(json_file([crawled_pin(1), other, crawled_pin(2)]))

        assert [item.title for item in result.items] == ["Pin 1", "Pin 2"]
        assert result.reasons == ["not_a_pin"]

    @pytest.mark.parametrize(
        "value",
        [
            [{**BOARD, "pins": [pin(1), pin(2)]}],
            [{**BOARD, "pin_count": 2, "pins": [pin(1), pin(2)]}, {"id": "6", "name": "Empty"}],
            {"user": "ann", "boards": [{**BOARD, "pins": [pin(1), pin(2)]}]},
            {**BOARD, "pins": [pin(1), pin(2)]},
            {**BOARD, "note": "x" * 2_000_000, "pins": [pin(1), pin(2)]},
        ],
        ids=["list", "counted", "wrapped", "single", "big"],
    )
    def test_pins_inside_a_board_are_on_it(self, value: object) -> None:
        items = read(json_file(value)).items

        assert [item.ref for item in items] == ["pin:1", "pin:2"]
        assert {board.key for item in items for board in item.boards} == {"board:5"}
        assert items[0].boards[0].url == "https://www.pinterest.com/ann/kitchen/"

    def test_a_loose_pin_beside_boards_stays_loose(self) -> None:
        bath = {"name": "Bath", "pins": [pin(2, board={"id": "7", "name": "Own"})]}

        items = read(json_file([{**BOARD, "pins": [pin(1)]}, bath, pin(3)])).items

        assert [[board.key for board in item.boards] for item in items] == [
            ["board:5"],
            ["board:7"],
            [],
        ]

    def test_pins_of_sections_are_on_the_board_and_in_the_section(self) -> None:
        board = {**BOARD, "pins": [pin(1)], "sections": [{"title": "Sinks", "pins": [pin(2)]}]}

        items = read(json_file([board])).items

        assert [(i.boards[0].key, i.boards[0].section) for i in items] == [
            ("board:5", ""),
            ("board:5", "Sinks"),
        ]

    def test_a_profile_with_pins_is_no_board(self) -> None:
        value = {"id": "1", "username": "ann", "name": "Ann", "pins": [pin(1)]}

        items = read(json_file([value])).items

        assert [(item.ref, item.boards) for item in items] == [("pin:1", ())]


class TestAddresses:
    @pytest.mark.parametrize("link", ["http://[::1", "https://[x]/a", "javascript:alert(1)"])
    def test_an_address_that_is_none_is_dropped(self, link: str) -> None:
        item = read(json_file([crawled_pin(link=link)])).items[0]

        assert item.link_url == ""
