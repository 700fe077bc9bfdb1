"""Files that were made to keep a reader busy: each is read in time that grows with its size."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

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
SIZE_BYTES = 256 * 1024
# Linear readers take a fraction of a second for this; quadratic ones take minutes.
CPU_LIMIT_S = 5
PROGRAM = """
import io, sys
from connectors.errors import FileRefusedError
from connectors.readers import open_import
file = io.BytesIO(sys.stdin.buffer.read())
file.name = sys.argv[1]
try:
    for page in open_import([file]).pages():
        pass
except FileRefusedError:
    pass
"""


def _limit_time() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))


def _check_time(data: bytes, file_name: str) -> None:
    """Read a file in a process of its own, which ends where it takes too long."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, file_name],
        input=data,
        cwd=Path(__file__).parents[3],
        preexec_fn=_limit_time,  # the test starts no threads
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]


@pytest.mark.parametrize("name", REPEATED)
def test_nothing_left_open_keeps_a_reader_busy(name: str) -> None:
    start, part, file_name = REPEATED[name]

    _check_time(start + part * (SIZE_BYTES // len(part)), file_name)


def test_sentences_are_read_in_one_pass() -> None:
    rows = ",".join(
        f'{{"timestamp":{n + 5},"title":"{"from " * 399}{":" * (n % 2)}{" " * 900}"}}'
        for n in range(400)
    )

    _check_time(f'{{"saves_v2":[{rows}]}}'.encode(), "your_saved_items.json")
