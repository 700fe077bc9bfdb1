"""Feeds: RSS and Atom with media, enclosures, and the HTML within their entries."""

from typing import Final

from connectors.web import xml
from connectors.web.addresses import Base, ends_like_picture, key_of
from connectors.web.grouping import MAX_GROUPS, Group, merge
from connectors.web.markup import PageWalk
from connectors.web.offers import dimension
from connectors.web.reducing import reduce_page
from connectors.web.texts import plain
from connectors.web.values import FoundIn, FoundPage, FoundPicture, PageKind

_TEXTS: Final = (("content", "encoded"), ("", "content"), ("", "description"), ("", "summary"))
# Of an entry; a whole page within a feed is cut.
_MAX_TEXT_CHARS: Final = 500_000
_ENTRIES: Final = frozenset({"item", "entry"})


def read_feed(root: xml.Element, base: Base) -> FoundPage:
    """Return the pictures of a feed's entries; that of the whole feed is its preview."""
    channel = next(xml.children(root, "", "channel"), root)
    groups: list[Group] = []
    for entry in _entries(root, channel):
        groups.extend(_Entry(entry, base).groups())
        if len(groups) >= MAX_GROUPS:
            break
    return FoundPage(
        url=base.page_url,
        kind=PageKind.FEED,
        title=plain(xml.text_of(channel, "", "title")),
        description=plain(
            xml.text_of(channel, "", "description") or xml.text_of(channel, "", "subtitle")
        ),
        site_name=plain(xml.text_of(channel, "", "title")),
        canonical_url=_link_of(channel, base),
        preview=_preview(channel, base),
        pictures=tuple(merge(groups).pictures),
    )


def _entries(root: xml.Element, channel: xml.Element) -> list[xml.Element]:
    # In RSS 1.0 the entries stand beside the channel.
    parents = [channel] if channel is root else [channel, root]
    return [one for parent in parents for one in parent if xml.names(one)[1] in _ENTRIES]


def _preview(channel: xml.Element, base: Base) -> FoundPicture | None:
    addresses = [xml.get(one, "href") for one in xml.children(channel, "itunes", "image")]
    addresses += [xml.text_of(one, "", "url") for one in xml.children(channel, "", "image")]
    addresses += [xml.text_of(channel, "", "logo")]
    url = next((url for address in addresses if (url := base.resolve(address))), "")
    return FoundPicture(url=url, key=key_of(url), found_in=FoundIn.FEED) if url else None


def _link_of(element: xml.Element, base: Base) -> str:
    for link in xml.children(element, "", "link"):
        rel = xml.get(link, "rel").lower()
        address = xml.get(link, "href") if rel in {"", "alternate"} else ""
        if url := base.resolve(address or ("" if rel else xml.inner_text(link))):
            return url
    return ""


class _Entry:
    """One entry of a feed."""

    def __init__(self, entry: xml.Element, base: Base) -> None:
        self._entry, self._base = entry, base
        self._title = plain(xml.text_of(entry, "", "title") or xml.text_of(entry, "media", "title"))
        self._link = _link_of(entry, base)

    def groups(self) -> list[Group]:
        """Return what the entry names: media, enclosures, then the pictures of its text."""
        groups = self._of_media(self._entry)
        for group in xml.children(self._entry, "media", "group"):
            groups += self._of_media(group, is_one=True)
        for child in self._entry:
            groups += self._of_child(child)
        for prefix, local in _TEXTS:
            for text in xml.children(self._entry, prefix, local):
                groups += self._of_text(text)
        return groups

    def _of_media(self, parent: xml.Element, *, is_one: bool = False) -> list[Group]:
        """Return pictures of Media RSS; thumbnails are smaller forms of what they stand beside."""
        contents = [one for one in xml.children(parent, "media", "content") if _is_picture(one)]
        contents.sort(key=lambda one: -(dimension(xml.get(one, "width")) or 0))
        thumbnails = list(xml.children(parent, "media", "thumbnail"))
        for content in xml.children(parent, "media", "content"):
            thumbnails += xml.children(content, "media", "thumbnail")
        if is_one or len(contents) == 1:
            return self._one([*contents, *thumbnails])
        if contents:
            return [group for content in contents for group in self._one([content])]
        return self._one(thumbnails)

    def _one(self, elements: list[xml.Element]) -> list[Group]:
        urls = [url for one in elements if (url := self._base.resolve(xml.get(one, "url")))]
        if not urls:
            return []
        first = elements[0]
        group = self._group(urls)
        group.width_px = dimension(xml.get(first, "width"))
        group.height_px = dimension(xml.get(first, "height"))
        group.alt_text = plain(
            xml.text_of(first, "media", "description")
            or xml.text_of(self._entry, "media", "description")
            or xml.text_of(first, "media", "title")
        )
        return [group]

    def _of_child(self, child: xml.Element) -> list[Group]:
        name = xml.names(child)
        address = ""
        if name == ("itunes", "image"):
            address = xml.get(child, "href")
        elif name == ("", "enclosure") and _is_picture(child):
            address = xml.get(child, "url")
        elif name == ("", "link") and xml.get(child, "rel") == "enclosure" and _is_picture(child):
            address = xml.get(child, "href")
        elif name == ("", "image"):
            address = xml.text_of(child, "", "url") or xml.inner_text(child)
        url = self._base.resolve(address)
        return [self._group([url])] if url else []

    def _of_text(self, element: xml.Element) -> list[Group]:
        # Atom may hold XHTML rather than escaped HTML.
        text = xml.markup(element) if len(element) else xml.inner_text(element)
        if "<" not in text:
            return []
        walk = PageWalk(self._base, reduce_page(text[:_MAX_TEXT_CHARS]))
        walk.run()
        for group in walk.groups:
            group.found_in = FoundIn.FEED
            group.caption = group.caption or self._title
            group.link_url = group.link_url or self._link
        return walk.groups

    def _group(self, urls: list[str]) -> Group:
        return Group(
            urls, FoundIn.FEED, caption=self._title, link_url=self._link, may_be_small=True
        )


def _is_picture(element: xml.Element) -> bool:
    kind = xml.get(element, "type").lower()
    medium = xml.get(element, "medium").lower()
    if kind or medium:
        return kind.startswith("image/") or medium == "image"
    url = xml.get(element, "url") or xml.get(element, "href")
    return ends_like_picture(url) if "://" in url else False
