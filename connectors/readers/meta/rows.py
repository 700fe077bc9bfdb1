"""Rows of Meta's downloads, JSON or HTML, turned into items and collections."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from connectors.items import (
    BoardRef,
    MediaCandidate,
    MediaStatus,
    Rejection,
    RejectionReason,
    SavedItem,
    Source,
)
from connectors.readers.batches import Batch, Unreadable
from connectors.readers.canonical import canonical_json
from connectors.readers.embedded import FindPicture, no_picture
from connectors.readers.meta.collections import CollectedPost, CollectionHead
from connectors.readers.meta.details import Details, details_of
from connectors.readers.meta.evidence import is_other_list
from connectors.readers.meta.names import names_collections, names_only_saves, telling_name
from connectors.readers.meta.ordinals import OrdinalCounter
from connectors.readers.meta.sentences import (
    collection_in,
    creator_of,
    is_own_address,
    kind_of,
    tells_collection,
)
from connectors.readers.pinterest.pins import reject
from connectors.readers.text import MAX_TEXT_LENGTH, clean, repair_mojibake, strip_unstorable
from connectors.readers.units import ODD_ERRORS, Unit, reject_odd, reject_unreadable
from connectors.readers.urls import domain_of, is_image_address, is_indexable, picture_key

_MAX_PICTURES = 100
_TAKEN_APART = (CollectionHead, CollectedPost)
_OTHER_LIST = "It stands in a list of something else than saved items."


class MetaReader:
    """Saved items and collections of one file of a download.

    Rows without an address are told apart by their content and by how many equal ones came
    before in the file, so that two exports of one account call the same row the same.

    Attributes:
        find_picture: finds what rows name as files of the same export.
    """

    is_stateful = True

    def __init__(self) -> None:
        self.find_picture: FindPicture = no_picture
        self._ordinals = OrdinalCounter()
        self._list_name = ""
        self._are_saves = False
        self._are_collections = False
        self._is_other = False
        self._is_ascii = False
        self._board: BoardRef | None = None
        self._has_titled_heads = False

    def begin(self, batch: Batch, member_name: str) -> None:
        """Take from the names of list and file whether rows are saves or collections.

        Where they are named after both, or after neither, each row tells it itself.
        """
        name = telling_name(batch.list_name, member_name)
        self._are_saves = names_only_saves(name)
        self._are_collections = names_collections(name)
        # Of a page the name of the list is that of the file, which people change.
        is_named = batch.list_name != member_name
        self._is_other = is_named and is_other_list(batch.list_name)
        if batch.list_name != self._list_name:
            self._list_name, self._board = batch.list_name, None
        source = batch.source
        self._is_ascii = bool(source) and b"\\u00" not in source and source.isascii()

    def skim(self, value: object) -> None:
        """Count a row that was read before, and remember the collection that it begins."""
        with suppress(*ODD_ERRORS):  # it was refused then
            row = self._repaired(_bare(value))
            if not row or self._is_other:
                return
            details = details_of(row)
            if self._is_collection(value, row, details):
                self._collection(row, details, 0)
            elif not details.url:
                self._ordinals.next(_digest(row)[1])

    def read(self, value: object, index: int) -> Unit:
        """Return the item or the collection of a row."""
        if isinstance(value, Unreadable):
            return reject_unreadable(value, index)
        try:
            return self._unit(value, index)
        except ODD_ERRORS as exc:
            return reject_odd(_bare(value), index, exc)

    def _unit(self, value: object, index: int) -> Unit:
        row = self._repaired(_bare(value))
        if not row:
            is_object = row is not None
            reason = RejectionReason.RECORD_INVALID if is_object else RejectionReason.BAD_TYPE
            return reject(index, reason, value)
        if self._is_other:
            return reject(index, RejectionReason.NOT_A_PIN, {}, detail=_OTHER_LIST)
        if "error" in row and "timestamp" not in row:
            return reject(index, RejectionReason.ERROR_ROW, row)
        details = details_of(row)
        if self._is_collection(value, row, details):
            return self._collection(row, details, index)
        is_collected = isinstance(value, CollectedPost) or "string_map_data" in row
        return self._item(row, details, index, board=self._board if is_collected else None)

    def _repaired(self, value: object) -> Mapping[str, Any] | None:
        if not isinstance(value, dict):
            return None
        if self._is_ascii:
            return value
        repaired = repair_mojibake(strip_unstorable(value))
        return repaired if isinstance(repaired, dict) else None

    def _is_collection(self, value: object, row: Mapping[str, Any], details: Details) -> bool:
        if isinstance(value, _TAKEN_APART):
            return isinstance(value, CollectionHead)
        if details.url or self._are_saves:
            return False
        if "string_map_data" in row:
            # Where collections have titles, what has none is a post whose link is gone.
            return bool(details.name) and (bool(row.get("title")) or not self._has_titled_heads)
        if self._are_collections or details.is_collection:
            return bool(_name_of(details))
        # A place that was saved is a bare name, too: to take it for a collection would lose it.
        return details.is_bare_name and tells_collection(details.sentence, details.name)

    def _collection(
        self, row: Mapping[str, Any], details: Details, index: int
    ) -> BoardRef | Rejection:
        """Return a collection, and remember it for the posts that follow."""
        name = clean(_name_of(details), 500)
        self._board = BoardRef(key=f"name:{name.casefold()}", name=name) if name else None
        self._has_titled_heads = self._has_titled_heads or bool(row.get("title"))
        return self._board or reject(index, RejectionReason.NO_ID, row)

    def _item(
        self, row: Mapping[str, Any], details: Details, index: int, *, board: BoardRef | None
    ) -> SavedItem:
        raw, digest = _digest(row)
        url = details.url
        if not url:
            ref = f"facebook:{digest.hex()}:{self._ordinals.next(digest)}"
        elif is_indexable(url):
            ref = url
        else:
            ref = f"facebook:url:{hashlib.sha256(url.encode()).hexdigest()}"
        texts = dict.fromkeys(text for text in (details.name, *details.texts) if text)
        title = details.sentence or details.name
        texts.pop(title, None)
        media = self._pictures(details)
        status = MediaStatus.LINK_ONLY if url else MediaStatus.METADATA_ONLY
        return SavedItem(
            index=index,
            source=Source.FACEBOOK,
            ref=ref,
            title=title,
            text="\n".join(texts)[:MAX_TEXT_LENGTH],
            link_url=url,
            source_url=url if is_own_address(url) else "",
            domain=domain_of(url) or details.domain,
            creator=details.creator or creator_of(details.sentence),
            kind=kind_of(details.sentence, url),
            saved_at=details.saved_at,
            media_status=MediaStatus.IMAGE if media else status,
            media=media,
            boards=(board,) if board else (),
            raw=raw,
        )

    def _pictures(self, details: Details) -> tuple[MediaCandidate, ...]:
        """Return the pictures that came with a row, and the one that its address is."""
        paths = details.files[:_MAX_PICTURES]
        pictures = [found for path in paths if (found := self.find_picture(path))]
        if details.url and is_image_address(details.url):
            pictures.append(MediaCandidate(details.url, picture_key(details.url)))
        return tuple({picture.key: picture for picture in pictures}.values())


def _bare(value: object) -> object:
    """Return the row itself of what a collection was taken apart into."""
    return value.row if isinstance(value, _TAKEN_APART) else value


def _digest(row: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the canonical JSON of a repaired row, and its sha256."""
    raw = canonical_json(row)
    return raw, hashlib.sha256(raw).digest()


def _name_of(details: Details) -> str:
    return details.name or collection_in(details.sentence)
