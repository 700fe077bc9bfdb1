"""What an address gave: a page, a feed, a sitemap or a picture, and which pictures it shows."""

import html
import zlib
from typing import Final

from connectors.errors import AddressRefusedError, PageError
from connectors.pictures import SNIFF_BYTES, sniff_media_type
from connectors.web.addresses import Base, key_of
from connectors.web.decoding import decode
from connectors.web.grouping import merge
from connectors.web.markup import PageWalk
from connectors.web.reducing import Reduced, reduce_page
from connectors.web.values import FoundIn, FoundPage, FoundPicture, PageKind

# What is behind is not read; what is packed is unpacked as far.
MAX_PAGE_BYTES: Final = 16 * 1024**2
FEW_PICTURES: Final = 3
# A page that says less than this without its scripts says it with them.
FEW_CHARS: Final = 1_000

_GZIP_MARK: Final = b"\x1f\x8b"


def read_page(content: bytes, *, content_type: str, url: str) -> FoundPage:
    """Return what a page shows.

    Args:
        content: as it was sent, without the encoding of its transfer.
        content_type: the header of the answer; "" where there was none.
        url: the address that answered.

    Raises:
        PageError: it is nothing in which pictures could be found.
    """
    try:
        base = Base(url)
    except AddressRefusedError as exc:
        raise PageError("The address is not a plain web address.") from exc
    content = content[:MAX_PAGE_BYTES]
    if content.startswith(_GZIP_MARK):
        content = _unpack(content)
    if sniff_media_type(content[:SNIFF_BYTES]) is not None:
        return _picture_page(base)
    return _read_html(content, content_type, base)


def _picture_page(base: Base) -> FoundPage:
    url = base.page_url
    picture = FoundPicture(url=url, key=key_of(url), found_in=FoundIn.PAGE)
    return FoundPage(url=url, kind=PageKind.PICTURE, preview=picture, pictures=(picture,))


def _read_html(content: bytes, content_type: str, base: Base) -> FoundPage:
    reduced = reduce_page(decode(content, content_type=content_type))
    walk = PageWalk(base, reduced)
    walk.run()
    merged = merge(walk.groups)
    ranked = sorted(walk.head.previews)
    indexes = [merged.index_of[number] for _, number in ranked if number in merged.index_of]
    return FoundPage(
        url=base.page_url,
        kind=PageKind.HTML,
        title=walk.head.spoken_title(html.unescape(reduced.title)),
        description=walk.head.spoken_description(),
        site_name=walk.head.spoken_site(),
        canonical_url=walk.head.canonical or base.resolve(walk.head.metas.get("og:url")),
        preview=merged.pictures[indexes[0]] if indexes else None,
        pictures=tuple(merged.pictures),
        needs_scripts=_needs_scripts(reduced, merged.pictures),
    )


def _needs_scripts(reduced: Reduced, pictures: list[FoundPicture]) -> bool:
    shown = [one for one in pictures if one.found_in not in (FoundIn.META, FoundIn.JSONLD)]
    return (
        bool(reduced.scripts)
        and len(shown) < FEW_PICTURES
        and (not pictures or reduced.text_chars < FEW_CHARS)
    )


def _unpack(content: bytes) -> bytes:
    """Unpack gzip; what breaks off is taken as far as it goes."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        return unpacker.decompress(content, MAX_PAGE_BYTES)
    except zlib.error as exc:
        raise PageError("What the address gives is packed, and broken.") from exc
