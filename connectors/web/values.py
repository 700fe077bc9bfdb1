"""What is found on a page: plain, frozen values, free of tables and of the network."""

import enum
from dataclasses import dataclass


class FoundIn(enum.StrEnum):
    """Which part of a page names a picture. Stored: values never change."""

    IMG = "img"
    PICTURE = "picture"
    CSS = "css"
    NOSCRIPT = "noscript"
    META = "meta"
    JSONLD = "jsonld"
    LINK = "link"
    POSTER = "poster"
    PRELOAD = "preload"
    AMP = "amp"
    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"  # the address itself is a picture


class PageKind(enum.StrEnum):
    """What an address gives."""

    HTML = "html"
    FEED = "feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap_index"
    PICTURE = "picture"

    @property
    def is_list(self) -> bool:
        """Return whether it lists what others may have published, rather than show a page."""
        return self in (PageKind.FEED, PageKind.SITEMAP, PageKind.SITEMAP_INDEX)


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """One picture of a page, in however many widths the page offers it.

    Attributes:
        url: of the largest, absolute, ``http`` or ``https``, in visible ASCII, without fragment.
        key: identifies the picture's address: the same for both schemes and every way to write it.
        fallbacks: further addresses of the same picture, the better first.
        width_px: of ``url``, as the page or the address claims; None where neither does.
        height_px: likewise.
        alt_text: what the page says is seen, in one line.
        caption: what the page says of the picture, in one line.
        found_in: the part of the page that named it first.
        link_url: where a click on the picture leads; empty where nowhere, or to the picture.
    """

    url: str
    key: str
    fallbacks: tuple[str, ...] = ()
    width_px: int | None = None
    height_px: int | None = None
    alt_text: str = ""
    caption: str = ""
    found_in: FoundIn = FoundIn.IMG
    link_url: str = ""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What one address gives.

    Attributes:
        url: of the page, after redirects.
        kind: what it is.
        title: as it wants to be called elsewhere, else of the window.
        description: in its own words.
        site_name: name of the whole site.
        canonical_url: where the page says that it lives; empty where it does not say.
        preview: the picture by which the page wants to be shown.
        pictures: in the order of the page, no key twice.
        further: addresses of the sitemaps that an index lists.
        needs_scripts: it shows few pictures or none, and has scripts that may bring more.
    """

    url: str
    kind: PageKind
    title: str = ""
    description: str = ""
    site_name: str = ""
    canonical_url: str = ""
    preview: FoundPicture | None = None
    pictures: tuple[FoundPicture, ...] = ()
    further: tuple[str, ...] = ()
    needs_scripts: bool = False
