"""From what a page names to its pictures: one for each, with the largest address first."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from connectors.web.addresses import key_of
from connectors.web.sizes import Size, size_of
from connectors.web.unwanted import is_shown_small, is_unwanted, stands_in
from connectors.web.values import FoundIn, FoundPicture

MAX_PICTURES: Final = 5_000
# What a page names in more places than these is not looked at.
MAX_GROUPS: Final = 3 * MAX_PICTURES
MAX_FALLBACKS: Final = 12
# Addresses that so many pictures of a page would fall back to belong to none of them.
_SHARED: Final = 2
# What two shapes may differ by, as a share, and be one; and how many of a name are told apart.
_SHAPE_TOLERANCE: Final = 0.02
_MAX_SHAPES: Final = 20
# Where each picture that is uploaded is cut to the shapes that the site's design asks for.
_CUTS_TO_SHAPE: Final = "/wp-content/uploads/"


@dataclass(slots=True)
class Group:
    """The addresses that one element of a page names.

    Attributes:
        urls: the best first.
        found_in: where.
        width_px: of the first address, as claimed.
        height_px: likewise.
        shown: width and height in which the page shows it; it may be larger.
        has_larger: one of the addresses is said to be larger than what is shown.
        is_small: its class says that it is an icon or an avatar.
        may_be_small: it is offered as a picture by itself, however small it is.
    """

    urls: list[str]
    found_in: FoundIn
    width_px: int | None = None
    height_px: int | None = None
    shown: tuple[int | None, int | None] = (None, None)
    alt_text: str = ""
    caption: str = ""
    link_url: str = ""
    has_larger: bool = False
    is_small: bool = False
    may_be_small: bool = False

    @property
    def is_wanted(self) -> bool:
        """Say whether it can be a picture that somebody wants."""
        if self.is_small or not self.urls:
            return False
        if is_unwanted(self.urls[0], known_px=self._known_px):
            return False
        if stands_in(self.urls[0]):
            return False
        if self.may_be_small:
            return True
        if is_shown_small(self.width_px, self.height_px):
            return False
        return self.has_larger or not is_shown_small(*self.shown)

    @property
    def _known_px(self) -> int:
        """Return the longest side that anything claims of the best address; 0 for none."""
        told = size_of(self.urls[0])
        sides = (self.width_px, self.height_px, *self.shown, told.width_px, told.height_px)
        return max((side for side in sides if side is not None), default=0)


@dataclass(slots=True)
class Merged:
    """Pictures, and which of them each group became.

    Attributes:
        pictures: in the order of the page.
        index_of: of each wanted group's number, the number of its picture.
    """

    pictures: list[FoundPicture] = field(default_factory=list)
    index_of: dict[int, int] = field(default_factory=dict)


def merge(groups: list[Group]) -> Merged:
    """Return the pictures of a page.

    Two groups are one picture when the best address of one is among those of the other, whatever
    the width, and of no third: what several have beside their best is what stands in for them.
    """
    wanted = [(number, group) for number, group in enumerate(groups) if group.is_wanted]
    roots = _join([group for _, group in wanted])
    members: dict[int, list[int]] = defaultdict(list)
    for at, root in enumerate(roots):
        members[root].append(at)
    merged = Merged()
    seen: dict[str, int] = {}
    for of_picture in members.values():
        picture = _picture([wanted[at][1] for at in of_picture])
        index = seen.setdefault(picture.key, len(merged.pictures))
        if index == len(merged.pictures):
            if index >= MAX_PICTURES:
                break
            merged.pictures.append(picture)
        for at in of_picture:
            merged.index_of[wanted[at][0]] = index
    return merged


def _join(groups: list[Group]) -> list[int]:
    """Return for each group the number of the first one that is the same picture."""
    roots = list(range(len(groups)))

    def root_of(at: int) -> int:
        while roots[at] != at:
            roots[at] = roots[roots[at]]
            at = roots[at]
        return at

    first: dict[str, int] = {}
    families = _families(groups)
    for at, own in enumerate(families):
        roots[at] = first.setdefault(own[0], at)
    claims: dict[str, set[int]] = defaultdict(set)
    for at, own in enumerate(families):
        for family in own[1:]:
            claims[family].add(root_of(at))
    for family, claimed in claims.items():
        if family in first and len(claimed) < _SHARED:
            one, other = root_of(first[family]), root_of(claimed.pop())
            roots[max(one, other)] = min(one, other)
    shared = {family for family, claimed in claims.items() if len(claimed) >= _SHARED}
    for group, own in zip(groups, families, strict=True):
        group.urls = [
            url
            for url, family in zip(group.urls, own, strict=True)
            if family == own[0] or family not in shared
        ]
    return [root_of(at) for at in range(len(groups))]


def _families(groups: list[Group]) -> list[list[str]]:
    """Return for each address of each group what all widths of its picture have in common.

    Names that differ in nothing but width and height are one picture where the shape is the same,
    or where the name is known to be of one picture, whatever the shape it is cut to.
    """
    sizes = [[size_of(url) for url in group.urls] for group in groups]
    wholes = {family for own in sizes for family in _wholes(own)}
    shapes: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def family_of(size: Size) -> str:
        if size.shape is None or size.family in wholes or _CUTS_TO_SHAPE in size.family:
            return size.family
        known = shapes[size.family]
        same = next((at for at, one in enumerate(known) if _is_same_shape(one, size.shape)), None)
        if same is None:
            same = len(known)
            if same < _MAX_SHAPES:
                known.append(size.shape)
        return f"{size.family} {same}"

    return [[family_of(size) for size in own] for own in sizes]


def _wholes(of_group: list[Size]) -> Iterator[str]:
    """Yield families that an element shows to be of one picture.

    It names several sizes of it, or that which all sizes are cut from.
    """
    shapes: dict[str, tuple[int, int]] = {}
    for size in of_group:
        if size.shape is None or shapes.setdefault(size.family, size.shape) != size.shape:
            yield size.family


def _is_same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether a picture that is scaled from one size to the other is neither cut nor bent."""
    small, large = sorted((one, other))
    # Each side may have been rounded.
    return abs(large[1] * small[0] / large[0] - small[1]) <= max(1.5, small[1] * _SHAPE_TOLERANCE)


