"""Where a scrape, or a link, may lead: every trick of the corpus, with a spy on every connect."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from itertools import islice
from typing import Any, cast

import pytest
from django.test import override_settings

from connectors.errors import ConnectorError
from connectors.guard import judge, resolving
from connectors.web.manners import KeptRobots, Turn
from ingestion.gather import pages
from ingestion.gather.services import page_address
from ingestion.stages import links
from ingestion.stages.base import Pace
from ingestion.stages.limits import LimitedSites
from media.models import Asset, StageState
from tests.connectors.guard.support import SocketSpy, answer, read_head, serving
from tests.connectors.guard.test_corpus import OWN, SHARED, EveryHost, Row, read_corpus

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


async def visit_row(row: Row, spy: SocketSpy, visit: Visit) -> None:
    """Visit the address of a row; all connects lead to a server that is ours."""

    async def handle(reader: Any, writer: Any) -> None:
        if await reader.read(1) != b"G":
            return  # A TLS handshake: connecting was all that this row is about.
        await read_head(reader)
        code, _, location = row.redirect.partition(" ")
        headers = [("Location", location.replace("{n+1}", "1"))] if code else []
        writer.write(answer(b"<p>", status=f"{code or 200} Found", headers=headers))

    async with serving(handle) as port, serving(handle, host="::1") as port_of_v6:
        spy.ports = (port, port_of_v6)
        with contextlib.suppress(ConnectorError):
            await visit(row.url)


@pytest.mark.parametrize("visit", [scrape, follow])
@pytest.mark.parametrize("expect", ["block", "allow"])
def test_only_public_addresses_are_connected_to(
    monkeypatch: pytest.MonkeyPatch, expect: str, visit: Visit
) -> None:
    spy = SocketSpy()
    spy.install(monkeypatch)
    reached, wrong = 0, []
    # To be reached one row of some does; what is refused is refused in all.
    for row in islice(read_corpus(CORPUS), None, None, 1 if expect == "block" else 8):
        if row.expect != expect or (expect == "allow" and row.redirect):
            continue
        resolver: Any = EveryHost(row)
        monkeypatch.setattr(
            resolving.SystemResolver,
            "resolve",
            lambda _, host, port, r=resolver: r.resolve(host, port),
        )
        spy.connects.clear()
        asyncio.run(visit_row(row, spy, visit))
        for connect in spy.connects:
            try:
                judge(ip_address(connect[0]))
            except ConnectorError:
                wrong.append((row.number, row.url, connect))
        reached += bool(spy.connects)

    assert wrong == []
    assert reached > 0 if expect == "allow" else True
