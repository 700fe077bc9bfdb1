"""Addresses as pages write them: made absolute and unambiguous, or left out.

What comes out is ``http`` or ``https`` in visible ASCII. It is text all the same: whether a name
leads to a public address is the guard's to say, when it is fetched.
"""

import hashlib
import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urljoin

from connectors.errors import AddressRefusedError
from connectors.guard import judge
from connectors.guard.urls import (
    DEFAULT_PORTS,
    MAX_URL_CHARS,
    parse_authority,
    refuse_internal_name,
)
from connectors.readers.urls import is_indexable

# What may stand in a picture's address, of formats that the product can decode.
PICTURE_SUFFIXES: Final = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".avif", ".bmp",
)  # fmt: skip

# Of one page; what it names beyond is not looked at.
MAX_ADDRESSES: Final = 100_000
_VISIBLE_ASCII: Final = "".join(
    chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>`{}'
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Of other alphabets letters count as the same in either case: the long s of old print is no "s".
_WEB = re.compile(r"https?://", re.IGNORECASE | re.ASCII)
_PARTS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?", re.IGNORECASE | re.ASCII)
_LINE_SIGNS = str.maketrans("", "", "\t\n\r")
# Control signs; and signs that scripts would replace: no server knows such an address.
_NEVER = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
    r"|\{\{|\$\{|<%|\{(?:width|size|w)\}|%7B(?:width|size|w)%7D",
    re.IGNORECASE,
)
_EDGES = "".join(map(chr, range(0x21)))
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
# They tell visits and permits apart, never pictures.
_VOLATILE = re.compile(
    r"(?:utm_\w+|fbclid|gclid|x-(?:amz|goog)-\w[\w-]*|expires|signature|key-pair-id|policy"
    r"|awsaccesskeyid|_nc_\w+|oh|oe|ccb|sig|hmac|itok|jwt)=",
    re.IGNORECASE,
)


class Base:
    """Resolves the addresses of one page."""

    def __init__(self, page_url: str) -> None:
        """Begin with the page's own address.

        Raises:
            AddressRefusedError: it is not a web address.
        """
        self._is_inner = False
        self._left = MAX_ADDRESSES
        self.page_url = absolute(page_url, base="", may_be_inner=True)
        if not self.page_url:
            raise AddressRefusedError("The address is not a plain web address.", reason="syntax")
        self._is_inner = is_inner(self.page_url)
        self._base = self.page_url

    def set_href(self, href: str) -> bool:
        """Take the ``href`` of the page's first ``base``; say whether it is one."""
        found = self.resolve(href)
        self._base = found or self._base
        return bool(found)

    def resolve(self, text: str | None) -> str:
        """Return the address that ``text`` means on this page; "" where it is not for us."""
        if not text or not self._left:
            return ""
        self._left -= 1
        # Inside an inner network, as in a demo, pages show pictures of it; others have no business.
        return absolute(text, base=self._base, may_be_inner=self._is_inner)


def absolute(text: str, *, base: str, may_be_inner: bool) -> str:
    """Return a web address in the one form in which it is kept; "" for anything else.

    Args:
        text: as a page writes it.
        base: what it is relative to; itself in the kept form.
        may_be_inner: also take names that public DNS does not serve.
    """
    text = text[: MAX_URL_CHARS * 2].strip(_EDGES).translate(_LINE_SIGNS)
    if not text or text[0] == "#" or len(text) > MAX_URL_CHARS or _NEVER.search(text):
        return ""
    path, mark, query = text.partition("?")
    match = _PARTS.match(_join(base, path.replace("\\", "/") + mark + query))
    if match is None:
        return ""
    scheme, authority, path, query = match.groups(default="")
    host = _authority(scheme.lower(), authority, may_be_inner=may_be_inner)
    url = f"{scheme.lower()}://{host}{quote((path or '/') + query, safe=_VISIBLE_ASCII)}"
    return url if host and len(url) <= MAX_URL_CHARS else ""


def _join(base: str, text: str) -> str:
    """Return the address that a text means, relative to another; "" for another scheme."""
    if _WEB.match(text):
        return text
    if _SCHEME.match(text):
        return ""
    if text[0].isalnum() and "?" not in base and "./" not in text:
        # The plain case, many thousand times on a page.
        return f"{base[: base.rfind('/') + 1]}{text}"
    try:
        return urljoin(base, text)
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def _authority(scheme: str, authority: str, *, may_be_inner: bool) -> str:
    """Return host and, where it is not the scheme's own, port; "" for what the guard refuses."""
    try:
        host, port, literal = parse_authority(authority, default_port=DEFAULT_PORTS[scheme])
        if literal is not None:
            judge(literal)
        elif not may_be_inner:
            refuse_internal_name(host)
    except AddressRefusedError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"


def is_inner(url: str) -> bool:
    """Say whether a kept address has a name that public DNS does not serve."""
    host = url.partition("://")[2].partition("/")[0]
    return bool(host) and not _authority("http", host.partition(":")[0], may_be_inner=False)


def key_of(url: str) -> str:
    """Return what identifies the address: without scheme, permits and ways to write a sign."""
    target = url.partition("://")[2]
    path, mark, query = target.partition("?")
    if mark:
        kept = "&".join(one for one in query.split("&") if one and not _VOLATILE.match(one))
        target = f"{path}?{kept}" if kept else path
    target = _ESCAPE.sub(lambda found: found[0].upper(), target)
    if is_indexable(target):
        return target
    return f"url:{hashlib.sha256(target.encode()).hexdigest()}"


def path_of(url: str) -> str:
    """Return the path of a kept address, in lower case."""
    target = url.partition("://")[2].partition("?")[0]
    return target[target.find("/") :].lower()


def ends_like_picture(url: str) -> bool:
    """Say whether the path of a kept address ends like a picture.

    Pages *about* a picture end like one too (``/wiki/File:a.jpg``); their colon tells them.
    """
    path = path_of(url)
    return path.endswith(PICTURE_SUFFIXES) and not re.search(r":|%3a", path.rpartition("/")[2])
