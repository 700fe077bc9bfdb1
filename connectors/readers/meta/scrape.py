"""Posts that a browser scraper collected from the saved items of Facebook."""

import hashlib
from contextlib import suppress
from typing import Any

from connectors.items import (
    BoardRef,
    MediaCandidate,
    MediaStatus,
    RejectionReason,
    SavedItem,
    Source,
)
from connectors.readers.batches import Batch, Unreadable
from connectors.readers.canonical import canonical_json
from connectors.readers.dates import parse_date
from connectors.readers.embedded import picture_of_base64
from connectors.readers.meta.html_dates import parse_meta_date
from connectors.readers.meta.links import unwrap
from connectors.readers.meta.ordinals import OrdinalCounter
from connectors.readers.meta.sentences import kind_of
from connectors.readers.pinterest.pins import reject
from connectors.readers.text import MAX_TITLE_LENGTH, clean, strip_unstorable
from connectors.readers.units import ODD_ERRORS, Unit, reject_odd, reject_unreadable
from connectors.readers.urls import domain_of, is_indexable, picture_key, web_address

_MAX_TAGS = 100
_MAX_PICTURES = 100
_DATA_PREFIX = "data:"
_MAX_TEXT_LENGTH = 200
_MAX_SIDE_PX = 2**31 - 1


class ScrapedPostReader:
    """Items of ``facebook_scrape_*.json``."""

    is_stateful = True

    def __init__(self) -> None:
        self._ordinals = OrdinalCounter()

    def begin(self, batch: Batch, member_name: str) -> None:
        """Nothing holds for a whole batch."""

    def skim(self, value: object) -> None:
        """Count a post without address that was read before."""
        if isinstance(value, dict):
            with suppress(*ODD_ERRORS):  # it was refused then
                if not _ref_address(value):
                    self._ordinals.next(_digest(value)[1])

    def read(self, value: object, index: int) -> Unit:
        """Return the item of a post."""
        if isinstance(value, Unreadable):
            return reject_unreadable(value, index)
        if not isinstance(value, dict):
            return reject(index, RejectionReason.BAD_TYPE, value)
        if "error" in value and "post_url" not in value:
            return reject(index, RejectionReason.ERROR_ROW, value)
        try:
            return self._item(value, index)
        except ODD_ERRORS as exc:
            return reject_odd(value, index, exc)

    def _item(self, post: dict[str, Any], index: int) -> SavedItem:
        raw, digest = _digest(post)
        url = unwrap(post.get("post_url"))
        ref = _ref_address(post)
        if not ref:
            ref = f"facebook:{digest.hex()}:{self._ordinals.next(digest)}"
        text = clean(post.get("post_text"))
        media = _pictures(post)
        status = MediaStatus.LINK_ONLY if url else MediaStatus.METADATA_ONLY
        date = clean(post.get("date"), 100)
        return SavedItem(
            index=index,
            source=Source.FACEBOOK,
            ref=ref,
            title=(text.splitlines() or [""])[0][:MAX_TITLE_LENGTH],
            text=text,
            link_url=url,
            source_url=url,
            domain=domain_of(url),
            creator=clean(post.get("creator_name"), 300),
            kind=clean(post.get("content_type"), 50).lower() or kind_of("", url),
            created_at=parse_meta_date(date) or parse_date(date),
            is_removed_at_source=post.get("unavailable") is True,
            media_status=MediaStatus.IMAGE if media else status,
            media=media,
            boards=_boards(post),
            tags=_tags(post.get("hashtags")),
            raw=raw,
        )


def _ref_address(post: dict[str, Any]) -> str:
    """Return the address that identifies a post; "" for none, or for one that is too long."""
    url = unwrap(post.get("post_url"))
    return url if is_indexable(url) else ""


def _pictures(post: dict[str, Any]) -> tuple[MediaCandidate, ...]:
    """Return the pictures of a post; its preview only where it has none."""
    images = post.get("images")
    found: dict[str, MediaCandidate] = {}
    for image in images[:_MAX_PICTURES] if isinstance(images, list) else ():
        if picture := _picture(image):
            found.setdefault(picture.key, picture)
    if not found and (picture := _picture(post.get("thumbnail_url"))):
        found[picture.key] = picture
    return tuple(found.values())


def _picture(image: object) -> MediaCandidate | None:
    """Return a picture from an address or from its bytes, given alone or as part of an object."""
    fields = image if isinstance(image, dict) else {"url": image}
    width, height = (_side(fields.get(name)) for name in ("width", "height"))
    for name in ("base64", "data", "url", "src"):
        if picture := picture_of_base64(fields.get(name), width_px=width, height_px=height):
            return picture
    for name in ("url", "src"):
        if url := web_address(fields.get(name)):
            return MediaCandidate(url, picture_key(url), width_px=width, height_px=height)
    return None


def _side(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= _MAX_SIDE_PX else None


def _boards(post: dict[str, Any]) -> tuple[BoardRef, ...]:
    name = clean(post.get("collection_name"), 500)
    return (BoardRef(f"name:{name.casefold()}", name),) if name else ()


def _tags(value: object) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list):
        return ()
    tags = (clean(word, 300).lstrip("#").strip() for word in words[:_MAX_TAGS])
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _digest(post: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return the canonical JSON without embedded bytes, and its sha256."""
    raw = canonical_json(_without_bytes(strip_unstorable(post)))
    return raw, hashlib.sha256(raw).digest()


def _without_bytes(value: object, name: str = "") -> object:
    """Replace embedded pictures by their digest: a database row is no place for them."""
    if isinstance(value, str) and (
        value.startswith(_DATA_PREFIX) or (name == "base64" and len(value) > _MAX_TEXT_LENGTH)
    ):
        digest = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
        head = value.partition(",")[0] if value.startswith(_DATA_PREFIX) else "base64"
        return f"{head},sha256={digest}"
    if isinstance(value, list):
        return [_without_bytes(each, name) for each in value]
    if isinstance(value, dict):
        return {key: _without_bytes(each, key) for key, each in value.items()}
    return value
