"""Pins as Pinterest's web endpoint describes them in detail, made from nothing but their ids."""

import hashlib
from typing import Any

HOST = "https://i.pinimg.com"
WORDS = (
    *("kitchen", "oak", "brass", "linen", "terracotta", "garden", "ceramic", "walnut", "marble"),
    *("olive", "light", "window", "tile", "woven", "rattan", "lamp", "poster", "quilt", "lemon"),
)


def signature(pin_id: str) -> str:
    """Return the signature of the picture of a pin."""
    return hashlib.md5(pin_id.encode(), usedforsecurity=False).hexdigest()


def address(pin_id: str, size: str) -> str:
    """Return the address of a pin's picture in one size."""
    name = signature(pin_id)
    return f"{HOST}/{size}/{name[:2]}/{name[2:4]}/{name[4:6]}/{name}.jpg"


def title_of(pin_id: str) -> str:
    """Return the title that the pin has at the source; no other pin has it."""
    number = int(pin_id)
    return f"{WORDS[number % len(WORDS)].title()} {WORDS[number // 7 % len(WORDS)]} {pin_id}"


def user(name: str) -> dict[str, Any]:
    """Return a person as the site describes one."""
    return {
        "node_id": "VXNlcjox",
        "id": str(5_000 + len(name)),
        "username": name,
        "full_name": name.title(),
        "follower_count": 812,
        "image_small_url": f"{HOST}/30x30_RS/aa/bb/cc/{signature('1')}.jpg",
        "type": "user",
    }


def detailed(pin_id: str) -> dict[str, Any]:
    """Return the record of a pin, of some 3 kB."""
    number = int(pin_id)
    about = " ".join(WORDS[(number + step * 5) % len(WORDS)] for step in range(24))
    images = {
        size: {"width": width, "height": width * 4 // 3, "url": address(pin_id, folder)}
        for size, folder, width in (
            ("170x", "236x", 236),
            ("236x", "236x", 236),
            ("474x", "474x", 474),
            ("736x", "736x", 736),
            ("orig", "originals", 1200),
        )
    }
    return {
        "id": pin_id,
        "type": "pin",
        "title": title_of(pin_id),
        "grid_title": title_of(pin_id),
        "seo_title": f"{title_of(pin_id)} | Ideas",
        "description": f"All about {about}.",
        "closeup_unified_description": f"All about {about}.",
        "auto_alt_text": f"a {about[:60]}",
        "seo_alt_text": f"This contains: {about[:60]}",
        "created_at": f"Wed, {number % 28 + 1:02d} Feb {2015 + number % 9} 06:09:17 +0000",
        "link": f"https://www.example.com/ideas/{number % 9_999}/",
        "domain": "example.com",
        "link_domain": {"id": "9", "official_user": None},
        "images": images,
        "image_signature": signature(pin_id),
        "dominant_color": f"#{signature(pin_id)[:6]}",
        "board": {
            "id": str(21_181_129_436_430_000 + number % 60),
            "node_id": "Qm9hcmQ6MQ==",
            "name": f"Board {number % 60}",
            "url": f"/someone/board-{number % 60}/",
            "privacy": "public",
            "type": "board",
            "owner": user("someone"),
            "image_thumbnail_url": f"{HOST}/upload/1_board_thumbnail_60.jpg",
        },
        "pinner": user("someone"),
        "native_creator": user("maker"),
        "origin_pinner": None,
        "closeup_attribution": user("maker"),
        "rich_summary": {
            "display_name": f"Ideas of {WORDS[number % len(WORDS)]}",
            "display_description": f"More about {about}.",
            "site_name": "Example",
            "type_name": "article",
            "url": "https://www.example.com/",
            "products": [],
        },
        "hashtags": [f"#{WORDS[number % len(WORDS)]}"],
        "reaction_counts": {"1": number % 200},
        "aggregated_pin_data": {"aggregated_stats": {"saves": number % 9_000, "done": 0}},
        "repin_count": number % 900,
        "comment_count": 0,
        "videos": None,
        "embed": None,
        "story_pin_data": None,
        "carousel_data": None,
        "is_promoted": False,
        "promoter": None,
    }
