"""Tell by its keys what a JSON object is: a pin, a saved item of Meta, a wrapper, or neither."""

import enum
from collections.abc import Iterable, Iterator, Mapping

from connectors.readers.pinterest.names import renames_of, with_known_names

# Levels of wrappers around a record. What lies deeper is no record of its own, however deep.
MAX_DEPTH = 32
# Lists of stubs, people and settings beside the pins of a page's state.
IGNORED_KEYS = frozenset(
    {"feeds", "users", "session", "client_context", "otaData", "resource", "options", "metadata"}
)

_NOT_PIN_TYPES = frozenset({"board", "user", "story", "module", "interest", "board_section"})
# What only a pin has, and what tells boards and people where nothing says what they are.
_ONLY_PIN_KEYS = frozenset(
    {
        *("title", "grid_title", "link", "image", "image_url", "image_urls", "image_signature"),
        *("seo_url", "pin_url", "pin_id", "board", "board_id", "board_name", "pinner"),
        *("sourceUrl", "gridTitle", "imageUrl", "pinUrl", "carousel_data", "story_pin_data"),
    }
)
_BOARD_KEYS = frozenset(
    {
        *("pin_count", "follower_count", "section_count", "collaborator_count", "owner", "pins"),
        *("is_collaborative", "privacy", "board_pins_modified_at", "image_cover_url", "pinCount"),
        *("board_order_modified_at", "sections", "is_ads_only", "pin_thumbnail_urls"),
    }
)
_PERSON_KEYS = frozenset(
    {
        *("full_name", "first_name", "follower_count", "following_count", "board_count", "about"),
        *("is_verified_merchant", "fullName", "followerCount", "profile_image", "account_type"),
        *("image_small_url", "image_xlarge_url", "profile_url", "business_name"),
    }
)
# A record that has no other keys is the mention of a board.
_STUB_KEYS = frozenset({"id", "node_id", "entityId", "name", "url", "privacy", "description"})
# What makes a pin of an address or an id, which a page's state also holds by themselves.
_TELLING_KEYS = frozenset(
    {"title", "description", "image", "images", "image_url", "image_urls", "board", "board_name"}
)
BOARD_FIELDS = ("id", "name", "url", "privacy", "section")
_PIN_KEYS = frozenset(
    {
        "aggregated_pin_data",
        "board",
        "board_id",
        "board_name",
        "carousel_data",
        "creative_type",
        "grid_title",
        "image",
        "imageSpec_orig",
        "imageSpec_236x",
        "imageSpec_474x",
        "imageSpec_736x",
        "image_signature",
        "image_url",
        "image_urls",
        "images",
        "largest_image_url",
        "pin_url",
        "pinner",
        "repin_count",
        "seo_url",
        "sourceUrl",
        "story_pin_data",
        "videos",
    }
)
_PIN_ID_KEYS = ("id", "node_id", "entityId", "seo_url", "pin_url", "pin_id", "pinId")
_LIST_OWNER_KEYS = ("pin_count", "follower_count", "section_count")
_META_KEYS = ("label_values", "string_map_data", "string_list_data")
_SCRAPED_POST_KEYS = ("post_url", "post_text")


class Shape(enum.StrEnum):
    """What an object is; the values are parts of the kinds that readers tell."""

    CRAWLED_PIN = "pinterest_crawler"
    SCRAPED_PIN = "pinterest_scrape"
    WEB_PIN = "pinterest_web"
    META_ROW = "meta"
    SCRAPED_POST = "facebook_scrape"


def shape_of(value: Mapping[str, object]) -> Shape | None:
    """Return what ``value`` is; None for a wrapper or something that no reader knows."""
    for key in _META_KEYS:
        if key in value:
            return Shape.META_ROW
    if "timestamp" in value and ("title" in value or "attachments" in value or "data" in value):
        return Shape.META_ROW
    if any(key in value for key in _SCRAPED_POST_KEYS):
        return Shape.SCRAPED_POST
    if _is_pin(value):
        if "pin_url" in value:
            return Shape.SCRAPED_PIN
        is_crawled = "sourceUrl" in value or "image" in value or "profile" in value
        return Shape.CRAWLED_PIN if is_crawled else Shape.WEB_PIN
    return _shape_of_renamed(value)


