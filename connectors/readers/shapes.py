"""Tell by its keys what a JSON object is: a pin, a saved item of Meta, a wrapper, or neither."""

import enum
from collections.abc import Iterable, Iterator, Mapping

# Levels of wrappers around a record. What lies deeper is no record of its own, however deep.
MAX_DEPTH = 32
# Lists of stubs, people and settings beside the pins of a page's state.
IGNORED_KEYS = frozenset(
    {"feeds", "users", "session", "client_context", "otaData", "resource", "options", "metadata"}
)

_NOT_PIN_TYPES = frozenset({"board", "user", "story", "module", "interest", "board_section"})
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
    return None


def _is_pin(value: Mapping[str, object]) -> bool:
    kind = value.get("type")
    if isinstance(kind, str) and kind.casefold() in _NOT_PIN_TYPES:
        return False
    if _PIN_KEYS.isdisjoint(value) or any(key in value for key in _LIST_OWNER_KEYS):
        return False
    return any(key in value for key in _PIN_ID_KEYS) or "/pin/" in str(value.get("url") or "")


def has_record(values: Iterable[object]) -> bool:
    """Say whether a list with these elements holds records (it may hold others beside them)."""
    return any(isinstance(value, Mapping) and shape_of(value) for value in values)


def flatten(value: object, depth: int = 0) -> list[object]:
    """Return the records of a list's element: itself, unless it wraps others."""
    if isinstance(value, dict):
        if "id" in value or "timestamp" in value or shape_of(value):
            return [value]
    elif not isinstance(value, list):
        return [value]
    inside = [record for _, records in explode(value, "", depth) for record in records]
    return inside or [value]


def explode(value: object, name: str, depth: int = 0) -> Iterator[tuple[str, list[object]]]:
    """Yield the runs of records inside a parsed value, with the name of the list of each."""
    if isinstance(value, dict):
        if shape_of(value):
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
