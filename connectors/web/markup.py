"""Pictures of an HTML page, element by element in the order of the page."""

from collections.abc import Callable, Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.web import styles
from connectors.web.addresses import Base, ends_like_picture
from connectors.web.grouping import MAX_GROUPS, Group
from connectors.web.heads import Head, Metas
from connectors.web.json_ld import LinkedPicture, read_json_ld
from connectors.web.offers import Attributes, Offers, dimension, first_of
from connectors.web.reducing import MAX_DEPTH, Reduced
from connectors.web.texts import one_line
from connectors.web.unwanted import is_of_small_class
from connectors.web.values import FoundIn

_CAPTIONS: Final = ("data-caption", "data-image-title", "data-title", "title", "aria-description")
_ALTS: Final = ("alt", "aria-label", "data-alt", "data-image-alt")
_BACKGROUNDS: Final = (
    "data-bg", "data-background", "data-background-image", "data-bg-src", "data-bg-image",
    "data-bg-hidpi", "data-lazy-bg", "data-lazy-background", "data-setbg", "data-bg-url",
    "data-image-bg", "data-parallax-image", "data-vc-parallax-image", "data-ll-background-image",
    "data-back", "data-backgroundimage", "data-src-bg", "data-bg-img",
)  # fmt: skip
_BACKGROUND_LISTS: Final = ("data-bg-multi", "data-bg-multi-hidpi")
_BACKGROUND_SETS: Final = ("data-bg-set", "data-bg-multi-set")
_POSTERS: Final = ("poster", "data-poster", "data-lazy-poster")


