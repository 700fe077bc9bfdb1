"""Crawler records of realistic size and variety, the same for the same seed."""

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

# fmt: off
WORDS = [
    "kitchen", "oak", "brass", "shaker", "cabinet", "linen", "terracotta", "studio", "garden",
    "ceramic", "vase", "walnut", "island", "marble", "sage", "olive", "light", "window",
    "bathroom", "tile", "bedroom", "woven", "rattan", "lamp", "poster", "print", "quilt",
    "sourdough", "recipe", "lemon", "autumn", "knit", "wool", "pattern", "sketch", "travel",
    "lisbon", "azulejo", "attic", "stairs",
]
# fmt: on
MEMBER = "dataset_pinterest-crawler.json"


def records(count: int, *, seed: int = 7, shuffle_keys: bool = False) -> Iterator[dict[str, Any]]:
    """Yield ``count`` records of some 1.8 kB, over 60 boards, without doubles."""
    rng = random.Random(seed)
    shuffler = random.Random(seed + 1)
    for number in range(count):
        record = _record(rng, number)
        if shuffle_keys:
            keys = list(record)
            shuffler.shuffle(keys)
            record = {key: record[key] for key in keys}
        yield record


def write_zip(path: Path, count: int, *, shuffle_keys: bool = False) -> None:
    """Write an export of ``count`` records as the crawler does: one JSON array in a ZIP."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        archive.open(MEMBER, "w", force_zip64=True) as member,
    ):
        member.write(b"[")
        for number, record in enumerate(records(count, shuffle_keys=shuffle_keys)):
            member.write((b",\n" if number else b"\n") + orjson.dumps(record))
        member.write(b"\n]")


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize()


def _record(rng: random.Random, number: int) -> dict[str, Any]:
    pin_id = str(275_141_858_470_000_000 + number * 7919)
    board = rng.randrange(60)
    signature = f"{rng.getrandbits(128):032x}"
    a, b, c = signature[:2], signature[2:4], signature[4:6]
    url = f"https://i.pinimg.com/originals/{a}/{b}/{c}/{signature}.jpg"
    return {
        "id": pin_id,
        "seo_url": f"/pin/{pin_id}/",
        "sourceUrl": f"https://www.pinterest.com/someone/board-{board}/",
        "profile": "someone",
        "image": {"width": 736, "height": rng.randrange(500, 1500), "url": url},
        "title": _text(rng, 5) if rng.random() < 0.6 else "",
        "grid_title": _text(rng, 6),
        "seo_title": _text(rng, 8),
        "description": _text(rng, 30) if rng.random() < 0.7 else " ",
        "grid_description": " ",
        "description_html": _text(rng, 30),
        "alt_text": None,
        "auto_alt_text": f"a {_text(rng, 9).lower()}",
        "link": f"https://www.example.com/{rng.randrange(9_999)}/{_text(rng, 3).replace(' ', '-')}",
        "domain": "example.com",
        "created_at": f"{('Mon', 'Tue', 'Wed')[number % 3]}, {number % 28 + 1:02d} Feb "
        f"{2018 + number % 8} {number % 24:02d}:09:17 +0000",
        "board": {
            "id": str(21_181_129_436_430_000 + board),
            "name": f"{WORDS[board % len(WORDS)].title()} {board}",
            "is_collaborative": False,
            "url": f"/someone/board-{board}/",
            "image_thumbnail_url": f"https://i.pinimg.com/upload/{board}_board_thumbnail_60.jpg",
        },
        "is_repin": True,
        "is_native": False,
        "is_video": False,
        "is_playable": False,
        "is_promoted": False,
        "is_stale_product": False,
        "is_oos_product": False,
        "is_eligible_for_pdp": False,
        "is_whitelisted_for_tried_it": True,
        "videos": None,
        "embed": None,
        "promoter": None,
        "product_pin_data": None,
        "story_pin_data": None,
        "story_pin_data_id": None,
        "carousel_data": None,
        "video_status": None,
        "video_status_message": None,
        "price_value": 0,
        "price_currency": "USD",
        "repin_count": rng.randrange(9_000),
        "reaction_counts": {"1": rng.randrange(200)},
        "aggregated_pin_data": {"saves": rng.randrange(90_000), "done": 0},
        "shopping_flags": [],
        "view_tags": [],
        "dominant_color": f"#{rng.getrandbits(24):06x}",
    }