def _picture(groups: list[Group]) -> FoundPicture:
    """Make one picture of what all its groups say; the first says where it is."""
    first = best = groups[0]
    known = _addresses(best)
    for group in groups[1:]:
        if all(url in known.values() for url in group.urls):
            continue
        added = _addresses(group)
        if _is_larger(group, best, known):
            best, known = group, _united(added, known)
        elif len(known) <= MAX_FALLBACKS:
            known = _united(known, added)
    urls = list(known.values())
    size = size_of(urls[0])
    return FoundPicture(
        url=urls[0],
        key=key_of(urls[0]),
        fallbacks=tuple(urls[1 : 1 + MAX_FALLBACKS]),
        width_px=best.width_px or size.width_px,
        height_px=best.height_px if best.width_px else size.height_px,
        alt_text=next((group.alt_text for group in groups if group.alt_text), ""),
        caption=next((group.caption for group in groups if group.caption), ""),
        found_in=first.found_in,
        link_url=next((group.link_url for group in groups if group.link_url), ""),
    )


def _is_larger(group: Group, best: Group, known: dict[str, str]) -> bool:
    """Say whether a further group of the picture has a larger address than the best so far."""
    if key_of(group.urls[0]) in known:
        return False
    if any(key_of(url) == key_of(best.urls[0]) for url in group.urls[1:]):
        return True
    ours, theirs = size_of(best.urls[0]), size_of(group.urls[0])
    if ours.is_cut != theirs.is_cut:
        # Of one family, what names no width is what the others were cut from.
        return ours.is_cut
    return (group.width_px or theirs.width_px or 0) > (best.width_px or ours.width_px or 0)


def _united(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """Return addresses by key, those of the first before the others; ``https`` before ``http``."""
    united = dict(first)
    for key, url in second.items():
        if key not in united or (url.startswith("https:") and united[key].startswith("http:")):
            united[key] = url
    return dict(list(united.items())[: 1 + MAX_FALLBACKS])


def _addresses(group: Group) -> dict[str, str]:
    """Return a group's addresses by key."""
    found: dict[str, str] = {}
    for url in group.urls[: 1 + MAX_FALLBACKS]:
        found = _united(found, {key_of(url): url})
    return found
