"""What an address leads to that somebody saves: a pin, a picture, or a page that shows some.

Only the network is asked here, and only through the guard.
"""

import asyncio
import dataclasses
from typing import Final

from connectors.errors import FetchError
from connectors.guard import GuardedClient
from connectors.guard.options import options_from_settings
from connectors.readers.pinterest.addresses import is_short_address, pin_address, pin_of_address
from connectors.readers.pinterest.pictures import picture_of_address
from connectors.web.addresses import key_of
from connectors.web.values import FoundPage, FoundPicture
from ingestion.codes import CODES
from ingestion.engine.kinds import Slice
from ingestion.errors import NoPicturesError, SiteBusyError
from ingestion.gather.pages import fetch_plain
from ingestion.gather.rendering import render
from ingestion.gather.wanted import Wanted
from tenants.errors import AppError

# Of a page as many as a small window can show; the page's own choice is the first.
MOST_CANDIDATES: Final = 12
PAGE_BYTES: Final = 5 * 1024**2
PAGE_DEADLINE_S: Final = 20.0
_PINIMG: Final = "pinimg.com/"


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What is to be saved.

    Attributes:
        url: of the page, after redirects; of a pin the one address that it is kept under.
        pin_id: digits; empty of what is no pin.
        title: as the page calls itself; empty where it was not read.
        is_feed: whether the page lists what may be anybody's.
        wanted: the pictures that may be meant, best first.
    """

    url: str
    pin_id: str = ""
    title: str = ""
    is_feed: bool = False
    wanted: tuple[Wanted, ...] = ()


def wanted_of(found: FoundPicture) -> Wanted:
    """Return what is wanted of a picture of a page; of Pinterest's servers as exports name it."""
    wanted = Wanted.of_found(found)
    picture = picture_of_address(found.url) if _PINIMG in found.url else None
    if picture is None:
        return wanted
    return dataclasses.replace(
        wanted, key=picture.key, url=picture.url, fallbacks=picture.fallbacks[:12]
    )


def wanted_of_address(url: str) -> Wanted:
    """Return what is wanted of a picture that somebody pointed at."""
    return wanted_of(FoundPicture(url=url, key=key_of(url)))


def is_pinterest_picture(url: str) -> bool:
    """Say whether an address is that of a picture on Pinterest's servers."""
    return wanted_of_address(url).key.startswith("sig:")


def find_target(url: str, picture: str, *, pin_id: str, turn: Slice) -> Target:
    """Return what somebody means who was at ``url``.

    Args:
        picture: the one that was pointed at; empty where it is the page that says which.
        pin_id: of the pin that ``url`` is known to be; may be empty.

    Raises:
        AppError: with one of the codes of fetching, reading and rendering, or no_pictures.
    """
    if pin_id and picture:
        return _pointed_at(url, picture, pin_id, turn)
    if picture or (not pin_id and is_pinterest_picture(url)):
        return Target(url, wanted=(wanted_of_address(picture or url),))
    page = _read(pin_address(pin_id) if pin_id else url, turn)
    candidates = _candidates(page, is_pin=bool(pin_id))
    if not candidates:
        raise NoPicturesError(CODES["no_pictures"].sentence)
    address = pin_address(pin_id) if pin_id else page.url
    wanted = tuple(wanted_of(each) for each in candidates)
    return Target(address, pin_id, page.title, page.kind.is_list, wanted)


def lead_on(url: str) -> str:
    """Return where a short address of Pinterest's leads to; any other address is itself.

    A pin that it leads to is not asked for.

    Raises:
        AddressRefusedError: it leads where we must not go.
        FetchError: nobody says where it leads.
    """
    if pin_of_address(url) or not is_short_address(url):
        return url

    async def ask() -> str:
        async with GuardedClient(options_from_settings()) as client:
            return await client.follow(
                url,
                until=lambda address: pin_of_address(address) != "",
                max_bytes=PAGE_BYTES,
                deadline_s=PAGE_DEADLINE_S,
            )

    return asyncio.run(ask())


def _pointed_at(url: str, picture: str, pin_id: str, turn: Slice) -> Target:
    """Return the pin where the picture is its own; it may be one of the pins around it."""
    pointed = wanted_of_address(picture)
    try:
        page = _read(pin_address(pin_id), turn)
    except AppError:
        return Target(pin_address(pin_id), pin_id, wanted=(pointed,))
    if page.preview and wanted_of(page.preview).key != pointed.key:
        return Target(url, wanted=(pointed,))
    return Target(pin_address(pin_id), pin_id, page.title, wanted=(pointed,))


def _read(url: str, turn: Slice) -> FoundPage:
    """Return the page; rendered where it shows nothing without its scripts."""
    try:
        plain = asyncio.run(fetch_plain(url))
        if plain.preview or plain.pictures or not plain.needs_scripts:
            return plain
        return render(plain.url, turn)
    except FetchError as error:
        if error.fetch_code != "rate_limited":
            raise
        # The site's wish is no reason to keep what is saved elsewhere waiting.
        raise SiteBusyError(CODES["site_busy"].sentence) from error


def _candidates(page: FoundPage, *, is_pin: bool) -> list[FoundPicture]:
    """Return the picture by which the page wants to be shown, then the larger of its others.

    The others on the page of a pin are of other pins.
    """
    best = [page.preview] if page.preview else list(page.pictures[:1])
    if is_pin:
        return best
    keys = {each.key for each in best}
    others = [each for each in page.pictures if each.key not in keys]
    larger = sorted(others, key=_claimed_size, reverse=True)[: MOST_CANDIDATES - len(best)]
    chosen = {each.key for each in larger}
    return best + [each for each in others if each.key in chosen]


def _claimed_size(picture: FoundPicture) -> int:
    """Return the pixels that the page claims; of what it says nothing about, a middling number."""
    return (picture.width_px or 400) * (picture.height_px or 300)
