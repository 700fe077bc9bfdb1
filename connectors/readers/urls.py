"""Addresses out of data: only http(s), only as text; nothing here opens one."""

import hashlib
from urllib.parse import SplitResult, urlsplit

MAX_URL_LENGTH = 8_192
# What a B-tree index can hold beside the other columns of a key.
MAX_INDEXED_BYTES = 2_048
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".avif")


def web_address(value: object) -> str:
    """Return an http(s) address, or "" for anything else."""
    if value.__class__ is not str:
        return ""
    url = str(value).strip()
    if url.startswith("//"):
        url = "https:" + url
    scheme, separator, rest = url.partition("://")
    if not separator or not rest or scheme.lower() not in {"http", "https"}:
        return ""
    if len(url) > MAX_URL_LENGTH or rest[0] in "/?#" or not url.isprintable():
        return ""
    if "[" in rest and split(url) is None:
        return ""
    return url.replace(" ", "%20") if " " in url else url


def split(url: str) -> SplitResult | None:
    """Return the parts of an address; None for one that breaks the rules."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname)
    except ValueError:
        return None
    return parts if has_host else None


def domain_of(url: str) -> str:
    """Return the host without ``www.``, lower case; "" where there is none."""
    # The plain case without the cost of a full split.
    host = url.partition("://")[2].partition("/")[0].partition("?")[0]
    if "@" in host or ":" in host or "#" in host or "[" in host:
        parts = split(url)
        host = (parts.hostname or "") if parts else ""
    return host.lower().removeprefix("www.")


def without_query(url: str) -> str:
    """Return the address up to query and fragment."""
    return url.partition("?")[0].partition("#")[0]


def is_indexable(text: str) -> bool:
    """Say whether a text may identify a row: no index holds a longer one."""
    return len(text) <= MAX_INDEXED_BYTES and len(text.encode()) <= MAX_INDEXED_BYTES


def picture_key(url: str) -> str:
    """Return what identifies the picture at an address: the address without query, or its hash."""
    key = without_query(url)
    return key if is_indexable(key) else f"url:{hashlib.sha256(key.encode()).hexdigest()}"


def is_image_address(url: str) -> bool:
    """Say whether the path ends like a picture."""
    return without_query(url).lower().endswith(_IMAGE_SUFFIXES)
