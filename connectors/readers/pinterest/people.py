"""Keep other people's data out of what is stored: a user name at most."""

import re
from collections.abc import Mapping
from typing import Any

_PERSON_KEYS = frozenset(
    {
        "board_owner",
        "closeup_attribution",
        "creator",
        "native_creator",
        "origin_pinner",
        "owner",
        "pinner",
        "promoter",
        "sponsor",
        "third_party_pin_owner",
        "user",
        "via_pinner",
    }
)
_DROPPED_KEYS = frozenset(
    {
        "client_context",
        "collaborating_users",
        "email",
        "email_address",
        "emails",
        "ip",
        "ip_address",
        "tracking_params",
        "trackingParams",
    }
)


def _in_both_cases(names: frozenset[str]) -> frozenset[str]:
    """Return names with those that web pages use since 2024: ``nativeCreator``."""
    return names | {re.sub(r"_(\w)", lambda match: match[1].upper(), name) for name in names}


_PERSON_KEYS = _in_both_cases(_PERSON_KEYS)
_DROPPED_KEYS = _in_both_cases(_DROPPED_KEYS)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
# The fields of a crawler's record, which describe a pin and nobody. A record with others, or
# with something in those that are always empty, is searched.
_PLAIN_KEYS = frozenset(
    {
        "aggregated_pin_data",
        "alt_text",
        "auto_alt_text",
        "board",
        "carousel_data",
        "created_at",
        "description",
        "description_html",
        "domain",
        "dominant_color",
        "embed",
        "grid_description",
        "grid_title",
        "id",
        "image",
        "is_eligible_for_pdp",
        "is_native",
        "is_oos_product",
        "is_playable",
        "is_promoted",
        "is_repin",
        "is_stale_product",
        "is_video",
        "is_whitelisted_for_tried_it",
        "link",
        "price_currency",
        "price_value",
        "product_pin_data",
        "profile",
        "promoter",
        "reaction_counts",
        "repin_count",
        "seo_title",
        "seo_url",
        "shopping_flags",
        "sourceUrl",
        "story_pin_data",
        "story_pin_data_id",
        "title",
        "video_status",
        "video_status_message",
        "videos",
        "view_tags",
    }
)
_PLAIN_BOARD_KEYS = frozenset(
    {"id", "name", "url", "is_collaborative", "image_thumbnail_url", "privacy"}
)

_CONTAINERS = (dict, list)


def may_hold_people(record: Mapping[str, Any]) -> bool:
    """Say whether a record needs :func:`without_people`; quick for the records of crawlers."""
    if not _PLAIN_KEYS.issuperset(record):
        return True
    get = record.get
    if get("promoter") or get("product_pin_data") or get("story_pin_data"):
        return True
    board = get("board")
    return isinstance(board, dict) and not _PLAIN_BOARD_KEYS.issuperset(board)


def without_people(record: dict[str, object]) -> dict[str, object]:
    """Return a record in which every person is reduced to a user name."""
    kept: dict[str, object] = {}
    for key, value in record.items():
        if key in _DROPPED_KEYS:
            continue
        if not isinstance(value, _CONTAINERS) and not key.startswith("rich"):
            # Most are, and a million records have sixty each.
            kept[key] = value
        elif key in _PERSON_KEYS and isinstance(value, dict):
            kept[key] = _reduce(value)
        else:
            inner = _without_people(value)
            kept[key] = _without_emails(inner) if key.startswith("rich") else inner
    return kept


def _without_people(value: object) -> object:
    if isinstance(value, list):
        return [_without_people(each) for each in value]
    if not isinstance(value, dict):
        return value
    return _reduce(value) if _is_person(value) else without_people(value)


def _is_person(value: dict[str, object]) -> bool:
    kind = value.get("type") or value.get("__typename")
    return kind in {"user", "User"} or "full_name" in value or "fullName" in value


def _reduce(person: dict[str, object]) -> dict[str, object]:
    name = person.get("username")
    return {"username": name} if isinstance(name, str) else {}


def _without_emails(value: object) -> object:
    if isinstance(value, str):
        return _EMAIL.sub("", value) if "@" in value else value
    if isinstance(value, list):
        return [_without_emails(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_emails(each) for key, each in value.items()}
    return value
