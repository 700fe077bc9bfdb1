"""The one tolerant normaliser for pins: crawler, scrapers, web pages, API."""

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.items import (
    MediaCandidate,
    MediaKind,
    MediaStatus,
    Outcome,
    Rejection,
    RejectionReason,
    SavedItem,
    Source,
)
from connectors.readers.batches import EXCERPT_LENGTH
from connectors.readers.canonical import canonical_json
from connectors.readers.dates import parse_date
from connectors.readers.pinterest.boards import BoardCache
from connectors.readers.pinterest.ids import WAS_ROUNDED, is_proven, pin_id_of, why_no_id
from connectors.readers.pinterest.names import with_known_names
from connectors.readers.pinterest.people import may_hold_people, without_people
from connectors.readers.pinterest.pictures import pictures_of
from connectors.readers.shapes import is_no_pin
from connectors.readers.text import MAX_TEXT_LENGTH, MAX_TITLE_LENGTH, clean, strip_unstorable
from connectors.readers.urls import domain_of, web_address

_TITLE_KEYS = ("title", "grid_title", "seo_title", "auto_alt_text")
_TEXT_KEYS = (
    "description",
    "grid_description",
    "closeup_unified_description",
    "closeup_description",
    "closeup_desc",
    "unified_user_note",
    "closeup_user_note",
    "note",
)
_ALT_KEYS = ("alt_text", "auto_alt_text", "seo_alt_text")
_CREATOR_KEYS = ("native_creator", "closeup_attribution", "origin_pinner", "pinner", "creator")
_LINK_KEYS = ("link", "source_url")
_DOMAIN_KEYS = ("domain", "source_domain", "link_domain")
_NO_DOMAIN = frozenset({"uploaded by user", "no data"})
_MAX_NAME_LENGTH = 300
_MAX_TAGS = 100
_COLOR_LENGTH = 7
_HEX = frozenset("0123456789abcdef")


class PinNormalizer:
    """Turns one parsed record into a pin, or says why it is none.

    Attributes:
        has_rounded_ids: the records come out of a spreadsheet that rounded their ids, so that
            different pins share one; only what the address of a pin names is believed.
    """

    def __init__(self) -> None:
        self._boards = BoardCache()
        self.has_rounded_ids = False

    def read(
        self, record: object, index: int, *, drops_promoted: bool, is_storable: bool
    ) -> SavedItem | Rejection:
        """Return the item of a record.

        Args:
            record: a parsed JSON value.
            index: ordinal of the record in the import.
            drops_promoted: the record comes from a feed, where advertisements stand between
                the pins; in a person's own boards they were saved on purpose.
            is_storable: the record is known to hold no NUL and no lone surrogate.
        """
        if not isinstance(record, dict):
            return reject(index, RejectionReason.BAD_TYPE, record)
        if not is_storable:
            record = _storable(record)
        named = record
        if may_hold_people(record):
            if is_no_pin(record):
                ref = f"pin:{pin_id}" if (pin_id := pin_id_of(record)) else ""
                return reject(index, RejectionReason.NOT_A_PIN, without_people(record), ref=ref)
            record = without_people(record)
            named = with_known_names(record)
        return self._read(named, record, index, drops_promoted=drops_promoted)

    def _read(
        self, record: dict[str, Any], raw: dict[str, Any], index: int, *, drops_promoted: bool
    ) -> SavedItem | Rejection:
        pin_id = pin_id_of(record)
        if self.has_rounded_ids and not is_proven(pin_id, record):
            return reject(index, RejectionReason.NO_ID, raw, detail=WAS_ROUNDED)
        if reason := _refusal(record, pin_id, drops_promoted=drops_promoted):
            detail = why_no_id(record) if reason is RejectionReason.NO_ID else ""
            return reject(index, reason, raw, ref=f"pin:{pin_id}" if pin_id else "", detail=detail)
        get = record.get
        media = pictures_of(record)
        link_url = _link_of(record)
        return SavedItem(
            index,
            Source.PINTEREST,
            "pin:" + pin_id,
            _first_text(record, _TITLE_KEYS, MAX_TITLE_LENGTH),
            _first_text(record, _TEXT_KEYS, MAX_TEXT_LENGTH) or _rich_text(record),
            _first_text(record, _ALT_KEYS, MAX_TITLE_LENGTH),
            link_url,
            f"https://www.pinterest.com/pin/{pin_id}/",
            domain_of(link_url) if link_url else _domain_of(record),
            _creator_of(record),
            _kind_of(record, media),
            parse_date(get("created_at")),
            None,
            False,
            get("privacy") == "secret" or get("is_secret") is True,
            _color_of(get("dominant_color")),
            _media_status(media, link_url),
            media,
            self._boards.boards_of(record),
            _tags_of(get("hashtags")),
            canonical_json(raw),
        )


