"""JSON as programs, editors and broken downloads leave it."""

import json
from typing import Any

import pytest

from connectors.errors import CorruptFileError
from connectors.items import Page
from connectors.readers import open_import
from tests.connectors.readers.builders import crawled_pin, named, read

PINS = [crawled_pin(number) for number in range(1, 4)]
REFS = [f"pin:{pin['id']}" for pin in PINS]


def dump(value: object, **options: Any) -> bytes:
    return json.dumps(value, **options).encode()


WHOLE = {
    "lines that end with a line feed": b"\n".join(map(dump, PINS)) + b"\n",
    "lines with blank ones and a mark": b"\xef\xbb\xbf\n\n" + b"\n\n".join(map(dump, PINS)),
    "lines of Windows": b"\r\n".join(map(dump, PINS)),
    "indented objects one behind the other": b"\n".join(dump(pin, indent=2) for pin in PINS),
    "objects with commas and no brackets": b",\n".join(map(dump, PINS)),
    "two lists one behind the other": dump(PINS[:1]) + b"\n" + dump(PINS[1:]),
    "a list of lists": dump([PINS[:2], PINS[2:]]),
    "a list with a last comma": dump(PINS)[:-1] + b" ,\n]",
    "a wrapped list with last commas": b'{"pins": ' + dump(PINS)[:-1] + b",],}",
    "a record with a last comma": b"[" + dump(PINS[0])[:-1] + b" , }," + dump(PINS[1:])[1:],
    "pins": dump({"pins": PINS}),
    "data": dump({"exported_at": "today", "data": PINS, "count": 3}),
    "data and results": dump({"data": {"results": PINS}, "bookmark": None}),
    "a map from id to pin": dump({"pins": {pin["id"]: pin for pin in PINS}}),
}


@pytest.mark.parametrize("name", WHOLE)
def test_all_records_are_found(name: str) -> None:
    result = read(named(WHOLE[name], "x"))

    assert [item.ref for item in result.items] == REFS
    assert result.rejections == []


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n \n"])
def test_a_single_object_is_an_import_however_its_file_ends(tail: bytes) -> None:
    form = {"timestamp": 1_561_141_389, "label_values": [{"label": "Name", "value": "Oak"}]}

    pin = read(named(dump(PINS[0]) + tail, "pin.json"))
    collection = read(named(dump(form) + tail, "collections.json"))

    assert [item.ref for item in pin.items] == REFS[:1]
    assert [board.name for board in collection.boards] == ["Oak"]


@pytest.mark.parametrize("word", [b"NaN", b"-Infinity", b"1e999"])
def test_what_stands_for_no_number_is_nothing(word: bytes) -> None:
    rows = [dump(pin).replace(b'"reaction_counts"', b'"price": %b, "x"' % word) for pin in PINS]

    for data in (b"[" + b",".join(rows) + b"]", b"\n".join(rows)):
        assert [item.ref for item in read(named(data, "x")).items] == REFS


def test_a_first_line_that_is_broken_costs_only_itself() -> None:
    data = dump(PINS[0])[:80] + b"\n" + b"\n".join(map(dump, PINS[1:]))

    result = read(named(data, "x.jsonl"))

    assert [item.ref for item in result.items] == REFS[1:]
    assert result.reasons == ["record_invalid"]


def test_of_a_wrapped_list_that_breaks_off_the_start_is_read() -> None:
    data = dump({"exported_at": "today", "pins": PINS})[:-200]
    pages: list[Page] = []

    reason = r"breaks off at byte [\d,]+\. Nothing behind that can be"
    with pytest.raises(CorruptFileError, match=reason):
        pages.extend(open_import([named(data, "x.json")]).pages())

    assert [item.ref for page in pages for item in page.items] == REFS[:2]


def test_the_last_of_doubled_keys_counts() -> None:
    data = b'[{"id": "1", "id": "2", "image": null, "title": "a", "title": "b"}]'

    item = read(named(data, "x")).items[0]

    assert (item.ref, item.title) == ("pin:2", "b")


def test_one_line_of_many_megabytes_is_read() -> None:
    rows = [crawled_pin(number, description="x" * 4_000) for number in range(1_500)]

    for value in (rows, {"data": rows}):
        result = read(named(dump(value), "x"))

        assert len(result.items) == 1_500
