"""Addresses in Meta's downloads: taken out of the wrappers that count clicks."""

import re
from urllib.parse import parse_qs

from connectors.readers.urls import split, web_address

_MAX_WRAPPERS = 3
_WRAPPER_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:facebook|instagram|fb|messenger)\.com")
_WRAPPER_PATHS = ("/l.php", "/dyi/l", "/flx/warn", "/linkshim")
_SHIM_HOSTS = frozenset({"l.instagram.com", "l.facebook.com", "lm.facebook.com"})
_CLICK_ID = "fbclid="


def unwrap(value: object) -> str:
    """Return the address that a link leads to, without the click id; "" for no address."""
    url = web_address(value)
    for _ in range(_MAX_WRAPPERS):
        inner = _inside(url)
        if not inner:
            break
        url = inner
    return _without_click_id(url) if _CLICK_ID in url else url


def _inside(url: str) -> str:
    parts = split(url) if "?" in url else None
    if parts is None or not _WRAPPER_HOST.fullmatch(parts.hostname or ""):
        return ""
    path = parts.path.rstrip("/")
    if parts.hostname not in _SHIM_HOSTS and not path.startswith(_WRAPPER_PATHS):
        return ""
    try:
        query = parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return ""
    for key in ("u", "l", "url"):
        for inner in query.get(key, ()):
            if address := web_address(inner):
                return address
    return ""


def _without_click_id(url: str) -> str:
    address, _, rest = url.partition("?")
    query, hash_mark, fragment = rest.partition("#")
    kept = [pair for pair in query.split("&") if not pair.startswith(_CLICK_ID)]
    return address + ("?" if kept else "") + "&".join(kept) + hash_mark + fragment
