"""Widths that addresses tell of, and what two addresses of one picture have in common.

The family of an address serves to compare: it is never fetched, since a site need not have it.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_MAX_PX: Final = 20_000
_EXTENSION: Final = r"(?=\.[a-z]{3,4}(?:$|\?))"


class Size(NamedTuple):
    """What an address tells of the picture's size.

    Attributes:
        family: the same for all widths of a picture.
        width_px: None where the address does not tell.
        height_px: likewise.
        is_cut: the address names one width of several, so that another may be larger.
        shape: width and height that the name of the file ends with; None where it does not. Of
            different shapes are different pictures, as the formats of a banner.
    """

    family: str
    width_px: int | None
    height_px: int | None
    is_cut: bool
    shape: tuple[int, int] | None = None


# What a letter means in addresses of Flickr.
_FLICKR: Final = {
    "s": 75, "q": 150, "t": 100, "m": 240, "n": 320, "w": 400, "z": 640, "c": 800, "b": 1024,
    "h": 1600, "k": 2048,
}  # fmt: skip
_SHOPIFY: Final = {
    "pico": 16, "icon": 32, "thumb": 50, "small": 100, "compact": 160, "medium": 240,
    "large": 480, "grande": 600,
}  # fmt: skip


class _Pattern(NamedTuple):
    """One way to write a width into an address.

    Attributes:
        needs: a word without which the expression cannot match; a cheap look beforehand.
        expression: what leaves the family; its groups ``w`` and ``h`` are pixels.
        hosts: ends of the host's name; empty for every host.
    """

    needs: str
    expression: re.Pattern[str]
    hosts: tuple[str, ...] = ()


def _pattern(needs: str, expression: str, *hosts: str) -> _Pattern:
    return _Pattern(needs, re.compile(expression, re.IGNORECASE), hosts)


_GOOGLE: Final = ("blogspot.com", "googleusercontent.com", "ggpht.com")
_W: Final = r"(?P<w>\d{2,5})"
_W2: Final = r"(?P<w2>\d{2,5})"
_H: Final = r"(?P<h>\d{2,5})"
# WordPress and those that do as it does
_SHAPED: Final = _pattern("x", rf"[-_]{_W}x{_H}(?:_c|-c|_crop_[a-z]+)?(?:@[23]x)?{_EXTENSION}")
# What WordPress keeps instead of larger uploads; all smaller ones are cut from them.
_SCALED: Final = _pattern("-scaled", rf"-scaled{_EXTENSION}")
_SCALED_PX: Final = 2560
_PATTERNS: Final = (
    _SHAPED,
    _SCALED,
    _pattern("@", rf"@[1-4](?:\.\d)?x{_EXTENSION}"),
    _pattern("_", rf"_(?P<flickr>[sqtmnwzcbhk]){_EXTENSION}", "staticflickr.com"),
    _pattern(
        "_",
        rf"_(?:(?P<shopify>pico|icon|thumb|small|compact|medium|large|grande|master)|(?:{_W})?x"
        rf"(?:{_H})?|{_W2}x)(?:_crop_[a-z]+)?(?:@[23]x)?(?:\.progressive)?{_EXTENSION}",
        "shopify.com",
        "shopifycdn.com",
    ),
    # MediaWiki: /thumb/a/ab/Name.jpg/320px-Name.jpg
    _pattern("/thumb/", rf"(?<=[a-z])/(?:lossy-)?(?:page\d+-)?{_W}px-[^/]+$"),
    _pattern("/thumb/", r"/thumb(?=/[0-9a-f]/)"),
    _pattern("/", rf"/(?:{_W}x(?:{_H})?(?:_RS)?|originals)(?=/)", "pinimg.com"),
    _pattern("_", rf"_{_W}{_EXTENSION}", "media.tumblr.com"),
    _pattern("/", rf"/s{_W}x{_H}(?=/)", "media.tumblr.com"),
    # Amazon: ._AC_SL1500_.jpg
    _pattern(
        "._",
        rf"\._(?:(?:[A-Z0-9,]+_){{0,4}}?[SU][A-Z]{_W}[A-Z0-9_,]*|[A-Z0-9_,]*)_{_EXTENSION}",
    ),
    # Google: /s320/, /w400-h300-c/, =s220
    _pattern("/", rf"/(?:s{_W}|w{_W2}-h{_H})(?:-[a-z0-9]+)*(?=/)", *_GOOGLE),
    _pattern("=", rf"=(?:s{_W}|w{_W2})(?:-[a-z0-9]+)*$", *_GOOGLE),
    _pattern("/", rf"/(?:max|fit|resize)/(?:[ct]/)?{_W}(?:/{_H})?(?=/)"),
    _pattern("/resize:", rf"/resize:[a-z]+:{_W}(?::{_H})?(?=/)"),
    _pattern("/size/", r"/size(?=/w\d)"),
    _pattern("/w", rf"/(?:w|width[-_=]){_W}(?=/)"),
    _pattern("/styles/", r"/styles/[^/]+/(?:public|private)(?=/)"),
    _pattern("/cdn-cgi/", rf"/cdn-cgi/image/(?:[^/]*?\bwidth={_W})?[^/]*(?=/)"),
    _pattern("x", rf"/(?:unsafe/)?(?:fit-in/)?{_W}x(?:{_H})?(?=/)"),
    # Cloudinary, Wix: /c_fill,f_auto,w_320/
    _pattern(
        "_",
        rf"/(?=[^/]*\bw_\d)(?:[a-z]{{1,4}}_[^/,]+,)*w_{_W}(?:,h_{_H})?(?:,[a-z]{{1,7}}_[^/,]+)*(?=/)",
    ),
)  # fmt: skip
# Of a query: how large, each as a number or as a pair of them.
_QUERY_WIDTHS: Final = frozenset({"w", "width", "wid", "imwidth", "sw", "mw", "maxwidth", "max-w"})
_QUERY_HEIGHTS: Final = frozenset({"h", "height", "hei", "imheight", "sh", "mh", "maxheight"})
_QUERY_PAIRS: Final = frozenset({"resize", "fit", "size"})
# How well, and with which permit: they never tell one picture from another.
_QUERY_OTHERS: Final = frozenset(
    {
        "auto", "dpr", "ixlib", "ixid", "itok", "output-format", "output-quality", "quality",
        "sharp", "ssl", "strip", "usm",
    }
)  # fmt: skip
# Likewise, but only beside a size; alone each may be what a script tells its pictures apart by.
_QUERY_BESIDE: Final = frozenset(
    {
        "blur", "crop", "cropping", "cs", "downsize", "fit", "fl", "fm", "format", "impolicy", "op",
        "q", "rect", "resize", "size", "zoom",
    }
)  # fmt: skip
_PAIR = re.compile(r"(\d{2,5})(?:w|(?:%2c|[,x:])(\d{2,5}))?", re.IGNORECASE)
# A signature of all that the query asks for.
_SIGNATURE = re.compile(r"s=[0-9a-f]{16,}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def size_of(url: str) -> Size:
    """Return what a kept address tells of the picture's size."""
    host, slash, target = url.partition("://")[2].partition("/")
    path, mark, query = target.partition("?")
    path = slash + path
    width: int | None = None
    height: int | None = None
    is_cut = False
    shape: tuple[int, int] | None = None
    for pattern in _PATTERNS:
        if pattern.needs not in path or (pattern.hosts and not host.endswith(pattern.hosts)):
            continue
        match = pattern.expression.search(path)
        if match is not None:
            is_cut = True
            found, tall = _pixels(match)
            width, height = (found, tall) if found else (width, height)
            if pattern is _SHAPED and found and tall:
                shape = found, tall
            elif pattern is _SCALED:
                width = width or _SCALED_PX
            path = pattern.expression.sub("", path)
    if mark:
        query, wide, tall = _without_sizes(query, is_sized=is_cut)
        is_cut = is_cut or wide is not None
        width, height = (wide, tall) if wide else (width, height)
    return Size(f"{host}{path}{f'?{query}' if query else ''}", width, height, is_cut, shape)


