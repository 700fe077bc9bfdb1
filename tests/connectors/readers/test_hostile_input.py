"""Files that were made to keep a reader busy, or to bring it down.

Each is read in time that grows with its size, and what is nested absurdly deep costs its own
record at most.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.connectors.readers.builders import crawled_pin, meta_row, mojibake, named, read

# What is repeated behind a beginning that makes a reader take the file as its own.
META = b'<html><body><section class="_a6-g"><h2>Ann saved a reel.</h2></section>'
ACCOUNT = (
    b'<html><body><div id="contents"><h1 id=a>Pins</h1>'
    b'<a href="https://www.pinterest.com/pin/123456789/">x</a><br>Title: a,'
)
STATE = b'<html><title>Pinterest</title><script id="__PWS_INITIAL_PROPS__">{"a":1}</script>'
OPEN_MARKUP = [
    *(b"<!--", b"<!", b"<a", b"<a ", b"<a x='", b'<a x="', b"<a '<a \"", b"<", b"&", b"<script>"),
    *(b"<script ", b"</", b"'", b'"', b"<br>x", b"href=https://pinterest.com/pin/"),
]
REPEATED = {
    **{f"saves, {part!r}": (META, part, "saved.html") for part in OPEN_MARKUP},
    **{f"account, {part!r}": (ACCOUNT, part, "export.html") for part in OPEN_MARKUP},
    **{f"page, {part!r}": (STATE, part, "page.html") for part in OPEN_MARKUP},
    "one attribute": (META + b"<a ", b"x", "saved.html"),
    "an address": (ACCOUNT + b"<a href='https://", b"pinterest.", "export.html"),
    "a word in a line": (ACCOUNT + b"<br>Details: ", b"aaaaaaaaaaaaaaaaaaa", "export.html"),
    "objects": (b"", b'{"a":', "a.json"),
    "lists": (b"", b"[", "a.json"),
    "numbers in a list": (b"[[", b"1,", "a.json"),
    "quotes in JSON": (b'[{"id":"1","image":', b'\\"', "a.json"),
    "escapes in JSON": (b'[{"id":"1","image":x"', b'\\"', "a.json"),
    "open lines": (b"", b'{"id":"\n', "a.jsonl"),
    "open records": (b'[{"id":"123456789012","image":null}', b',{"id":"}', "a.json"),
    "open cells": (b"id,title,image/url\n", b'1234567890123,"a\n', "a.csv"),
    "quotes in CSV": (b"id,title,image/url\n", b'"', "a.csv"),
    "spaces in a title": (b'{"collections_v2":[{"timestamp":5,"title":":', b" ", "a.json"),
}
Reading: TypeAlias = Callable[..., None]
SIZE_BYTES = 256 * 1024
# Linear readers take a fraction of a second for this; quadratic ones take minutes.
CPU_LIMIT_S = 5
# Loads the readers once, and reads each file in a child of its own with a limit of its own.
PROGRAM = """
import io, json, os, resource, sys, traceback
from connectors.errors import FileRefusedError
from connectors.readers import open_import

def read(name, data, limit_s):
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    file = io.BytesIO(data)
    file.name = name
    try:
        for page in open_import([file]).pages():
            pass
    except FileRefusedError:
        pass