class PageWalk:
    """Goes through a page once and collects what its elements name."""

    def __init__(self, base: Base, reduced: Reduced) -> None:
        self._base, self._reduced = base, reduced
        self.groups: list[Group] = []
        self.head = Head()
        self._metas = Metas(base, self.head, self.groups)
        # Of images that a script brings: the group of each, for the twin in a noscript.
        self._lazy: dict[int, Group] = {}
        # Images that came with the picture around them.
        self._in_pictures: set[int] = set()
        self._captions: dict[int, str] = {}
        self._is_single: dict[int, bool] = {}
        self._handlers: dict[str, Callable[[LexborNode], None]] = {
            "img": self._take_image,
            "amp-img": self._take_image,
            "amp-anim": self._take_image,
            "picture": self._take_picture,
            "a": self._take_link,
            "video": self._take_poster,
            "amp-video": self._take_poster,
            "meta": lambda node: self._metas.take_meta(node.attributes),
            "link": lambda node: self._metas.take_link(node.attributes),
            "x-style": self._take_sheet,
            "x-json": self._take_json,
        }

    def run(self) -> None:
        """Go through the page."""
        tree = LexborHTMLParser(f"<body>{self._reduced.markup}")
        nodes = tree.css("*")
        for node in nodes:
            if node.tag == "base" and self._base.set_href(node.attributes.get("href") or ""):
                break
        for node in nodes:
            handler = self._handlers.get(node.tag or "")
            if handler is not None:
                handler(node)
            self._take_backgrounds(node)
            if len(self.groups) >= MAX_GROUPS:
                return

    # ── Elements that show a picture ────────────────────────────────────────────────────

    def _take_image(self, node: LexborNode) -> None:
        if node.mem_id in self._in_pictures:
            return
        around = _Around(node)
        offers = Offers(self._base)
        offers.add_image(node.attributes)
        found_in = FoundIn.IMG if node.tag == "img" else FoundIn.AMP
        self._add_shown(node, node.attributes, offers, found_in, around)

    def _take_picture(self, node: LexborNode) -> None:
        offers = Offers(self._base)
        image: LexborNode | None = None
        for child in node.css("source, img"):
            if child.tag == "source":
                offers.add_source(child.attributes)
            elif image is None and _Around(child).twin_of is _Around(node).twin_of:
                # Any other, as where a picture is never closed, is a picture of its own.
                image = child
                self._in_pictures.add(child.mem_id)
                offers.add_image(child.attributes)
        attributes = {**node.attributes, **(image.attributes if image is not None else {})}
        self._add_shown(node, attributes, offers, FoundIn.PICTURE, _Around(node))

    def _add_shown(
        self,
        node: LexborNode,
        attributes: Attributes,
        offers: Offers,
        found_in: FoundIn,
        around: "_Around",
    ) -> None:
        is_lazy = offers.is_lazy or not offers.sorted()
        link = around.nodes.get("a")
        href = link.attributes.get("href") if link is not None else None
        if link is not None and self._is_around_one(link):
            offers.add_link(href)
            for name, value in link.attributes.items():
                if name.startswith("data-") and value and "." in value:
                    offers.add_link(value)
        found, has_larger = offers.sorted(), offers.has_larger
        shown = dimension(attributes.get("width")), dimension(attributes.get("height"))
        is_as_shown = bool(found) and found[0].width_px is None and not has_larger
        target = self._base.resolve(href)
        group = Group(
            [one.url for one in found],
            FoundIn.NOSCRIPT if around.twin_of is not None else found_in,
            width_px=shown[0] if is_as_shown else (found[0].width_px if found else None),
            height_px=shown[1] if is_as_shown else None,
            shown=shown,
            alt_text=one_line(first_of(attributes, _ALTS)),
            caption=self._caption_of(attributes, around),
            link_url="" if ends_like_picture(target) else target,
            has_larger=has_larger,
            is_small=is_of_small_class(
                f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
            ),
        )
        if around.twin_of is not None and self._is_twin(around.twin_of, group):
            return
        self.groups.append(group)
        if is_lazy:
            self._lazy[node.mem_id] = group

    def _is_around_one(self, link: LexborNode) -> bool:
        """Say whether a link is around one picture, and so may lead to it in full size."""
        if link.mem_id not in self._is_single:
            count = len(link.css("img, picture, amp-img"))
            self._is_single[link.mem_id] = count <= _IN_ONE_LINK
        return self._is_single[link.mem_id]

    def _is_twin(self, noscript: LexborNode, group: Group) -> bool:
        """Give what a noscript shows to the lazy image beside it; say whether there is one."""
        before = _element_before(noscript)
        holder = noscript.parent
        for node in (before, holder):
            lazy = self._lazy.get(node.mem_id) if node is not None else None
            if lazy is not None:
                lazy.urls.extend(group.urls)
                lazy.alt_text = lazy.alt_text or group.alt_text
                lazy.caption = lazy.caption or group.caption
                return True
        return False

    def _caption_of(self, attributes: Attributes, around: "_Around") -> str:
        figure = around.nodes.get("figure")
        if figure is not None:
            if figure.mem_id not in self._captions:
                found = figure.css_first("figcaption")
                self._captions[figure.mem_id] = one_line(found.text_lexbor()) if found else ""
            if caption := self._captions[figure.mem_id]:
                return caption
        return one_line(first_of(attributes, _CAPTIONS))

    # ── Elements that name one ──────────────────────────────────────────────────────────

    def _take_link(self, node: LexborNode) -> None:
        url = self._base.resolve(node.attributes.get("href"))
        if not url or not ends_like_picture(url) or node.css_first("img, picture, amp-img"):
            return
        text = one_line(node.text_lexbor()) or one_line(node.attributes.get("title"))
        self.groups.append(Group([url], FoundIn.LINK, alt_text=text))

    def _take_poster(self, node: LexborNode) -> None:
        offers = Offers(self._base)
        offers.add_plain(first_of(node.attributes, _POSTERS))
        self._add(offers, FoundIn.POSTER)

    def _take_sheet(self, node: LexborNode) -> None:
        text = self._reduced.styles[int(node.attributes.get("n") or 0)]
        self._add_all(styles.read_sheet(text), FoundIn.CSS)

    def _take_backgrounds(self, node: LexborNode) -> None:
        attributes = node.attributes
        if style := attributes.get("style"):
            self._add_all(styles.read_declarations(style), FoundIn.CSS)
        if node.tag not in _CARRIERS:
            return
        backgrounds = [self._base_or_value(attributes.get(name)) for name in _BACKGROUNDS]
        # For screens of twice the density: the same picture, and so the better one.
        plain = [urls for urls in backgrounds if urls]
        if plain:
            self._add_all([[url for urls in reversed(plain) for url in urls]], FoundIn.CSS)
        lists = [
            styles.read_value(value)
            for name in _BACKGROUND_LISTS
            if (value := attributes.get(name))
        ]
        for same in zip(*reversed(lists), strict=False):
            self._add_all([[url for urls in same for url in urls]], FoundIn.CSS)
        for name in _BACKGROUND_SETS:
            if value := attributes.get(name):
                self._add_all(styles.read_set(value), FoundIn.CSS)
        if node.tag == "x-tag":
            self._take_other(attributes)

    def _take_other(self, attributes: Attributes) -> None:
        """Take what any other element names: an object, a data attribute, microdata."""
        offers = Offers(self._base)
        found_in = FoundIn.IMG
        if attributes.get("x-name"):
            kind = (attributes.get("type") or "").lower()
            address = attributes.get("data") or attributes.get("src")
            if kind.startswith("image/") or ends_like_picture(self._base.resolve(address)):
                offers.add_plain(address)
        elif "image" in (attributes.get("itemprop") or "").lower().split():
            found_in = FoundIn.META
            offers.add_plain(first_of(attributes, ("content", "href", "src")))
        else:
            bare = {name: value for name, value in attributes.items() if name not in _NOT_OF_OTHERS}
            offers.add_image(bare)
            sure = [one for one in offers.sorted() if ends_like_picture(one.url)]
            offers = Offers(self._base)
            for one in sure:
                offers.add_plain(one.url)
            for part in (attributes.get("data-bgset") or "").split("|"):
                offers.add_set(part.partition("[")[0], is_lazy=True)
        self._add(offers, found_in)

    def _take_json(self, node: LexborNode) -> None:
        linked = read_json_ld(self._reduced.json_texts[int(node.attributes.get("n") or 0)])
        head = self.head
        head.title = head.title or linked.title
        head.description = head.description or linked.description
        head.site_name = head.site_name or linked.site_name
        for picture in linked.pictures:
            self._add_linked(picture)

    def _add_linked(self, picture: LinkedPicture) -> None:
        offers = Offers(self._base)
        for url in picture.urls:
            offers.add_plain(url)
        found = offers.sorted()
        if not found:
            return
        if picture.is_main:
            self.head.previews.append((2, len(self.groups)))
        self.groups.append(
            Group(
                [one.url for one in found],
                FoundIn.JSONLD,
                width_px=picture.width_px,
                height_px=picture.height_px,
                caption=picture.caption,
            )
        )

    def _base_or_value(self, value: str | None) -> list[str]:
        """Return the address that an attribute holds, bare or as ``url()``."""
        if not value:
            return []
        if "(" in value and not ends_like_picture(self._base.resolve(value)):
            return [url for urls in styles.read_value(value) for url in urls]
        return [value]

    def _add(self, offers: Offers, found_in: FoundIn) -> None:
        found = offers.sorted()
        if found:
            self.groups.append(
                Group([one.url for one in found], found_in, width_px=found[0].width_px)
            )

    def _add_all(self, found: list[list[str]], found_in: FoundIn) -> None:
        for addresses in found:
            urls = [url for address in addresses if (url := self._base.resolve(address))]
            urls = [
                url for url in urls if not url.lower().partition("?")[0].endswith((".svg", ".svgz"))
            ]
            if urls:
                self.groups.append(Group(urls, found_in))


# A lazy image and its twin make two; more are no thumbnail of what the link leads to.
_IN_ONE_LINK: Final = 3
_CARRIERS: Final = frozenset({"x-tag", "a", "figure", "figcaption", "picture", "video"})
_NOT_OF_OTHERS: Final = frozenset({"src", "href", "xlink:href", "srcset", *_BACKGROUNDS})


class _Around:
    """The elements around a node that say something of it.

    Attributes:
        nodes: the nearest of each tag.
        twin_of: the noscript that it is in.
    """

    __slots__ = ("nodes", "twin_of")

    def __init__(self, node: LexborNode) -> None:
        self.nodes = {parent.tag or "": parent for parent in reversed(list(_parents(node)))}
        self.twin_of = self.nodes.get("noscript")


def _parents(node: LexborNode) -> Iterator[LexborNode]:
    parent = node.parent
    for _ in range(MAX_DEPTH):
        if parent is None:
            return
        yield parent
        parent = parent.parent


def _element_before(node: LexborNode) -> LexborNode | None:
    before = node.prev
    for _ in range(3):
        if before is None or not (before.tag or "-").startswith("-"):
            return before
        before = before.prev
    return None
