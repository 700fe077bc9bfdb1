"""What the names of lists and files of Meta's downloads say; both are always English."""

import re

_SAVED = re.compile(r"sav(?:e|ed|es|ing)(?:[^a-z]|$)", re.IGNORECASE)
_COLLECTION = re.compile(r"collection", re.IGNORECASE)
_ONLY_COLLECTIONS = re.compile(r"saved_collection", re.IGNORECASE)
# What is "saved" of somebody without being a thing that one saves to look at again.
_OTHER_SAVED = re.compile(
    r"search|repl(?:y|ies)|payment|card|log-?in|draft|address|audience|password", re.IGNORECASE
)


def names_saves(name: str) -> bool:
    """Say whether a list or a file is named after saved items, collections, or both."""
    has_word = _SAVED.search(name) or _COLLECTION.search(name)
    return bool(has_word) and not _OTHER_SAVED.search(name)


def names_collections(name: str) -> bool:
    """Say whether a list or a file is named after collections alone."""
    if not _COLLECTION.search(name):
        return False
    return bool(_ONLY_COLLECTIONS.search(name)) or not _SAVED.search(name)


def names_only_saves(name: str) -> bool:
    """Say whether a list or a file is named after saved items alone."""
    return bool(_SAVED.search(name)) and not _COLLECTION.search(name)


def basename(path: str) -> str:
    """Return a name without its folders, which say nothing about what is in it."""
    return path.rpartition("/")[2]


def telling_name(list_name: str, path: str) -> str:
    """Return the name that says what a list holds: its own, or else that of its file."""
    own = basename(list_name)
    return own if _SAVED.search(own) or _COLLECTION.search(own) else basename(path)
