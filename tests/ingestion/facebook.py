"""A Facebook download: many sentences, few addresses."""

import io
import json
import zipfile
from typing import Any

SAVES = 915
WITH_ADDRESS = 75
COLLECTIONS = 93
FOLDER = "your_facebook_activity/saved_items_and_collections"
FIRST_SECOND = 1_500_000_000


def saves() -> list[dict[str, Any]]:
    """Return 915 rows: 75 with an address, of which one comes twice."""
    spread = SAVES // WITH_ADDRESS
    return [
        _with_address(number // spread)
        if number % spread == 0 and number // spread < WITH_ADDRESS
        else _sentence(number)
        for number in range(SAVES)
    ]


def as_zip(rows: list[dict[str, Any]]) -> bytes:
    """Return the archive, its text garbled as Meta does."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{FOLDER}/your_saved_items.json", _garbled({"saves_v2": rows}))
        archive.writestr(
            f"{FOLDER}/collections.json", _garbled({"collections_v2": list(_collections())})
        )
        archive.writestr("your_facebook_activity/events/no-data.txt", b"")
    return packed.getvalue()


def _with_address(number: int) -> dict[str, Any]:
    # The last address is that of the first row again: 74 distinct ones.
    place = number % (WITH_ADDRESS - 1)
    address = f"https://www.example.com/article/{place}"
    context = {"name": f"Küche \u2013 {place}", "source": address, "url": "www.example.com"}
    return {
        "timestamp": FIRST_SECOND + number,
        "attachments": [{"data": [{"external_context": context}]}],
        "title": "Jördis saved a link from Example Home's post.",
    }


def _sentence(number: int) -> dict[str, Any]:
    # Two rows of the same second and the same words are two saves.
    kind = ("reel", "video", "photo", "post")[number // 2 % 4]
    return {"timestamp": FIRST_SECOND + number // 2 * 60, "title": f"Jördis saved a {kind}."}


def _collections() -> list[dict[str, Any]]:
    return [
        {
            "timestamp": FIRST_SECOND + number,
            "attachments": [{"data": [{"name": f"Möbel {number}"}]}],
            "title": f"Jördis created a new collection: Möbel {number}.",
        }
        for number in range(COLLECTIONS)
    ]


def _garbled(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(json.loads(text.encode().decode("latin-1")), ensure_ascii=True).encode()
