"""The rows of the sample Pinterest export, in the shape of the crawler that people use."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from ingestion.demo.catalogue import PICTURE_HOST, Picture, Pin, boards, pins

PROFILE = "magpiedemo"
STEM = "dataset_pinterest-crawler_2026-01-30_02-07-52-338"
LAST_SAVE = datetime(2026, 1, 28, 20, 14, 9, tzinfo=UTC)
FIRST_SAVE = datetime(2023, 2, 11, 9, 30, 0, tzinfo=UTC)
SECOND_BOARD = "clay"
SAVED_TWICE = "The reading corner we keep talking about"

Row = dict[str, Any]


def rows() -> list[Row | str]:
    """The records of the export: the pins, one in a second board too, and two that are none."""
    count = len(pins())
    step = (LAST_SAVE - FIRST_SAVE) / (count - 1)
    saved = [
        _row(pin, board=pin.board, saved_at=_saved_at(number, count, step))
        for number, pin in enumerate(pins())
    ]
    twice = next(pin for pin in pins() if pin.title == SAVED_TWICE)
    original = saved[pins().index(twice)]
    again = {**original, "board": _board(SECOND_BOARD), "sourceUrl": _board_url(SECOND_BOARD)}
    gone = {
        "error": "#profile_not_found",
        "profile": "gone",
        "sourceUrl": "https://www.pinterest.com/gone/",
    }
    return [*saved, again, gone, "https://www.pinterest.com/magpiedemo/"]


def as_json(records: list[Row | str]) -> bytes:
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def as_csv(records: list[Row | str]) -> bytes:
    """The same records as a table: nested keys joined by a slash, bare strings left out."""
    flat = [_flattened(record) for record in records if isinstance(record, dict)]
    columns = sorted({column for record in flat for column in record})
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue().encode("utf-8-sig")


def _row(pin: Pin, *, board: str, saved_at: datetime) -> Row:
    pin_id = _number(f"pin/{pin.title}/{pin.text}", digits=18)
    text = pin.text if pin.title else " "
    chance = np.random.default_rng(int(pin_id))
    saves = int(chance.integers(3, 4200))
    return {
        "sourceUrl": _board_url(board),
        "profile": PROFILE,
        "id": pin_id,
        "seo_url": f"/pin/{pin_id}/",
        "image": _image(pin.picture),
        "dominant_color": _mean_colour(pin.picture),
        "title": pin.title,
        "grid_title": pin.title or pin.text,
        "seo_title": pin.title or pin.text,
        "description": text or " ",
        "description_html": escape(text or " "),
        "grid_description": text or " ",
        "alt_text": None,
        "auto_alt_text": pin.alt or None,
        "link": pin.link or None,
        "domain": urlsplit(pin.link).hostname or "Uploaded by user",
        "created_at": format_datetime(saved_at),
        "board": _board(board),
        "is_repin": bool(pin.link),
        "is_native": not pin.link,
        "is_video": False,
        "is_playable": False,
        "is_promoted": False,
        "videos": None,
        "embed": None,
        "carousel_data": _carousel(pin, pin_id),
        "story_pin_data": None,
        "product_pin_data": None,
        "price_value": 0,
        "price_currency": "USD",
        "repin_count": saves // 9,
        "reaction_counts": {"1": saves // 4} if saves % 3 else {},
        "aggregated_pin_data": {"saves": saves, "done": 0},
        "shopping_flags": [],
        "view_tags": [],
    }


def _saved_at(number: int, count: int, step: timedelta) -> datetime:
    """A time of its own for each pin; neighbours in the file lie far apart, as on mixed boards."""
    place = number * 23 % count
    within_a_day = timedelta(minutes=number * 37 % 1320)
    return min(FIRST_SAVE + step * place + within_a_day, LAST_SAVE).replace(microsecond=0)


def _image(picture: Picture | None) -> Row | None:
    if picture is None:
        return None
    width, height = picture.size_px
    return {"width": width, "height": height, "url": f"https://{PICTURE_HOST}/{picture.path}"}


def _carousel(pin: Pin, pin_id: str) -> Row | None:
    """The slides of a pin of several pictures, the one that stands for it first."""
    if not pin.further:
        return None
    slides = [
        {"id": f"{pin_id}:{place}", "title": "", "images": {"orig": _image(picture)}}
        for place, picture in enumerate(pin.pictures)
    ]
    return {"id": pin_id, "carousel_slots": slides}


def _mean_colour(picture: Picture | None) -> str | None:
    if picture is None:
        return None
    with Image.open(picture.file) as image:
        pixels = np.asarray(image.convert("RGB"), dtype=np.float64)
    red, green, blue = (round(float(value)) for value in pixels.mean(axis=(0, 1)))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _board(key: str) -> Row:
    return {
        "id": _number(f"board/{key}", digits=18),
        "name": boards()[key],
        "url": f"/{PROFILE}/{key}/",
        "is_collaborative": False,
        "image_thumbnail_url": None,
    }


def _board_url(key: str) -> str:
    return f"https://www.pinterest.com/{PROFILE}/{key}/"


def _number(name: str, *, digits: int) -> str:
    """A number that a name always gets, without a leading zero."""
    lowest = 10 ** (digits - 1)
    return str(lowest + int(sha256(name.encode()).hexdigest(), 16) % (9 * lowest))


def _flattened(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        pairs = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [(str(place), item) for place, item in enumerate(value)]
    else:
        return {path: _cell(value)}
    flat: dict[str, str] = {}
    for key, item in pairs:
        flat |= _flattened(item, f"{path}/{key}" if path else key)
    return flat


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
