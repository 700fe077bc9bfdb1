"""Databases that somebody made to harm: they cost no file, no time and no memory."""

import sqlite3
import struct
from pathlib import Path

import pytest

from connectors.items import Page
from connectors.readers import open_import
from tests.connectors.readers.builders import zip_file
from tests.connectors.readers.scraper_database import (
    PAGE_BYTES,
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
