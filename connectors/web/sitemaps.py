"""Sitemaps: the pictures that a site lists of its pages, and the sitemaps that an index lists."""

from typing import Final

from connectors.web import xml
from connectors.web.addresses import Base
from connectors.web.grouping import MAX_GROUPS, Group, merge
from connectors.web.texts import plain
from connectors.web.values import FoundIn, FoundPage, PageKind

MAX_FURTHER: Final = 1_000
# Of what stands within a page's entry, the field with the picture's address.
_ADDRESSES: Final = {("image", "image"): "loc", ("video", "video"): "thumbnail_loc"}


def read_index(root: xml.Element, base: Base) -> FoundPage:
    """Return the sitemaps of an index."""
    further: dict[str, None] = {}
    for entry in xml.children(root, "", "sitemap"):
        if url := base.resolve(xml.text_of(entry, "", "loc")):
            further[url] = None
        if len(further) >= MAX_FURTHER:
            break
    return FoundPage(url=base.page_url, kind=PageKind.SITEMAP_INDEX, further=tuple(further))


def read_sitemap(root: xml.Element, base: Base) -> FoundPage:
    """Return the pictures of a sitemap."""
    groups: list[Group] = []
    for entry in xml.children(root, "", "url"):
        page_url = base.resolve(xml.text_of(entry, "", "loc"))
        for child in entry:
            groups.extend(_of_entry(child, page_url, base))
        if len(groups) >= MAX_GROUPS:
            break
    pictures = tuple(merge(groups).pictures)
    return FoundPage(url=base.page_url, kind=PageKind.SITEMAP, pictures=pictures)


def _of_entry(child: xml.Element, page_url: str, base: Base) -> list[Group]:
    prefix, local = xml.names(child)
    field = _ADDRESSES.get((prefix, local))
    url = base.resolve(xml.text_of(child, prefix, field)) if field else ""
    if not url:
        return []
    title = plain(xml.text_of(child, prefix, "title"))
    caption = plain(xml.text_of(child, prefix, "caption")) or title
    return [Group([url], FoundIn.SITEMAP, alt_text=title, caption=caption, link_url=page_url)]
