"""A crawler export in the shape of the real one, with each of its quirks."""

import csv
import io
import json
import zipfile
from typing import Any

Row = dict[str, Any]

STEM = "dataset_pinterest-crawler_2026-01-30_02-07-52-338"
FIRST_ID = 275_141_858_477_470_800
BOARD_COUNT = 4
# Places of records with a quirk, as in the export that the format was learnt from.
WITHOUT_PICTURE = (9, 13)


def pin(number: int, **changes: Any) -> Row:
    """Return the record of pin ``number``; the same number gives the same record."""
    board = number % BOARD_COUNT
    signature = f"{number:032x}"
    row: Row = {
        "sourceUrl": "https://www.pinterest.com/exampleuser/",
        "profile": "exampleuser",
        "id": str(FIRST_ID + number),
        "seo_url": f"/pin/{FIRST_ID + number}/",
        "image": {
            "width": 750,
            "height": 1061,
            "url": "https://i.pinimg.com/originals/"
            f"{signature[:2]}/{signature[2:4]}/{signature[4:6]}/{signature}.jpg",
        },
        "title": f"Pin number {number}",
        "grid_title": f"Pin number {number}",
        "description": " ",
        "alt_text": None,
        "auto_alt_text": f"a kitchen with {number} chairs",
        "link": f"https://www.example.com/article/{number}",
        "domain": "example.com",
        "created_at": f"Wed, 09 Feb 2022 06:{number // 60 % 60:02}:{number % 60:02} +0000",
        "board": board_of(board),
        "is_repin": True,
        "is_promoted": False,
        "is_video": False,
        "videos": None,
        "reaction_counts": {},
        "dominant_color": "#8a7f72",
    }
    return row | changes


def board_of(number: int) -> Row:
    """Return the board object of board ``number``."""
    return {
        "id": str(21_181_129_436_430_000 + number),
        "name": f"Board {number}",
        "is_collaborative": False,
        "url": f"/exampleuser/board-{number}/",
    }


def quirky_rows() -> list[Row | str]:
    """Return 54 records: 50 pins (2 without picture), 2 doubles, an error, and a bare string."""
    rows: list[Row | str] = [pin(number) for number in range(50)]
    changes: dict[int, Row] = {
        3: {"board": "Kitchen"},
        4: {"id": FIRST_ID + 4},
        5: {"image": {"width": 9, "height": 9, "url": _address(5, "bmp")}},
        6: {"image": {"width": 9, "height": 9, "url": _address(6, "webp")}},
        7: {"seo_url": f"/pin/a-slug--{FIRST_ID + 7}/"},
        8: {"created_at": None},
        9: {"image": None},
        11: {"title": {"format": "An object", "text": "An object as title", "args": []}},
        13: {"image": None},
    }
    for place, change in changes.items():
        rows[place] = pin(place, **change)
    bare = pin(10)
    del bare["seo_url"], bare["board"]
    rows[10] = bare
    return [
        *rows,
        pin(0),
        pin(1, board=board_of(3)),
        {"error": "#profile_not_found", "profile": "gone"},
        "https://www.pinterest.com/exampleuser/",
    ]


def as_json(rows: list[Row | str]) -> bytes:
    """Return the records as the crawler writes them."""
    return json.dumps(rows, ensure_ascii=False).encode()


def as_zip(rows: list[Row | str]) -> bytes:
    """Return the archive that people download: the same records as JSON, CSV and HTML."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{STEM}.json", as_json(rows))
        archive.writestr(f"{STEM}.csv", _as_csv(rows))
        archive.writestr(f"{STEM}.html", "<table><tr><td>the same again</td></tr></table>")
    return packed.getvalue()


def _address(number: int, extension: str) -> str:
    signature = f"{number:032x}"
    return f"https://i.pinimg.com/originals/00/00/00/{signature}.{extension}"


def _as_csv(rows: list[Row | str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["id", "title", "image/url", "board/name"])
    for row in rows:
        if isinstance(row, dict) and "id" in row:
            writer.writerow([row["id"], row["title"], "", ""])
    return "\ufeff" + text.getvalue()
