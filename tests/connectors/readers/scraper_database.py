"""Makes databases as an older scraper of Pinterest left them, sound ones and damaged ones."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.connectors.readers.builders import pinimg

PAGE_BYTES = 4096
_LEAF, _INNER = 0x0D, 0x05

SCHEMA = """
CREATE TABLE pins (
  id VARCHAR(50) NOT NULL, pin_hash VARCHAR(32) NOT NULL, query VARCHAR(200) NOT NULL, title TEXT,
  description TEXT, creator_name VARCHAR(200), creator_id VARCHAR(50), board_name VARCHAR(200),
  board_id VARCHAR(50), image_urls TEXT, largest_image_url TEXT, stats TEXT, raw_data TEXT,
  created_at DATETIME, updated_at DATETIME, PRIMARY KEY (id), UNIQUE (pin_hash));
CREATE TABLE download_tasks (id INTEGER PRIMARY KEY, pin_id VARCHAR(50) UNIQUE, status VARCHAR(20));
"""


def scraped(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row of the table of pins."""
    return {
        "id": str(100_000_000_000_000_000 + number),
        "pin_hash": f"{number:032x}",
        "query": "sofa",
        "title": f"Sofa {number}",
        "description": "Green. " * 20,
        "creator_name": "ann",
        "creator_id": "7",
        "board_name": "Sofas",
        "board_id": "500",
        "image_urls": json.dumps({"originals": pinimg(number), "236x": pinimg(number)}),
        "largest_image_url": pinimg(number),
        "stats": "{}",
        "raw_data": None,
        "created_at": "2025-06-01 10:00:00",
        "updated_at": "2025-06-01 10:00:00",
        **changes,
    }


def write_database(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write a database of ``rows``, and close it."""
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    database.executescript(SCHEMA)
    add_rows(database, rows)
    database.close()
    return path


def add_rows(database: sqlite3.Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Insert ``rows`` and commit."""
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        database.execute(f"INSERT INTO pins ({names}) VALUES ({marks})", list(row.values()))
    database.commit()


def leaves_of_pins(path: Path) -> list[int]:
    """Return the numbers of the pages that hold pins, in the order of the file."""
    content = path.read_bytes()
    return [
        at // PAGE_BYTES
        for at in range(PAGE_BYTES, len(content), PAGE_BYTES)
        if content[at] == _LEAF and b"Green. " in content[at : at + PAGE_BYTES]
    ]


def inner_pages(path: Path) -> list[int]:
    """Return the numbers of the pages that lead to the leaves of tables."""
    content = path.read_bytes()
    pages = range(0, len(content), PAGE_BYTES)
    return [at // PAGE_BYTES for at in pages if at and content[at] == _INNER]


def overwrite(path: Path, page: int, data: bytes, *, at: int = 0) -> None:
    """Write ``data`` over a part of a page."""
    content = bytearray(path.read_bytes())
    begin = page * PAGE_BYTES + at
    content[begin : begin + len(data)] = data
    path.write_bytes(content)
