"""Pictures that stand in an export themselves, as base64 or as a file beside the data."""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from connectors.archives import MemberInfo, ZipArchive
from connectors.errors import FileRefusedError
from connectors.items import MediaCandidate
from connectors.pictures import SNIFF_BYTES, sniff_media_type

MAX_PICTURE_BYTES = 16 * 1024 * 1024
_DATA_PREFIX = re.compile(r"\s*data:[^,]{0,200};base64,", re.IGNORECASE)
_WHITESPACE = re.compile(r"\s+")
# Shorter text may be a word that happens to be base64.
_MIN_BARE_LENGTH = 64
_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp")
_MAX_ROOT_DEPTH = 2
# Pages name files from where they lie themselves.
_CLIMB = re.compile(r"(?:\.{1,2}/)+")


def picture_of_base64(
    value: object, *, width_px: int | None = None, height_px: int | None = None
) -> MediaCandidate | None:
    """Return the picture that a ``data:`` address or bare base64 spells; None for anything else."""
    if not isinstance(value, str):
        return None
    prefix = _DATA_PREFIX.match(value)
    if prefix is None and len(value) < _MIN_BARE_LENGTH:
        return None
    text = _WHITESPACE.sub("", value[prefix.end() if prefix else 0 :]).rstrip("=")
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return picture_of_bytes(content, width_px=width_px, height_px=height_px)


def picture_of_bytes(
    content: bytes, *, width_px: int | None = None, height_px: int | None = None
) -> MediaCandidate | None:
    """Return a picture that needs no fetching; None where the bytes do not begin like one."""
    if len(content) > MAX_PICTURE_BYTES or sniff_media_type(content[:SNIFF_BYTES]) is None:
        return None
    key = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return MediaCandidate("", key, width_px=width_px, height_px=height_px, content=content)


# Returns the picture that lies at a path of the export, if one does.
FindPicture: TypeAlias = Callable[[str], MediaCandidate | None]


def no_picture(_: str) -> MediaCandidate | None:
    """Find none: the data came without an archive."""
    return None


def finder_in(archives: Iterable[ZipArchive]) -> FindPicture:
    """Return what finds pictures in ``archives`` by their path from the root of the export.

    The root may lie in a folder of the archive, or in another part of the same export.
    """
    places: dict[str, tuple[ZipArchive, MemberInfo]] = {}
    for archive in archives:
        for member in archive.members:
            if member.name.lower().endswith(_SUFFIXES):
                for path in _paths_of(member.name):
                    places.setdefault(path, (archive, member))

    def find(path: str) -> MediaCandidate | None:
        place = places.get(_CLIMB.sub("", path.strip()))
        if place is None or place[1].real_bytes > MAX_PICTURE_BYTES:
            return None
        try:
            return picture_of_bytes(b"".join(place[0].read(place[1])))
        except FileRefusedError:
            return None

    return find


def _paths_of(name: str) -> list[str]:
    """Return a name, and what is left of it below its first folders."""
    parts = name.split("/")
    return ["/".join(parts[depth:]) for depth in range(min(_MAX_ROOT_DEPTH, len(parts) - 1) + 1)]
