"""Names of folders that people choose: relative, plain, and within their own space."""

import unicodedata
from typing import Final

from ingestion.drops.errors import DropFolderError

MAX_LENGTH: Final = 200
MAX_DEPTH: Final = 8


def clean_folder(text: str) -> str:
    """Return the folder as it is stored, such as ``exports/pinterest``; "" for the whole space.

    Raises:
        DropFolderError: what is wrong with it, and what to write instead.
    """
    folder = unicodedata.normalize("NFC", text.strip())
    if not folder:
        return ""
    if "\\" in folder or folder.startswith("/"):
        message = "Write it from your own space on, with “/” in between, such as exports/pinterest."
        raise DropFolderError(message)
    folder = folder.rstrip("/")
    parts = folder.split("/")
    if any(not is_plain(part) for part in parts):
        message = "A folder's name cannot be empty, begin with a dot, or hold control characters."
        raise DropFolderError(message)
    if len(folder) > MAX_LENGTH or len(parts) > MAX_DEPTH:
        message = f"Keep it below {MAX_LENGTH} characters and {MAX_DEPTH} folders deep."
        raise DropFolderError(message)
    return folder


def is_plain(part: str) -> bool:
    """Return whether ``part`` can be one name of a path: no dots in front, nothing unseen."""
    return (
        bool(part)
        and not part.startswith(".")
        and all(unicodedata.category(character)[0] != "C" for character in part)
    )
