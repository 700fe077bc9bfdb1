"""What an address gave: a page, a feed, a sitemap or a picture, and which pictures it shows."""

import html
import re
import zlib
from typing import Final

from connectors.errors import AddressRefusedError, PageError
from connectors.pictures import SNIFF_BYTES, sniff_media_type
from connectors.web.addresses import Base, key_of
from connectors.web.decoding import charset_of, decode
from connectors.web.feeds import read_feed
from connectors.web.grouping import merge
from connectors.web.markup import PageWalk
from connectors.web.reducing import Reduced, reduce_page
from connectors.web.sitemaps import read_index, read_sitemap
from connectors.web.values import FoundIn, FoundPage, FoundPicture, PageKind
from connectors.web.xml import parse, root_name

# What is behind is not read; what is packed is unpacked as far.
MAX_PAGE_BYTES: Final = 16 * 1024**2
FEW_PICTURES: Final = 3
# A page that says less than this without its scripts says it with them.
FEW_CHARS: Final = 1_000

_GZIP_MARK: Final = b"\x1f\x8b"
_BLANKS: Final = b"\xef\xbb\xbf\t\n\r "
_HEAD_CHARS: Final = 1_000
_OTHER_TYPES: Final = (
    "application/json", "application/pdf", "application/zip", "application/javascript", "audio/",
    "font/", "text/css", "text/javascript", "video/",
)  # fmt: skip
_ANY_TAG = re.compile(r"<[!/a-zA-Z]")
_XML_READERS: Final = {
    "rss": read_feed,
    "feed": read_feed,
    "rdf": read_feed,
    "urlset": read_sitemap,
    "sitemapindex": read_index,
}


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
    text = decode(content, content_type=content_type)
    reader = _XML_READERS.get(root_name(text))
    if reader is not None:
        root = parse(content.lstrip(_BLANKS), charset=charset_of(content_type))
        if root is not None:
            return reader(root, base)
    _refuse_other(text, content_type)
    return _read_html(text, base)


def _refuse_other(text: str, content_type: str) -> None:
    """Refuse what is no markup at all.

    Raises:
        PageError: it claims to be something else, or has no tag.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    is_other = media_type.startswith(_OTHER_TYPES)
    if is_other or "\0" in text[:_HEAD_CHARS] or not _ANY_TAG.search(text):
        raise PageError("There is no page at this address, but a file of another kind.")


def _picture_page(base: Base) -> FoundPage:
    url = base.page_url
    picture = FoundPicture(url=url, key=key_of(url), found_in=FoundIn.PAGE)
    return FoundPage(url=url, kind=PageKind.PICTURE, preview=picture, pictures=(picture,))


def _read_html(text: str, base: Base) -> FoundPage:
    reduced = reduce_page(text)
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
