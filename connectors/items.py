"""The values that readers hand to the driver: plain, frozen, free of tables.

A reader turns a source into a stream of :class:`Page`; every raw record of the source
appears exactly once, as a :class:`SavedItem` or as a :class:`Rejection`, so that
``raw == len(items) + len(rejections)`` holds for each page and for the whole file.
"""

import dataclasses
import datetime as dt
import enum
from typing import TypeAlias

JSONValue: TypeAlias = "dict[str, JSONValue] | list[JSONValue] | str | int | float | bool | None"


class Source(enum.StrEnum):
    """Where a saved thing lives."""

    PINTEREST = "pinterest"
    FACEBOOK = "facebook"
    WEB = "web"
    UPLOAD = "upload"


class MediaStatus(enum.StrEnum):
    """What the source gave for an item."""

    IMAGE = "image"  # a picture is held or expected
    LINK_ONLY = "link_only"  # a link, no picture
    METADATA_ONLY = "metadata_only"  # neither


class MediaKind(enum.StrEnum):
    """What one candidate shows."""

    IMAGE = "image"
    VIDEO = "video"  # the candidate's addresses are of the cover; ``video_url`` of the video


class Outcome(enum.StrEnum):
    """Whether a record that became no asset was passed over by rule, or unreadable."""

    SKIPPED = "skipped"
    FAILED = "failed"


class RejectionReason(enum.StrEnum):
    """Why a record became no asset of its own. Stored: values never change.

    ``bad_type`` and ``error_row`` are records that could not be parsed as an item at all;
    the report's ``parsed`` is ``raw`` minus these two.
    """

    BAD_TYPE = "bad_type"  # skipped: not an object (a bare string, a number)
    ERROR_ROW = "error_row"  # skipped: the crawler wrote an error in place of a record
    NO_ID = "no_id"  # failed: should be an item, but nothing identifies it
    NOT_A_PIN = "not_a_pin"  # skipped: a feed's module, story or board between the pins
    PROMOTED = "promoted"  # skipped: an advertisement that the person did not save
    RECORD_INVALID = "record_invalid"  # failed: could not be read; ``detail`` says why
    DUPLICATE_IN_FILE = "duplicate_in_file"  # skipped by the driver, never by a reader
    REMOVED_BY_YOU = "removed_by_you"  # skipped by the driver: a tombstone stands
    OUTSIDE_WINDOW = "outside_window"  # skipped by the driver: not saved when it was asked for


@dataclasses.dataclass(frozen=True, slots=True)
class MediaCandidate:
    """One picture of an item: the address to try first, and what else may serve.

    Attributes:
        url: http(s) address of the best known variant; empty where ``content`` is given.
        fallbacks: further addresses of the same picture, best first.
        width_px, height_px: as the source claims them; None where it does not.
        key: what identifies the picture within its source, such as ``sig:<32 hex>`` of
            pinimg; ``sha256:<64 hex>`` of ``content``; the address without query where there
            is nothing better. Not empty.
        alt_text: the description that came with this picture.
        kind: ``video`` where the picture is a cover; then ``video_url`` may be set.
        duration_ms: of the video, where known.
        content: the picture itself, where the export holds it.
    """

    url: str
    key: str
    fallbacks: tuple[str, ...] = ()
    width_px: int | None = None
    height_px: int | None = None
    alt_text: str = ""
    kind: MediaKind = MediaKind.IMAGE
    video_url: str = ""
    duration_ms: int | None = None
    content: bytes = dataclasses.field(default=b"", repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class BoardRef:
    """A named list at the source that holds an item.

    Attributes:
        key: identifies the board within connection and source: ``board:<id>``, or
            ``name:<casefolded name>`` where the source gives only a name.
        name: as the source shows it; may be empty where only an id is known.
        url: address at the source, absolute; empty where unknown.
        section: name of the section inside the board; empty where there is none.
        is_secret: the source says that only its owner sees the board.
        position: place of the item in the board, where the source tells one.
    """

    key: str
    name: str
    url: str = ""
    section: str = ""
    is_secret: bool = False
    position: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class SavedItem:
    """One saved thing, normalised.

    Attributes:
        index: 0-based ordinal of the raw record in the whole import.
        source: where the thing lives.
        ref: canonical reference within the source: ``pin:<digits>``, the unwrapped URL, or
            ``facebook:<sha256>:<ordinal>``. Not empty, at most 2,048 characters.
        title, text: stripped, without NUL and lone surrogates; empty for none. ``text`` is
            the description.
        alt_text: machine or human description of the picture; searched, shown as alt.
        link_url: the outbound page, http(s), unwrapped; empty for none.
        source_url: the thing's own address at its source; empty for none.
        domain: host of the outbound page without ``www.``; or the source's own word for it.
        creator: user name or display name of the author; empty for none.
        kind: ``pin``, ``video``, ``link``, ``reel``, ``post``, ``product``… or ``unknown``.
        saved_at, created_at: aware datetimes; None where unknown, never "now". ``saved_at`` is
            when the person saved it, ``created_at`` when the thing itself was made.
        is_removed_at_source: the source says that the thing is gone there (``Alive: False``).
        is_secret: the source says that only its owner sees it.
        dominant_color: ``#rrggbb`` lower case, or empty.
        media_status: what the source gave.
        media: pictures in order; empty unless ``media_status`` is ``image``.
        boards: every board that this record names.
        tags: hashtags and the like, without ``#``.
        raw: the record as it came, repaired and without third parties' personal data, as
            canonical JSON bytes (sorted keys), ready for a jsonb column.
    """

    index: int
    source: Source
    ref: str
    title: str = ""
    text: str = ""
    alt_text: str = ""
    link_url: str = ""
    source_url: str = ""
    domain: str = ""
    creator: str = ""
    kind: str = "unknown"
    saved_at: dt.datetime | None = None
    created_at: dt.datetime | None = None
    is_removed_at_source: bool = False
    is_secret: bool = False
    dominant_color: str = ""
    media_status: MediaStatus = MediaStatus.METADATA_ONLY
    media: tuple[MediaCandidate, ...] = ()
    boards: tuple[BoardRef, ...] = ()
    tags: tuple[str, ...] = ()
    raw: bytes = b"{}"


@dataclasses.dataclass(frozen=True, slots=True)
class Rejection:
    """A raw record that became no asset, and why.

    Attributes:
        index: 0-based ordinal of the raw record in the whole import.
        outcome: skipped by a named rule, or failed.
        reason: the rule.
        ref: canonical reference, where one could be read; else empty.
        detail: one sentence for the person, without the record's content.
        excerpt: start of the record, at most 500 characters, so that it can be found again.
    """

    index: int
    outcome: Outcome
    reason: RejectionReason
    ref: str = ""
    detail: str = ""
    excerpt: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A bounded number of consecutive raw records, and where the next page starts.

    Attributes:
        items, rejections: every raw record of the page, exactly once in one of the two.
        boards: boards that the source lists by themselves, so that an empty one exists too.
        cursor: JSON object; given back to the reader it continues behind this page. Only the
            reader understands it.
        bytes_read: position in the (uncompressed) data, for progress.
        bytes_total: size of the (uncompressed) data; None while unknown.
        is_last: nothing follows.
    """

    items: tuple[SavedItem, ...]
    rejections: tuple[Rejection, ...]
    cursor: dict[str, JSONValue]
    boards: tuple[BoardRef, ...] = ()
    bytes_read: int = 0
    bytes_total: int | None = None
    is_last: bool = False

    @property
    def raw_count(self) -> int:
        """Return how many raw records the page accounts for."""
        return len(self.items) + len(self.rejections)