for line in iter(sys.stdin.buffer.readline, b""):
    name, size, limit_s = json.loads(line)
    data = sys.stdin.buffer.read(size)
    pid = os.fork()
    if pid == 0:
        try:
            read(name, data, limit_s)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    """What reads a file in a process of its own, which ends where it takes too long."""
    said = tmp_path_factory.mktemp("reading") / "stderr"
    with (
        said.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=Path(__file__).parents[3],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        to, answers = process.stdin, process.stdout

        def check(data: bytes, file_name: str, *, limit_s: int = CPU_LIMIT_S) -> None:
            to.write(json.dumps([file_name, len(data), limit_s]).encode() + b"\n" + data)
            to.flush()
            assert answers.readline() == b"0\n", said.read_text()[-500:]

        yield check
        to.close()


@pytest.mark.parametrize("name", REPEATED)
def test_nothing_left_open_keeps_a_reader_busy(reading: Reading, name: str) -> None:
    start, part, file_name = REPEATED[name]

    reading(start + part * (SIZE_BYTES // len(part)), file_name)


def test_a_reader_that_is_kept_busy_is_noticed(reading: Reading) -> None:
    """The control of what is above and below."""
    with pytest.raises(AssertionError):
        reading(b"[%b]" % b",".join([PIN] * 100_000), "a.json", limit_s=1)


def test_sentences_are_read_in_one_pass(reading: Reading) -> None:
    rows = ",".join(
        f'{{"timestamp":{n + 5},"title":"{"from " * 399}{":" * (n % 2)}{" " * 900}"}}'
        for n in range(400)
    )

    reading(f'{{"saves_v2":[{rows}]}}'.encode(), "your_saved_items.json")


DEPTHS = [40, 300, 600, 900, 1_010, 5_000]
PIN = json.dumps(crawled_pin(1)).encode()
ROW = json.dumps(meta_row("Ann saved a reel.")).encode()
GARBLED_ROW = mojibake(meta_row("Ann saved Møbler."))
POST = json.dumps({"post_url": "https://www.facebook.com/a/posts/1", "post_text": "a"}).encode()
PAGE = (
    b'<title>Pinterest</title><script id="__PWS_INITIAL_PROPS__" type="application/json">'
    b"%b</script>"
)
# A file, where %b stands for what is nested, and how many records it holds beside that.
RECORDS = {
    "a pin": (b"[%b,%%b]" % PIN, "a.json", 1),
    "a pin on a line": (b"%b\n%%b\n%b" % (PIN, PIN), "a.jsonl", 2),
    "a saved item": (b'{"saves_v2":[%b,%%b]}' % ROW, "your_saved_items.json", 1),
    "a post": (b"[%b,%%b]" % POST, "facebook_scrape_1.json", 1),
}
FIELDS = {
    "of a pin": (b'[%b,{"id":"1234567890","image":null,"board":%%b}]' % PIN, "a.json", 1),
    "of a pin on a line": (b'%b\n{"id":"1234567890","image":%%b}' % PIN, "a.jsonl", 1),
    "of a saved item": (
        b'{"saves_v2":[%b,{"timestamp":5,"attachments":%%b}]}' % ROW, "your_saved_items.json", 1,
    ),
    "of a garbled saved item": (
        b'{"saves_v2":[%b,{"timestamp":5,"title":%%b}]}' % GARBLED_ROW, "your_saved_items.json", 1,
    ),
    "of a form": (
        b'{"saves_v2":[%b,{"timestamp":5,"label_values":[{"dict":%%b}]}]}' % ROW,
        "your_saved_items.json", 1,
    ),
    "of a post": (b'[%b,{"post_text":"a","images":%%b}]' % POST, "facebook_scrape_1.json", 1),
}  # fmt: skip


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("around", [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
class TestNesting:
    @pytest.mark.parametrize("name", RECORDS)
    def test_a_record_that_lies_too_deep_is_one_record(
        self, name: str, around: tuple[bytes, bytes], depth: int
    ) -> None:
        file, file_name, other_count = RECORDS[name]
        data = file % _nested(b'{"id":"1234567890","image":null}', around, depth)

        for page_size in (1, 100):
            result = read(named(data, file_name), page_size=page_size)

            assert len(result.items) + len(result.rejections) == other_count + 1
            assert len(result.items) >= other_count

    @pytest.mark.parametrize("name", FIELDS)
    def test_a_field_that_is_nested_too_deeply_costs_its_record_at_most(
        self, name: str, around: tuple[bytes, bytes], depth: int
    ) -> None:
        file, file_name, other_count = FIELDS[name]
        result = read(named(file % _nested(b"1", around, depth), file_name))

        if depth < 100:
            assert (len(result.items), result.reasons) == (other_count + 1, [])
            return
        assert (len(result.items), result.reasons) == (other_count, ["record_invalid"])
        assert result.rejections[0].detail == "The record is nested too deeply."

    @pytest.mark.parametrize("name", ["of a garbled saved item", "of a post"])
    def test_a_resumed_import_passes_over_it(
        self, name: str, around: tuple[bytes, bytes], depth: int
    ) -> None:
        file, file_name, _ = FIELDS[name]
        data = file.replace(b"]", b",%b]" % (ROW if b"saves" in file else POST)) % _nested(
            b"1", around, depth
        )
        pages = read(named(data, file_name), page_size=1).pages

        for page in pages:
            rest = read(named(data, file_name), cursor=page.cursor, page_size=100)

            assert len(rest.items) == sum(
                len(each.items) for each in pages[pages.index(page) + 1 :]
            )

    def test_columns_and_cells_are_read_to_a_limit(
        self, around: tuple[bytes, bytes], depth: int
    ) -> None:
        cell = _nested(b"1", around, depth).replace(b'"', b'""')
        data = b'id,title,image/url,videos,%b\n1234567890,a,,"%b",x\n1234567891,b,,,x\n' % (
            b"/".join([b"0"] * depth),
            cell,
        )

        result = read(named(data, "a.csv"))

        assert len(result.items) + len(result.rejections) == 2
        assert result.items[-1].title == "b"


def _nested(value: bytes, around: tuple[bytes, bytes], depth: int) -> bytes:
    return around[0] * depth + value + around[1] * depth


@pytest.mark.parametrize("depth", [300, 900])
def test_a_field_that_is_nested_too_deeply_costs_one_pin_of_a_page(depth: int) -> None:
    odd = b'{"id":"1234567890","image":null,"a":%b}' % _nested(b"1", (b"[", b"]"), depth)
    beside = _nested(PIN, (b"[", b"]"), depth)

    result = read(named(PAGE % (b'{"pins":[%b,%b],"a":%b}' % (PIN, odd, beside)), "page.html"))

    assert (len(result.items), result.reasons) == (1, ["record_invalid"])


def test_pins_of_a_page_may_have_identifiers_of_any_kind() -> None:
    state = b'{"pins":[%b,{"id":["1"],"image":null}]}' % PIN

    result = read(named(PAGE % state, "page.html"))

    assert (len(result.items), result.reasons) == (1, ["no_id"])
