"""The addresses that one element offers for its picture, the best first."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from connectors.web.addresses import Base, ends_like_picture, path_of
from connectors.web.sizes import size_of
from connectors.web.srcset import parse_srcset
from connectors.web.unwanted import stands_in

Attributes = Mapping[str, str | None]

# How much an attribute says about what it names. Scripts replace what is in ``src`` by what is in
# the lazy attributes; a descriptor tells a width that all else leaves open.
_ORIGINAL, _DESCRIBED_LAZILY, _DESCRIBED, _LAZY, _PLAIN, _SMALL = 5, 4, 3, 2, 1, 0
# More than a width in an address adds.
_WHOLE: Final = 1000.0
_ORIGINALS: Final = (
    "data-orig-file", "data-original-file", "data-full", "data-full-src", "data-full-url",
    "data-fullsrc", "data-fullsize", "data-full-size", "data-zoom-image", "data-zoom-src",
    "data-zoom", "data-large_image", "data-large-image", "data-large-src", "data-large",
    "data-large-file", "data-hi-res-src", "data-hi-res", "data-hires", "data-highres",
    "data-high-res-src", "data-big", "data-pswp-src", "data-lightbox-src",
)  # fmt: skip
_LAZY_SRCS: Final = (
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-lazysrc", "data-lazyload",
    "data-lazy-original", "data-original-src", "data-src-retina", "data-retina", "data-echo",
    "data-actualsrc", "data-img-src", "data-image-src", "data-img", "data-image", "data-url",
    "data-ll-src", "data-flickity-lazyload", "data-cfsrc", "data-ezsrc", "data-aload",
    "data-delayed-url", "data-pin-media", "data-src-fg", "data-sf-src", "data-unveil", "data-href",
    "nitro-lazy-src", "lazy-src", "lazysrc", "dfsrc", "file", "zoomfile", "ess-data",
)  # fmt: skip
_LAZY_SETS: Final = (
    "data-srcset", "data-lazy-srcset", "data-src-set", "data-original-set", "data-ll-srcset",
    "data-flickity-lazyload-srcset", "data-responsive", "data-cfsrcset", "data-ezsrcset",
    "nitro-lazy-srcset", "lazy-srcset",
)  # fmt: skip
_SMALLS: Final = (
    "data-medium-file",
    "data-thumb",
    "data-small",
    "data-preview",
    "data-lowsrc",
    "lowsrc",
)
_SMALL_NAME = re.compile(
    r"thumb|small|low|tiny|place|blur|preview|error|fallback|default|loading|icon|avatar|logo|link"
    r"|href|url$|bg|back|poster|srcset"
)
_DIMENSION = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*\Z")
# What is shown where there is little room, on paper, or by a wish of the reader.
_OTHER_MEDIA = re.compile(r"max-width|width\s*<|portrait|print|prefers-", re.IGNORECASE)
# Where pictures are the same but for their format: what every program reads comes first.
_FORMATS: Final = {".webp": 1, ".avif": 2}
_READABLE_TYPES: Final = frozenset({
    "", "image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/gif", "image/webp",
    "image/avif", "image/bmp",
})  # fmt: skip


class Offer(NamedTuple):
    """One address, and what is known of it.

    Attributes:
        weight: of the attribute that names it.
        scale: to compare addresses of one weight: pixels of width, or the density.
        width_px: as the page claims.
        is_other: it is for other screens than large ones, or for paper.
    """

    url: str
    weight: int
    scale: float
    width_px: int | None = None
    is_other: bool = False


class Offers:
    """Collects the addresses of one picture."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._found: list[Offer] = []
        self._is_other = False

    @property
    def is_lazy(self) -> bool:
        """Say whether a script would bring the picture."""
        return any(one.weight in (_DESCRIBED_LAZILY, _LAZY) for one in self._found)

    @property
    def has_larger(self) -> bool:
        """Say whether one is said to be larger than what is shown."""
        return any(one.weight in (_ORIGINAL, _DESCRIBED, _DESCRIBED_LAZILY) for one in self._found)

    def add_original(self, text: str | None) -> None:
        """Take the address of the picture in full size."""
        self._add(text, _ORIGINAL)

    def add_link(self, text: str | None) -> None:
        """Take what a link around the picture leads to, if that is a picture."""
        url = self._base.resolve(text)
        if url and ends_like_picture(url):
            self._add(text, _ORIGINAL)

    def add_image(self, attributes: Attributes) -> None:
        """Take all that the attributes of an image offer."""
        for name, value in sorted(attributes.items(), key=_order):
            if not value or name in _SILENT:
                continue
            if name in _WEIGHTS:
                self._add_if_address(value, _WEIGHTS[name])
            elif name in _LAZY_SETS or name == "srcset":
                self.add_set(value, is_lazy=name != "srcset")
            elif name in _PLAINS:
                self._add(value, _PLAIN)
            elif name.startswith("data-"):
                self._add_unheard_of(name, value)

    def add_source(self, attributes: Attributes) -> None:
        """Take what a ``source`` of ``picture`` offers, if its format can be read."""
        kind = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if kind not in _READABLE_TYPES:
            return
        self._is_other = _OTHER_MEDIA.search(attributes.get("media") or "") is not None
        for name in _LAZY_SETS:
            self.add_set(attributes.get(name), is_lazy=True)
        self.add_set(attributes.get("srcset"))
        for name in ("data-src", "src"):
            self._add(attributes.get(name), _LAZY if name == "data-src" else _PLAIN)
        self._is_other = False

    def add_set(self, text: str | None, *, is_lazy: bool = False) -> None:
        """Take the candidates of a ``srcset``."""
        if not text:
            return
        described = _DESCRIBED_LAZILY if is_lazy else _DESCRIBED
        for source in parse_srcset(text):
            is_bare = source.width_px is None and source.density == 1.0
            weight = (_LAZY if is_lazy else _PLAIN) if is_bare else described
            self._add(source.address, weight, width_px=source.width_px, density=source.density)

    def add_plain(self, text: str | None) -> None:
        """Take an address of which nothing more is known."""
        self._add(text, _PLAIN)

    def sorted(self) -> list[Offer]:
        """Return the offers, the best first, without what merely stands in for others."""
        found = self._found
        if self.is_lazy:
            found = [one for one in found if one.weight > _PLAIN or not stands_in(one.url)]
        unique: dict[str, Offer] = {}
        for offer in sorted(found, key=_rank):
            # Where it was named best.
            unique.setdefault(offer.url, offer)
        return list(unique.values())

    def _add(
        self, text: str | None, weight: int, *, width_px: int | None = None, density: float = 1.0
    ) -> None:
        url = self._base.resolve(text)
        if not url or path_of(url).endswith((".svg", ".svgz")):
            return
        size = size_of(url)
        scale = float(width_px or 0) or density * 1000 + (size.width_px or 0) / 1000
        if weight == _ORIGINAL and not size.is_cut:
            # What names a width is cut from it.
            scale += _WHOLE
        self._found.append(Offer(url, weight, scale, width_px, self._is_other))

    def _add_if_address(self, text: str | None, weight: int) -> None:
        """Take the value of an attribute that may as well hold a word or JSON."""
        if not text or not (("/" in text and text[0] not in "{[") or "." in text):
            return
        if " " not in text.strip() or self._is_picture(text):
            self._add(text, weight)

    def _add_unheard_of(self, name: str, value: str) -> None:
        """Take what an attribute that nobody listed names, where it ends like a picture."""
        if "." not in value or len(value) > _LONGEST or _SMALL_NAME.search(name):
            return
        if self._is_picture(value):
            self._add(value, _LAZY)

    def _is_picture(self, text: str) -> bool:
        """Say whether what may be words is the address of one picture."""
        url = self._base.resolve(text)
        return bool(url) and ", " not in text and ends_like_picture(url)