def _storable(record: dict[str, Any]) -> dict[str, Any]:
    stripped = strip_unstorable(record)
    return stripped if isinstance(stripped, dict) else {}


def reject(
    index: int, reason: RejectionReason, record: object, *, ref: str = "", detail: str = ""
) -> Rejection:
    """Return the rejection of a record, with the start of it."""
    failed = reason in {RejectionReason.NO_ID, RejectionReason.RECORD_INVALID}
    return Rejection(
        index,
        Outcome.FAILED if failed else Outcome.SKIPPED,
        reason,
        ref,
        detail or _DETAILS[reason],
        excerpt_of(record),
    )


_DETAILS = {
    RejectionReason.BAD_TYPE: "The entry is not a record but a single value.",
    RejectionReason.ERROR_ROW: "The exporter wrote an error here in place of a record.",
    RejectionReason.NO_ID: "The record has no identifier, so that it cannot be told from others.",
    RejectionReason.NOT_A_PIN: "The entry is something else between the pins of a feed.",
    RejectionReason.PROMOTED: "The entry is an advertisement that was not saved.",
    RejectionReason.RECORD_INVALID: "The record cannot be read.",
}


def excerpt_of(record: object) -> str:
    """Return the start of a record as text; "" where it is nested too deeply to be written."""
    try:
        text = orjson.dumps(record, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        try:
            text = repr(record)[:EXCERPT_LENGTH]
        except RecursionError:
            return ""
    return clean(text, EXCERPT_LENGTH)


def _refusal(
    record: Mapping[str, Any], pin_id: str, *, drops_promoted: bool
) -> RejectionReason | None:
    if not pin_id:
        has_error = "error" in record or "errorDescription" in record or "#error" in record
        return RejectionReason.ERROR_ROW if has_error else RejectionReason.NO_ID
    if drops_promoted and (record.get("is_promoted") is True or record.get("ad_match_reason")):
        return RejectionReason.PROMOTED
    return None


def _first_text(record: Mapping[str, Any], keys: tuple[str, ...], limit: int) -> str:
    for key in keys:
        value = record.get(key)
        if value and value != " " and (text := clean(value, limit)):
            return text
    return ""


def _rich_text(record: Mapping[str, Any]) -> str:
    for key in ("rich_summary", "rich_metadata"):
        rich = record.get(key)
        if rich and isinstance(rich, dict):
            keys = ("display_description", "description", "display_name", "title")
            return _first_text(rich, keys, MAX_TEXT_LENGTH)
    return ""


def _link_of(record: Mapping[str, Any]) -> str:
    for key in _LINK_KEYS:
        value = record.get(key)
        if value and (url := web_address(value)):
            return url
    return ""


def _domain_of(record: Mapping[str, Any]) -> str:
    for key in _DOMAIN_KEYS:
        value = clean(record.get(key), _MAX_NAME_LENGTH)
        if value and value.casefold() not in _NO_DOMAIN:
            return value.lower().removeprefix("www.")
    return ""


def _creator_of(record: Mapping[str, Any]) -> str:
    for key in _CREATOR_KEYS:
        person = record.get(key)
        if person:
            name = person.get("username") if isinstance(person, dict) else person
            if text := clean(name, _MAX_NAME_LENGTH):
                return text
    attribution = record.get("attribution")
    if attribution and isinstance(attribution, dict):
        return clean(attribution.get("author_name"), _MAX_NAME_LENGTH)
    return clean(record.get("creator_name"), _MAX_NAME_LENGTH)


def _kind_of(record: Mapping[str, Any], media: tuple[MediaCandidate, ...]) -> str:
    if len(media) > 1:
        return "story" if record.get("story_pin_data") else "carousel"
    if record.get("is_video") is True or record.get("videos"):
        return "video"
    if media and media[0].kind is MediaKind.VIDEO:
        return "video"
    embed = record.get("embed")
    if embed and isinstance(embed, dict) and embed.get("type") == "gif":
        return "gif"
    return "product" if record.get("product_pin_data") else "pin"


def _color_of(value: object) -> str:
    if value.__class__ is not str:
        return ""
    color = str(value).strip().lower()
    is_color = len(color) == _COLOR_LENGTH and color[0] == "#" and _HEX.issuperset(color[1:])
    return color if is_color else ""


def _media_status(media: tuple[MediaCandidate, ...], link_url: str) -> MediaStatus:
    if media:
        return MediaStatus.IMAGE
    return MediaStatus.LINK_ONLY if link_url else MediaStatus.METADATA_ONLY


def _tags_of(value: object) -> tuple[str, ...]:
    """Return hashtags from a list, or from one text with commas."""
    if not value:
        return ()
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list):
        return ()
    tags = (clean(word, _MAX_NAME_LENGTH).lstrip("#").strip() for word in words[:_MAX_TAGS])
    return tuple(dict.fromkeys(tag for tag in tags if tag))