def _pixels(match: re.Match[str]) -> tuple[int | None, int | None]:
    groups = match.groupdict()
    width = groups.get("w") or groups.get("w2")
    if letter := groups.get("flickr"):
        return _FLICKR[letter.lower()], None
    if word := groups.get("shopify"):
        return _SHOPIFY.get(word.lower()), None
    return _plausible(width), _plausible(groups.get("h"))


def _without_sizes(query: str, *, is_sized: bool) -> tuple[str, int | None, int | None]:
    """Return the query without what only shapes the picture, and the pixels that it names.

    Args:
        is_sized: the path names a size, so that the query may shape what is of that size.
    """
    kept: list[str] = []
    beside: list[str] = []
    width: int | None = None
    height: int | None = None
    for one in query.split("&"):
        name, _, value = one.partition("=")
        name = name.lower()
        pair = _PAIR.fullmatch(value) if name in _QUERY_PAIRS else None
        if name in _QUERY_WIDTHS and _plausible(value):
            width = _plausible(value)
        elif name in _QUERY_HEIGHTS and _plausible(value):
            height = _plausible(value)
        elif pair is not None:
            width, height = _plausible(pair[1]) or width, _plausible(pair[2]) or height
        elif name in _QUERY_BESIDE or _SIGNATURE.fullmatch(one):
            beside.append(one)
        elif one and name not in _QUERY_OTHERS:
            kept.append(one)
    if width is None and height is None and not is_sized:
        kept += beside
    return "&".join(kept), width, height


def _plausible(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit():
        return None
    pixels = int(text[:6])
    return pixels if 0 < pixels <= _MAX_PX else None
