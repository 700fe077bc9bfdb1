"""Where a scrape, or a link, may lead: every trick of the corpus, with a spy on every connect."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any, cast

import pytest
from django.test import override_settings

from connectors.errors import ConnectorError
from connectors.guard import judge, resolving
from connectors.web.manners import KeptRobots, Turn
from connectors.web.walled import is_walled
from ingestion.gather import pages
from ingestion.gather.services import page_address
from ingestion.stages import links
from ingestion.stages.base import Pace
from ingestion.stages.limits import LimitedSites
from media.models import Asset, StageState
from tests.connectors.guard.support import SocketSpy, serving
from tests.connectors.guard.test_corpus import (
    OWN,
    SHARED,
    EveryHost,
    Row,
    answering,
    read_corpus,
)

CORPUS = SHARED if SHARED.exists() else OWN


class AtOnce:
    """Manners of somebody who never waits, and asks for no rules."""

    @asynccontextmanager
    async def turn(self, site: str, *, at_most_s: float, wait_s: float) -> AsyncGenerator[Turn]:
        yield self

    def rest(self, pause_s: float) -> None:
        """Let the site rest."""

    async def robots(self, site: str) -> KeptRobots | None:
        return KeptRobots("", 0.0)

    async def keep_robots(self, site: str, text: str) -> None:
        """Keep nothing."""


@pytest.fixture(autouse=True)
def manners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "SiteManners", AtOnce)
    monkeypatch.setattr(links, "SiteManners", AtOnce)


class NoHurry:
    """All the time that there is."""

    def may_begin(self) -> bool:
        return True

    def must_end(self) -> bool:
        return False


async def scrape(url: str) -> None:
    """Do what a scrape does with the address that it was given."""
    await pages.fetch_plain(page_address(url))


async def follow(url: str) -> None:
    """Do what the stage of the links does with the link of an asset."""
    unit = links.Unit(StageState(), Asset(link_url=url), None)
    with override_settings(ENRICH_LINKS=True):
        await links.check_links([unit], pace=cast("Pace", NoHurry()), limited=LimitedSites())


Visit = Callable[[str], Awaitable[None]]


async def visit_row(row: Row, spy: SocketSpy, visit: Visit) -> bool:
    """Visit the address of a row, with our own servers behind all connects; say if it is reached.

    Of what is encrypted a connect is all that can be seen.
    """
    play = answering(row)
    async with serving(play) as port, serving(play, host="::1") as port_of_v6:
        spy.ports = (port, port_of_v6)
        with contextlib.suppress(ConnectorError):
            await visit(row.url)
    # Our servers answer once per connection: what a redirect leads to is one more.
    return len(spy.connects) > bool(row.redirect)


@pytest.mark.parametrize("visit", [scrape, follow])
def test_only_public_addresses_are_connected_to_and_all_that_are_allowed(
    monkeypatch: pytest.MonkeyPatch, visit: Visit
) -> None:
    spy = SocketSpy()
    spy.install(monkeypatch)
    wrong: list[Any] = []
    unreached: list[Any] = []
    for row in read_corpus(CORPUS):
        resolver: Any = EveryHost(row)
        monkeypatch.setattr(
            resolving.SystemResolver,
            "resolve",
            lambda _, host, port, r=resolver: r.resolve(host, port),
        )
        spy.connects.clear()
        is_reached = asyncio.run(visit_row(row, spy, visit))
        for connect in spy.connects:
            try:
                judge(ip_address(connect[0]))
            except ConnectorError:
                wrong.append((row.number, row.url, connect))
        # Of some sites pages are never asked for by a link; see there.
        is_left = visit is follow and is_walled(row.url)
        if row.expect == "allow" and not is_reached and not is_left:
            unreached.append((row.number, row.url, row.redirect, list(spy.connects)))

    assert wrong == []
    assert unreached == []
