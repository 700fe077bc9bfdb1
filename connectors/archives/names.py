"""Names of archive members: labels for people, never paths."""

import re
import unicodedata

MAX_NAME_LENGTH = 1_024
MAX_PART_LENGTH = 255
MAX_DEPTH = 32

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
# Characters that change the direction of text can make a name look like another one.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SYSTEM_PARTS = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"})


def is_unsafe_name(name: str) -> bool:
    """Say whether a name is empty, absolute, climbs out, or cannot be shown."""
    if not name or name.startswith("/") or "\\" in name or len(name) > MAX_NAME_LENGTH:
        return True
    if _CONTROL.search(name) or _DRIVE.match(name):
        return True
    parts = name.split("/")
    return ".." in parts or len(parts) > MAX_DEPTH or any(len(p) > MAX_PART_LENGTH for p in parts)


def is_system_name(name: str) -> bool:
    """Say whether an operating system wrote this member beside the data."""
    parts = name.split("/")
    return parts[-1].startswith("._") or not _SYSTEM_PARTS.isdisjoint(parts)


def label_of(name: str) -> str:
    """Return the name as it may be shown: NFC, without control and direction characters."""
    return _BIDI.sub("", _CONTROL.sub("", unicodedata.normalize("NFC", name)))[:MAX_NAME_LENGTH]
