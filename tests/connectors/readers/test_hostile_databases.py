"""Databases that somebody made to harm: they cost no file, no time and no memory."""

import io
import sqlite3
import struct
import time
import tracemalloc
from pathlib import Path

import pytest

from connectors.items import Page
from connectors.readers import open_import
from tests.connectors.readers.builders import zip_file
from tests.connectors.readers.scraper_database import (
    PAGE_BYTES,
    leaves_of_pins,
    overwrite,
    scraped,
    write_database,
)

JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
SECTOR_BYTES = 512


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_database(tmp_path / "pinterest.db", map(scraped, range(60)))


def pages_of(members: dict[str, bytes]) -> list[Page]:
    return list(open_import([zip_file(members)]).pages())


class TestJournals:
    def test_one_that_names_another_file_costs_that_file_nothing(
        self, tmp_path: Path, path: Path
    ) -> None:
        # Of the operator, who never heard of this import.
        bystander = tmp_path / "settings.env"
        bystander.write_bytes(b"hush-secret\n")
        name = str(bystander).encode()
        start = struct.pack(">IIIII", 0, 1, 1, SECTOR_BYTES, PAGE_BYTES)
        journal = (JOURNAL_MAGIC + start).ljust(SECTOR_BYTES, b"\0")
        journal += struct.pack(">I", 2**30 // PAGE_BYTES + 1) + name
        journal += struct.pack(">II", len(name), sum(name)) + JOURNAL_MAGIC

        pages = pages_of(
            {"out/pinterest.db": path.read_bytes(), "out/pinterest.db-journal": journal}
        )

        assert bystander.read_bytes() == b"hush-secret\n"
        assert sum(len(page.items) for page in pages) == 60

    def test_what_was_not_committed_is_taken_back(self, tmp_path: Path, path: Path) -> None:
        writer = sqlite3.connect(path)
        # A cache so small that pages reach the file before the end.
        writer.execute("PRAGMA cache_size = 2")
        writer.execute("BEGIN")
        rows = [scraped(number) for number in range(60, 160)]
        names, marks = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
        for row in rows:
            writer.execute(f"INSERT INTO pins ({names}) VALUES ({marks})", list(row.values()))
        members = {f"out/{each.name}": each.read_bytes() for each in tmp_path.iterdir()}
        writer.close()
        assert set(members) == {"out/pinterest.db", "out/pinterest.db-journal"}

        pages = pages_of(members)

        assert sum(page.raw_count for page in pages) == 60


class TestPages:
    def test_pages_that_took_each_others_places_are_read_once(self, tmp_path: Path) -> None:
        path = write_database(tmp_path / "pinterest.db", map(scraped, range(400)))
        first, *_, last = leaves_of_pins(path)
        content = path.read_bytes()
        overwrite(path, first, content[last * PAGE_BYTES : (last + 1) * PAGE_BYTES])
        overwrite(path, last, content[first * PAGE_BYTES : (first + 1) * PAGE_BYTES])

        refs = refs_of(path)

        assert refs == [f"pin:{100_000_000_000_000_000 + number}" for number in range(400)]

    def test_a_page_that_leads_to_itself_under_many_numbers_ends(self, path: Path) -> None:
        first, *others = leaves_of_pins(path)
        content = path.read_bytes()
        for page in others:
            overwrite(path, page, content[first * PAGE_BYTES : (first + 1) * PAGE_BYTES])

        refs = refs_of(path)

        assert len(refs) == len(set(refs)) == 60

    def test_a_page_of_rows_that_lie_upon_each_other_costs_no_time(self, path: Path) -> None:
        types = 3_000
        cell = bytes([100, 1, 0x80 | types >> 7, types & 0x7F]) + b"\x01" * (types - 2)
        count = (PAGE_BYTES - 8 - len(cell)) // 2
        begin = 8 + 2 * count
        page = struct.pack(">BHHHB", 0x0D, 0, count, begin, 0) + struct.pack(">H", begin) * count
        overwrite(path, 0, b"\xff" * 200, at=100)
        content = path.read_bytes() + (page + cell).ljust(PAGE_BYTES, b"\0") * 200

        began = time.monotonic()
        found = list(open_import([io.BytesIO(content)]).pages())

        assert sum(len(each.items) for each in found) == 60
        # As many seconds as it has pages, were each of those rows looked at.
        assert time.monotonic() - began < 10


def test_long_rows_are_held_a_few_at_a_time(tmp_path: Path) -> None:
    rows = [scraped(number, title="x" * 4 * 1024**2) for number in range(80)]
    path = write_database(tmp_path / "pinterest.db", rows)
    tracemalloc.start()
    try:
        assert len(refs_of(path)) == 80
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 160 * 1024**2


def refs_of(path: Path) -> list[str]:
    """Return what each record is about, none of them made up."""
    refs: list[str] = []
    with path.open("rb") as file:
        for page in open_import([file]).pages(page_size=20):
            refs += [item.ref for item in page.items]
            refs += [rejection.ref for rejection in page.rejections]
            assert len(refs) < 1_000
    return sorted(refs)
