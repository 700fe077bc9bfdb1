"""What Meta's sentences say, such as “Ann saved a reel from Example Home's post”."""

import re

from connectors.readers.meta.words import tells_collecting, tells_saving

_KIND = re.compile(
    r"saved an? (live video|reel|video|photo|link|product|place|event|post|profile|album|page|group"
    r"|article|offer|list|recipe|fundraiser|job|note|movie|book|music|tv show)\b",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bfrom ")
_OWNED = re.compile(r"['\u2019]s? (?:post|video|reel|photo|link|story|album|page)\b")
_COLON = re.compile("[:\uff1a]")
_PATH_KINDS = (
    (re.compile(r"/reels?/"), "reel"),
    (re.compile(r"/(?:watch|videos?|tv)(?:/|\?|$)"), "video"),
    (re.compile(r"/(?:photos?|photo\.php)(?:/|\?|$)"), "photo"),
    (re.compile(r"/events?/\d"), "event"),
    (re.compile(r"/marketplace/item/"), "product"),
    (re.compile(r"/(?:p|posts|permalink)(?:/|\.php)"), "post"),
)
_OWN_HOST = re.compile(r"https?://(?:[a-z0-9-]+\.)*(?:facebook|instagram|fb)\.(?:com|watch)(?:/|$)")


def kind_of(sentence: str, url: str) -> str:
    """Return what was saved, by the English sentence or the address; else ``unknown``."""
    match = _KIND.search(sentence)
    if match:
        return match[1].lower().replace(" ", "_")
    if is_own_address(url):
        for pattern, kind in _PATH_KINDS:
            if pattern.search(url):
                return kind
    return "unknown"


def creator_of(sentence: str) -> str:
    """Return whose post it was, by the English sentence; else ""."""
    start = _FROM.search(sentence)
    end = _OWNED.search(sentence, start.end() + 1) if start else None
    return sentence[start.end() : end.start()].strip() if start and end else ""


def collection_in(sentence: str) -> str:
    """Return the name behind the colon of “created a new collection: Kitchen”."""
    last_line = sentence.strip().rpartition("\n")[2]
    colon = _COLON.search(last_line)
    return last_line[colon.end() :].strip().removesuffix(".").rstrip() if colon else ""


def tells_collection(sentence: str, name: str) -> bool:
    """Say whether a sentence in any language tells of a new collection of this name.

    It names the collection, or has the word for one, and tells of nothing that was saved.
    """
    words = name.rstrip(". ")
    own_name = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    rest = own_name.sub(" ", sentence)
    if not words or _KIND.search(rest) or tells_saving(rest):
        return False
    return rest != sentence or tells_collecting(rest)


def is_own_address(url: str) -> bool:
    """Say whether an address lies at Facebook or Instagram."""
    return bool(_OWN_HOST.match(url))
