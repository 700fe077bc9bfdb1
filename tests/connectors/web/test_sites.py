"""Turns and rules that all processes share."""

import asyncio
import datetime as dt
import uuid

import pytest
from django.db.models.functions import Now

from connectors.errors import FetchError
from connectors.models import WebSite
from connectors.web.sites import SiteManners, page_limits_from_settings

SITE = "https://www.site-of-tests.com"
pytestmark = pytest.mark.django_db(transaction=True)


def test_one_at_a_time_and_then_the_pause() -> None:
    manners = SiteManners()
    order: list[str] = []

    async def visit(name: str, rest_s: float) -> None:
        async with manners.turn(SITE, at_most_s=60, wait_s=5) as turn:
            order.append(f"{name} comes")
            await asyncio.sleep(0.05)
            turn.rest(rest_s)
            order.append(f"{name} goes")

    async def scenario() -> None:
        await asyncio.gather(visit("one", 0.0), visit("two", 0.0), visit("three", 0.0))
        await visit("last", 300)
        with pytest.raises(FetchError) as caught:
            await visit("never", 0)
        assert caught.value.fetch_code == "rate_limited"
        assert 290 < (caught.value.retry_after_s or 0) <= 300

    asyncio.run(scenario())

    assert len(order) == 8
    assert all(
        come.split()[0] == go.split()[0] for come, go in zip(order[::2], order[1::2], strict=True)
    )


def test_a_turn_that_was_lost_is_taken_by_another_and_not_ended_twice() -> None:
    manners = SiteManners()

    async def scenario() -> None:
        async with manners.turn(SITE, at_most_s=0, wait_s=1) as lost:
            lost.rest(0)
            async with manners.turn(SITE, at_most_s=60, wait_s=1) as turn:
                turn.rest(300)

    asyncio.run(scenario())

    row = WebSite.objects.get()
    assert row.holder is None
    assert WebSite.objects.filter(next_at__gt=Now() + dt.timedelta(seconds=250)).exists()


def test_rules_are_kept_and_sites_that_nobody_asks_are_forgotten() -> None:
    manners = SiteManners()
    WebSite.objects.create(
        site="https://old", next_at=Now() - dt.timedelta(days=31), holder=uuid.uuid4()
    )

    async def scenario() -> None:
        assert await manners.robots(SITE) is None
        await manners.keep_robots(SITE, "User-agent: *")
        await manners.keep_robots(SITE, "User-agent: magpie")
        kept = await manners.robots(SITE)
        assert kept is not None
        assert kept.text == "User-agent: magpie"
        assert 0 <= kept.age_s < 60

    asyncio.run(scenario())

    assert [row.site for row in WebSite.objects.all()] == [SITE]


def test_settings_say_what_a_page_may_cost() -> None:
    limits = page_limits_from_settings()

    assert limits.respects_robots
    assert limits.user_agent.startswith("Magpie/")