def _shape_of_renamed(value: Mapping[str, object]) -> Shape | None:
    """Return what a record is whose fields have other names, such as ``pinUrl``."""
    names = {name for _, name in renames_of(value)}
    if not names or is_no_pin(value):
        return None
    named = with_known_names(dict(value))
    if "/pin/" in str(named.get("pin_url") or named.get("url") or ""):
        return Shape.SCRAPED_PIN
    is_named = not names.isdisjoint(("pin_url", "pin_id")) and "origin" not in value
    if is_named and not _TELLING_KEYS.isdisjoint(names | value.keys()):
        return Shape.SCRAPED_PIN
    picture = str(named.get("image_url") or named.get("image_urls") or "")
    return Shape.WEB_PIN if "id" in named and "pinimg.com/" in picture else None


def is_no_pin(value: Mapping[str, object]) -> bool:
    """Say whether a record is a board, a person or another part of a feed."""
    kind = value.get("type") or value.get("__typename")
    if kind is not None:
        return str(kind).casefold() in _NOT_PIN_TYPES
    if "name" in value and (value.keys() <= _STUB_KEYS or not _BOARD_KEYS.isdisjoint(value)):
        return _ONLY_PIN_KEYS.isdisjoint(value)
    return (
        "username" in value
        and not _PERSON_KEYS.isdisjoint(value)
        and _ONLY_PIN_KEYS.isdisjoint(value)
    )


def _is_pin(value: Mapping[str, object]) -> bool:
    if is_no_pin(value):
        return False
    if _PIN_KEYS.isdisjoint(value) or any(key in value for key in _LIST_OWNER_KEYS):
        return False
    return any(key in value for key in _PIN_ID_KEYS) or "/pin/" in str(value.get("url") or "")


def has_record(values: Iterable[object]) -> bool:
    """Say whether a list with these elements holds records (it may hold others beside them)."""
    return any(isinstance(value, Mapping) and shape_of(value) for value in values)


def pins_of_board(value: Mapping[str, object]) -> list[object]:
    """Return the pins that are listed within a board, each with the board as its own."""
    pins = value.get("pins")
    if not isinstance(pins, list) or not any(isinstance(pin, dict) for pin in pins):
        return []
    found = on_board(pins, value)
    sections = value.get("sections")
    for section in sections if isinstance(sections, list) else ():
        if isinstance(section, dict) and isinstance(section.get("pins"), list):
            title = section.get("title") or section.get("name")
            found += on_board(section["pins"], {**value, "section": title})
    return found


def on_board(pins: Iterable[object], board: Mapping[str, object]) -> list[object]:
    """Return pins on this board, if it is one, except those that name another."""
    if not isinstance(board.get("name"), str) or "username" in board:
        return list(pins)
    fields = {key: board[key] for key in BOARD_FIELDS if board.get(key)}
    return [
        {**pin, "board": pin.get("board") or fields} if isinstance(pin, dict) else pin
        for pin in pins
    ]


def flatten(value: object, depth: int = 0) -> list[object]:
    """Return the records of a list's element: itself, unless it wraps others."""
    if isinstance(value, dict):
        if "pins" in value and "name" in value and (pins := pins_of_board(value)):
            return pins
        if "id" in value or "timestamp" in value or shape_of(value):
            return [value]
    elif not isinstance(value, list):
        return [value]
    inside = [record for _, records in explode(value, "", depth) for record in records]
    return inside or [value]


def explode(value: object, name: str, depth: int = 0) -> Iterator[tuple[str, list[object]]]:
    """Yield the runs of records inside a parsed value, with the name of the list of each."""
    if isinstance(value, dict):
        if "pins" in value and "name" in value and has_record(pins := pins_of_board(value)):
            yield name, pins
        elif shape_of(value):
            yield name, [value]
        elif depth < MAX_DEPTH:
            has_pins = bool(value.get("pins"))
            for key, child in value.items():
                if key not in IGNORED_KEYS and not (has_pins and key == "resources"):
                    yield from explode(child, key, depth + 1)
    elif isinstance(value, list) and depth < MAX_DEPTH:
        records = [record for element in value for record in flatten(element, depth + 1)]
        if has_record(records):
            yield name, records
