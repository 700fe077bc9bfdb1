"""JSON that a program or a hand has broken costs what is broken, and nothing else."""

import json
import time

import pytest

from connectors.errors import CorruptFileError
from connectors.readers import open_import
from connectors.readers.batches import MAX_RECORD_BYTES
from tests.connectors.readers.builders import crawled_pin, named, read

ONE, TWO, THREE = (json.dumps(crawled_pin(number)).encode() for number in (1, 2, 3))
NUMBER = b"9" * (2 * MAX_RECORD_BYTES + 3_000_000)


class TestEndlessNumbers:
    def test_one_between_pins_is_one_refused_record(self) -> None:
        result = read(named(b"[%b,%b, %b]" % (ONE, NUMBER, TWO), "x.json"))

        assert [item.title for item in result.items] == ["Pin 1", "Pin 2"]
        assert [row.detail for row in result.rejections] == ["The record is bigger than 16 MB."]

    @pytest.mark.parametrize("form", [b'{"n":%b,"items":[%b]}', b'{"id": %b, "items":[%b]}'])
    def test_one_in_a_wrapper_is_passed_over(self, form: bytes) -> None:
        result = read(named(form % (NUMBER, ONE), "x.json"))

        assert [item.title for item in result.items] == ["Pin 1"]

    def test_one_at_the_end_of_a_cut_file_is_no_riddle(self) -> None:
        reader = open_import([named(b"[%b,%b" % (ONE, NUMBER), "x.json")])

        with pytest.raises(CorruptFileError, match="breaks off"):
            list(reader.pages())


class TestLostCommas:
    @pytest.mark.parametrize(
        "data",
        [
            b"[%b %b,%b]" % (ONE, TWO, THREE),
            b"[%b,\n%b\n%b]" % (ONE, TWO, THREE),
            b'{"pins":[%b%b,%b]}' % (ONE, TWO, THREE),
            b'{"a":1 "pins":[%b,%b,%b]}' % (ONE, TWO, THREE),
        ],
    )
    def test_one_between_objects_loses_nothing(self, data: bytes) -> None:
        result = read(named(data, "x.json"))

        assert [item.title for item in result.items] == ["Pin 1", "Pin 2", "Pin 3"]

    def test_many_pages_can_be_continued_behind_it(self) -> None:
        data = b"[%b %b,%b]" % (ONE, TWO, THREE)
        first = next(open_import([named(data, "x.json")]).pages(page_size=1))

        rest = read(named(data, "x.json"), cursor=first.cursor)

        assert [item.title for item in rest.items] == ["Pin 2", "Pin 3"]


class TestAbsurdDepth:
    @pytest.mark.parametrize("form", [b"[", b'{"a":'])
    def test_it_is_refused_without_a_search_for_its_end(self, form: bytes) -> None:
        data = form * (40_000_000 // len(form))
        started = time.process_time()

        with pytest.raises(CorruptFileError, match="nested more deeply"):
            open_import([named(data, "x.json")])

        assert time.process_time() - started < 20
