"""What a page says of itself in its head: title, description, site, and the picture it wants."""

from dataclasses import dataclass, field
from typing import Final

from connectors.web.addresses import Base
from connectors.web.grouping import Group
from connectors.web.offers import Attributes, Offers, dimension
from connectors.web.texts import one_line, plain
from connectors.web.values import FoundIn

_OG_IMAGES: Final = frozenset({"og:image", "og:image:url"})
_TWITTER_IMAGES: Final = frozenset({"twitter:image", "twitter:image:src", "twitter:image0"})
_OTHER_IMAGES: Final = frozenset(
    {"thumbnail", "image", "sailthru.image.full", "sailthru.image", "parsely-image-url"}
)
_TITLES: Final = ("og:title", "twitter:title")
_DESCRIPTIONS: Final = ("og:description", "description", "twitter:description")
_SITES: Final = ("og:site_name", "application-name", "al:ios:app_name")


@dataclass(slots=True)
class Head:
    """The page's words about itself, in the order in which they are believed.

    Attributes:
        metas: first content of each property or name, which are in lower case.
        canonical: address of ``link rel=canonical``.
        previews: numbers of the groups by which the page wants to be shown, by their rank.
    """

    metas: dict[str, str] = field(default_factory=dict)
    canonical: str = ""
    previews: list[tuple[int, int]] = field(default_factory=list)
    title: str = ""
    description: str = ""
    site_name: str = ""

    def spoken_title(self, window_title: str) -> str:
        """Return what the page wants to be called."""
        return self._first(_TITLES) or plain(window_title) or self.title

    def spoken_description(self) -> str:
        """Return the page's own description."""
        return self._first(_DESCRIPTIONS) or self.description

    def spoken_site(self) -> str:
        """Return the name of the site."""
        return self._first(_SITES) or self.site_name

    def _first(self, names: tuple[str, ...]) -> str:
        return next((text for name in names if (text := one_line(self.metas.get(name)))), "")


class Metas:
    """Reads ``meta`` and ``link`` elements one by one."""

    def __init__(self, base: Base, head: Head, groups: list[Group]) -> None:
        self._base, self._head, self._groups = base, head, groups
        self._last: Group | None = None
        self._last_twitter: Group | None = None

    def take_meta(self, attributes: Attributes) -> None:
        """Take one ``meta``."""
        content = attributes.get("content") or ""
        names = f"{attributes.get('property') or ''} {attributes.get('name') or ''}".lower().split()
        if "image" in (attributes.get("itemprop") or "").lower().split():
            self._take_picture(content, rank=3)
        for name in names[:4]:
            if content and name not in self._head.metas and len(self._head.metas) < 500:  # noqa: PLR2004
                self._head.metas[name] = content
            self._take_named(name, content)

    def take_link(self, attributes: Attributes) -> None:
        """Take one ``link``."""
        rels = (attributes.get("rel") or "").lower().split()
        href = attributes.get("href")
        if "canonical" in rels and not self._head.canonical:
            self._head.canonical = self._base.resolve(href)
        if "image_src" in rels:
            self._take_picture(href, rank=4, found_in=FoundIn.LINK)
        elif "image" in (attributes.get("itemprop") or "").lower().split():
            self._take_picture(href, rank=3)
        elif {"preload", "prefetch"} & set(rels) and attributes.get("as") == "image":
            offers = Offers(self._base)
            offers.add_set(attributes.get("imagesrcset"))
            offers.add_plain(href)
            self._add(offers, FoundIn.PRELOAD)

    def _take_named(self, name: str, content: str) -> None:
        if name in _OG_IMAGES:
            self._take_og(content)
        elif name in _TWITTER_IMAGES:
            self._last_twitter = self._take_picture(content, rank=1)
        elif name in _OTHER_IMAGES:
            self._take_picture(content, rank=5)
        elif name == "twitter:image:alt" and self._last_twitter is not None:
            self._last_twitter.alt_text = one_line(content)
        elif name == "og:image:secure_url":
            self._take_secure(content)
        elif name.startswith("og:image:") and self._last is not None:
            self._describe(self._last, name.removeprefix("og:image:"), content)

    def _take_secure(self, content: str) -> None:
        """Take a further address of the picture that ``og:image`` named last."""
        url = self._base.resolve(content)
        if self._last is None:
            self._take_og(content)
        elif url:
            self._last.urls = [url, *self._last.urls]

    def _describe(self, group: Group, name: str, content: str) -> None:
        if name == "width":
            group.width_px = dimension(content) or group.width_px
        elif name == "height":
            group.height_px = dimension(content) or group.height_px
        elif name == "alt":
            group.alt_text = one_line(content)

    def _take_og(self, content: str) -> None:
        url = self._base.resolve(content)
        # "og:image" and "og:image:url" may name one picture twice.
        if self._last is not None and url in self._last.urls:
            return
        self._last = self._take_picture(content, rank=0)

    def _take_picture(
        self, text: str | None, *, rank: int, found_in: FoundIn = FoundIn.META
    ) -> Group | None:
        offers = Offers(self._base)
        offers.add_plain(text)
        group = self._add(offers, found_in)
        if group is not None:
            self._head.previews.append((rank, len(self._groups) - 1))
        return group

    def _add(self, offers: Offers, found_in: FoundIn) -> Group | None:
        found = offers.sorted()
        if not found:
            return None
        group = Group([one.url for one in found], found_in, width_px=found[0].width_px)
        self._groups.append(group)
        return group