# How attributes rank that hold one address each; of equal ones the first listed is the better.
_WEIGHTS: Final = {
    **dict.fromkeys(_ORIGINALS, _ORIGINAL),
    **dict.fromkeys(_LAZY_SRCS, _LAZY),
    **dict.fromkeys(_SMALLS, _SMALL),
}
_PLAINS: Final = ("src", "href", "xlink:href")
_ORDER: Final = {name: at for at, name in enumerate((*_WEIGHTS, *_PLAINS))}
_SILENT: Final = frozenset(
    {"alt", "class", "id", "width", "height", "loading", "sizes", "style", "title"}
)
_LONGEST: Final = 2_000


def _order(attribute: tuple[str, str | None]) -> int:
    return _ORDER.get(attribute[0], len(_ORDER))


def dimension(value: str | None) -> int | None:
    """Return pixels out of an attribute; None for shares and anything else."""
    match = _DIMENSION.match(value or "")
    return int(match[1]) if match else None


def first_of(attributes: Attributes, names: Iterable[str]) -> str:
    """Return the first of the attributes that has a value."""
    return next((value for name in names if (value := attributes.get(name))), "")


def _rank(offer: Offer) -> tuple[bool, int, float, int]:
    return offer.is_other, -offer.weight, -offer.scale, _format(offer.url)


def _format(url: str) -> int:
    path = path_of(url)
    return _FORMATS.get(path[path.rfind(".") :], 0) if "." in path else 0
