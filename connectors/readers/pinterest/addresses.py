"""Addresses that people have of a pin: of every country, shared, shortened, of apps, embedded.

``pin_of_address`` reads text only. A short address does not say which pin it leads to: whoever
asks its host, through the guard, is led to one that does.
"""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from connectors.readers.pinterest.ids import digits_of, pin_id_in_address

MAX_CHARS: Final = 8192

# Behind "pinterest." or "<anything>.pinterest."; of names under other endings anybody may be lord.
# fmt: off
_ENDINGS: Final = frozenset({
    "at", "be", "ca", "ch", "cl", "co", "co.at", "co.in", "co.kr", "co.nz", "co.uk", "com",
    "com.au", "com.bo", "com.ec", "com.mx", "com.pe", "com.py", "com.uy", "com.vn", "de", "dk",
    "ec", "es", "fr", "hu", "id", "ie", "in", "info", "it", "jp", "kr", "mx", "nl", "nz", "pe",
    "ph", "pt", "ru", "se", "th", "tw", "uk", "vn",
})
# fmt: on
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)*?pinterest\.([a-z]+(?:\.[a-z]+)?)\.?\Z")
_SHORT_HOSTS: Final = frozenset(
    {"pin.it", "www.pin.it", "pinterest.app.link", "pinterest-alternate.app.link"}
)
_APP: Final = re.compile(r"(?:pinterest|pinit\d*|intent|android-app|ios-app)://", re.IGNORECASE)
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
# Of embedded pins, of the way out to where a pin comes from, of share buttons, and of app links
# that carry the way inside the app.
_ID_FIELDS: Final = ("id", "pin_id", "pinid", "pin")
_ID_PATHS: Final = ("/embed.html", "/offsite", "/offsite/")
_WAY_FIELDS: Final = (
    "$deeplink_path", "deeplink_path", "$canonical_url", "$desktop_url", "$fallback_url",
    "target", "next", "url",
)  # fmt: skip


def pin_address(pin_id: str) -> str:
    """Return the address under which a pin is asked for and kept."""
    return f"https://www.pinterest.com/pin/{pin_id}/"


def pin_of_address(url: str) -> str:
    """Return the digits of the pin that ``url`` leads to; "" where the text does not say one."""
    text = url.strip()
    if not text or len(text) > MAX_CHARS:
        return ""
    if _APP.match(text):
        return _in_path("/" + text.partition("://")[2])
    parts = _parts(text)
    if parts is None:
        return ""
    if not (_is_pinterest(parts.hostname) or _is_short(parts)):
        return ""
    return _in_path(parts.path) or _in_query(parts)


def is_short_address(url: str) -> bool:
    """Say whether an address leads to one of Pinterest's, maybe of a pin, once it is asked."""
    parts = _parts(url.strip()) if len(url) <= MAX_CHARS else None
    return parts is not None and _is_short(parts)


def _parts(text: str) -> SplitResult | None:
    """Take a web address apart, written with its scheme or without; None for what is none."""
    if not _WEB.match(text):
        if "://" in text.partition("?")[0]:
            return None
        text = f"https://{text.lstrip('/')}"
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    return parts if host else None


def _is_pinterest(host: str | None) -> bool:
    match = _HOST.match(host or "")
    return match is not None and match[1] in _ENDINGS


def _is_short(parts: SplitResult) -> bool:
    """Say whether only its host knows where an address leads to."""
    host = parts.hostname or ""
    if host in _SHORT_HOSTS:
        return True
    if not _is_pinterest(host):
        return False
    return "/url_shortener/" in parts.path or host.startswith("post.")


def _in_path(path: str) -> str:
    """Return the pin that a path names, such as ``/pin/a-slug--123/sent/``."""
    cut = path.partition("?")[0].partition("#")[0]
    return pin_id_in_address(unquote(cut))


def _in_query(parts: SplitResult) -> str:
    """Return the pin that a query names: of an embedded pin, or of a way that it carries."""
    try:
        fields = dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return ""
    if parts.path.endswith(_ID_PATHS):
        for name in _ID_FIELDS:
            if digits := digits_of(fields.get(name, "")):
                return digits
    for name in _WAY_FIELDS:
        way = fields.get(name, "")
        if "pin/" not in way:
            continue
        inner = _parts(way) if _WEB.match(way) else None
        if inner is None and "://" not in way:
            found = _in_path("/" + way.lstrip("/"))
        else:
            found = _in_path(inner.path) if inner and _is_pinterest(inner.hostname) else ""
        if found:
            return found
    return ""
