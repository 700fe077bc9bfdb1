"""Pins as Pinterest's API writes them, of every kind, made from nothing but their ids."""

import hashlib
from typing import Any

HOST = "https://i.pinimg.com"
# By the last digit of a pin's id.
VIDEO, CAROUSEL, MIXED, VIDEOS, NO_MEDIA = 1, 2, 3, 4, 5


def signature(number: int) -> str:
    """Return the signature of a picture."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def address(number: int, size: str) -> str:
    """Return the address of a picture in one size."""
    name = signature(number)
    return f"{HOST}/{size}/{name[:2]}/{name[2:4]}/{name[4:6]}/{name}.jpg"


def images(number: int) -> dict[str, Any]:
    """Return a picture's sizes; there is no original, and ``600x`` is served as ``564x``."""
    sizes = {
        "150x150": (150, 150),
        "400x300": (400, 300),
        "564x": (402, 536),
        "1200x": (1200, 1600),
    }
    return {
        "600x" if size == "564x" else size: {
            "url": address(number, size),
            "width": width,
            "height": height,
        }
        for size, (width, height) in sizes.items()
    }


def media_of(pin_id: int) -> dict[str, Any] | None:
    """Return the media of a pin."""
    kind = pin_id % 10
    video = {
        "cover_image_url": f"{HOST}/videos/thumbnails/originals/a3/{signature(pin_id)}.0000000.jpg",
        "video_url": None,
        "duration": 14166.0,
        "width": 1080,
        "height": 1920,
    }
    item = {"item_type": "image", "title": "Slide", "description": None, "link": None}
    if kind == VIDEO:
        return {"media_type": "video", **video, "images": images(pin_id)}
    if kind == CAROUSEL:
        slides = [{**item, "images": images(pin_id * 10 + place)} for place in range(2)]
        return {"media_type": "multiple_images", "items": slides}
    if kind == MIXED:
        parts: list[dict[str, Any]] = [
            {**item, "images": images(pin_id)},
            {"item_type": "video", **video, "images": {}},
        ]
        parts[1]["cover_image_url"] = address(pin_id * 10, "originals")
        return {"media_type": "multiple_mixed", "items": parts}
    if kind == VIDEOS:
        return {"media_type": "multiple_videos", "items": [{"item_type": "video", **video}]}
    return None if kind == NO_MEDIA else {"media_type": "image", "images": images(pin_id)}


def pin_record(pin_id: int, board_id: str, section_id: str | None = None) -> dict[str, Any]:
    """Return a pin of a board."""
    kind = {VIDEO: "VIDEO", CAROUSEL: "CAROUSEL", MIXED: "IDEA", NO_MEDIA: None}
    return {
        "id": str(pin_id),
        "created_at": "2024-06-30T04:54:04",
        "board_id": board_id,
        "board_section_id": section_id,
        "board_owner": {"username": "exampleuser"},
        "creative_type": kind.get(pin_id % 10, "REGULAR"),
        "title": f"Pin {pin_id}",
        "description": None,
        "alt_text": None,
        "note": "",
        "link": "" if pin_id % 3 else f"https://www.example.org/{pin_id}",
        "dominant_color": "#F6F6F0",
        "is_owner": True,
        "is_standard": True,
        "is_removable": True,
        "has_been_promoted": False,
        "parent_pin_id": None,
        "pin_metrics": None,
        "product_tags": [],
        "media": media_of(pin_id),
    }
