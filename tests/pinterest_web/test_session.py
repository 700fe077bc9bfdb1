"""One session for all who ask, kept in the database, and made by one of them."""

import asyncio
import dataclasses
import datetime as dt
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import override_settings
from pytest_django.fixtures import Settings

from connectors.budget import rest
from connectors.credentials.platform import read_platform_secret
from connectors.errors import (
    BrowserMissingError,
    FetchError,
    RenderStoppedError,
    RobotsRefusedError,
)
from connectors.models import PlatformSecret, RequestBudget, WebSite
from connectors.pinterest_web.details import SessionHeaders
from connectors.pinterest_web.fetching import fetch_details
from connectors.pinterest_web.locking import only_one
from connectors.pinterest_web.session import (
    NAME,
    REQUESTS,
    SESSIONS,
    SharedSession,
    limit_of,
    read_session,
)
from tests.pinterest_web.fake import BROWSABLE_HOST, FakeWeb, serving, settings_for
from tests.pinterest_web.support import always, reachable, session_of, told, wanted_of

pytestmark = pytest.mark.django_db(transaction=True)
IDS = [str(77_000_000 + number) for number in range(12)]


@dataclasses.dataclass(frozen=True)
class Manners:
    user_agent: str = "MagpieTest/1.0 (+mailto:operator@example.org)"
    requests_per_minute: int = 60_000
    heeds_robots: bool = False


class Browser:
    """Gives sessions, or fails; takes its time, and counts."""

    def __init__(self, web: FakeWeb | None = None, *, takes_s: float = 0.0) -> None:
        self.web, self.takes_s = web or FakeWeb(), takes_s
        self.error: Exception | None = None
        self.robots: list[str] = []
        self.began = 0

    def __call__(
        self, *, user_agent: str, robots: str, should_stop: Callable[[], bool]
    ) -> SessionHeaders:
        self.began += 1
        self.robots.append(robots)
        until = time.monotonic() + self.takes_s
        while time.monotonic() < until:
            if should_stop():
                raise RenderStoppedError("Stopped.")
            time.sleep(0.01)
        if self.error is not None:
            raise self.error
        return session_of(self.web.open_session())


def share(browser: Browser, **changes: Any) -> SharedSession:
    return SharedSession(Manners(**changes), make=browser)


def in_threads(count: int, function: Callable[[], Any]) -> list[Any]:
    def run(_: int) -> Any:
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


class TestSharing:
    def test_it_is_kept_encrypted_and_said_in_no_text(self) -> None:
        found = asyncio.run(share(Browser()).headers())

        row = PlatformSecret.objects.get()
        assert row.name == NAME
        assert row.expires_at is not None
        assert abs(row.expires_at.timestamp() - found.expires_at) < 1
        assert b"hush" not in bytes(row.sealed)
        assert "hush-csrf-1" in (read_platform_secret(NAME) or "")
        assert "hush" not in repr(found)
        assert asyncio.run(share(Browser()).headers()) == found

    def test_many_at_once_get_one_session_of_one_browser(self) -> None:
        browser = Browser(takes_s=0.4)

        found = in_threads(10, lambda: asyncio.run(share(browser).headers()))

        assert browser.began == 1
        assert len({one.version for one in found}) == 1

    def test_many_who_are_refused_at_once_get_one_other(self) -> None:
        browser = Browser(takes_s=0.4)
        first = asyncio.run(share(browser).headers())

        found = in_threads(10, lambda: asyncio.run(share(browser).renew(first)))

        assert browser.began == 2
        kept = read_session(asked_as=Manners().user_agent)
        assert {one.version for one in found} == {kept and kept.version}
        assert first not in found

    def test_who_was_refused_long_ago_gets_what_came_since(self) -> None:
        browser = Browser()
        first = asyncio.run(share(browser).headers())
        second = asyncio.run(share(browser).renew(first))

        assert asyncio.run(share(browser).renew(first)) == second
        assert browser.began == 2

    def test_one_under_a_name_that_the_operator_changed_is_used_no_longer(self) -> None:
        browser = Browser()
        first = asyncio.run(share(browser).headers())

        second = asyncio.run(share(browser, user_agent="Other (+https://example.org)").headers())

        assert (browser.began, first == second) == (2, False)

    def test_what_has_run_out_or_cannot_be_read_is_made_anew(self) -> None:
        browser = Browser()
        asyncio.run(share(browser).headers())
        PlatformSecret.objects.update(expires_at=F("expires_at") - dt.timedelta(hours=1))
        asyncio.run(share(browser).headers())
        PlatformSecret.objects.update(sealed=b"\x01" + b"x" * 60)

        asyncio.run(share(browser).headers())

        assert browser.began == 3


class TestWhatCannotBeMade:
    def test_after_a_failure_nobody_opens_another_browser_for_a_while(self) -> None:
        browser = Browser(takes_s=0.2)
        browser.error = FetchError("Away.", fetch_code="network")

        def ask() -> tuple[str, float]:
            with pytest.raises(FetchError) as caught:
                asyncio.run(share(browser).headers())
            return caught.value.fetch_code, caught.value.retry_after_s or 0.0

        told_ = in_threads(6, ask)

        assert browser.began == 1
        assert Counter(code for code, _ in told_) == {"network": 1, "session_refused": 5}
        assert all(50 < wait_s <= 60 for code, wait_s in told_ if code == "session_refused")

    def test_who_looked_just_before_another_failed_opens_no_browser(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = Browser()

        @contextmanager
        def after_a_failure(name: str) -> Iterator[bool]:
            rest(SESSIONS, None)
            with only_one(name) as is_ours:
                yield is_ours

        monkeypatch.setattr("connectors.pinterest_web.session.only_one", after_a_failure)

        with pytest.raises(FetchError) as caught:
            asyncio.run(share(browser).headers())

        assert (caught.value.fetch_code, browser.began) == ("session_refused", 0)

    def test_the_wait_is_longer_each_time_and_then_it_is_tried_again(self) -> None:
        browser = Browser()
        browser.error = FetchError("Away.", fetch_code="source_unavailable")
        waits = []
        for _ in range(3):
            with pytest.raises(FetchError, match="Away"):
                asyncio.run(share(browser).headers())
            with pytest.raises(FetchError) as caught:
                asyncio.run(share(browser).headers())
            waits.append(round((caught.value.retry_after_s or 0) / 60))
            RequestBudget.objects.update(
                blocked_until=F("blocked_until") - dt.timedelta(seconds=60 * 2 ** len(waits))
            )
        browser.error = None

        assert asyncio.run(share(browser).headers()).csrf_token == "hush-csrf-1"
        assert (waits, browser.began) == ([1, 2, 4], 4)

    def test_a_machine_without_a_browser_says_nothing_of_the_site(self) -> None:
        browser = Browser()
        browser.error = BrowserMissingError("There is no Chromium.")
        with pytest.raises(BrowserMissingError):
            asyncio.run(share(browser).headers())
        browser.error = None

        assert asyncio.run(share(browser).headers()).version

    def test_who_gives_up_waiting_stops_the_browser(self) -> None:
        browser = Browser(takes_s=30)

        async def scenario() -> None:
            asking = asyncio.create_task(share(browser).headers())
            while not browser.began:  # noqa: ASYNC110  # begun in a thread
                await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

        began = time.monotonic()
        # The loop ends when its threads have.
        asyncio.run(scenario())

        assert time.monotonic() - began < 10
        assert not RequestBudget.objects.exists()


class TestPaceAndRules:
    def test_the_pace_is_of_all_workers_and_spread(self) -> None:
        assert [
            (one.requests, one.per_s) for one in (limit_of(240), limit_of(60), limit_of(6))
        ] == [(4, 1.0), (1, 1.0), (1, 10.0)]
        browser = Browser()

        began = time.monotonic()
        granted = in_threads(
            4, lambda: asyncio.run(share(browser, requests_per_minute=240).spend())
        )

        assert granted == [4, 4, 4, 4]
        assert time.monotonic() - began > 2.5

    def test_a_rest_of_one_is_a_rest_of_all(self) -> None:
        assert asyncio.run(share(Browser()).rest(300)) > 290

        with pytest.raises(FetchError) as caught:
            asyncio.run(share(Browser()).spend())

        assert caught.value.fetch_code == "rate_limited"
        assert 290 < (caught.value.retry_after_s or 0) <= 300
        assert RequestBudget.objects.get().pk == REQUESTS

    def test_rules_are_heeded_where_the_operator_wants_that(self) -> None:
        web, browser = FakeWeb(), Browser()
        web.robots = "User-agent: *\nCrawl-delay: 2\nDisallow: /search/\n"
        with reachable(web):
            kind = share(browser, heeds_robots=True)
            asyncio.run(kind.headers())
            assert browser.robots == [web.robots]
            assert kind._per_minute == 30

            RequestBudget.objects.all().delete()
            refused = "User-agent: MagpieTest\nDisallow: /resource/\n"
            # They are kept for a day.
            WebSite.objects.update(robots=refused)
            with pytest.raises(RobotsRefusedError):
                asyncio.run(share(browser, heeds_robots=True).headers())
            asyncio.run(share(browser, heeds_robots=False).headers())


def _ask_in_a_process(answers: Any, database: dict[str, Any], port: int, refused: Any) -> None:
    """Be another worker: its own process, its own connection, the real browser's stand-in."""
    connection.close()
    connection.settings_dict.update(database)
    browser = Browser(takes_s=0.5)
    with override_settings(**settings_for(port)):
        shared = share(browser)
        found = asyncio.run(shared.headers() if refused is None else shared.renew(refused))
    connection.close()
    answers.put((browser.began, found.version))


@pytest.mark.parametrize("is_refused", [False, True])
def test_processes_share_it_too(is_refused: bool) -> None:  # noqa: FBT001  # a parameter
    first = asyncio.run(share(Browser()).headers()) if is_refused else None
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with serving(FakeWeb()) as port:
        workers = [
            context.Process(
                target=_ask_in_a_process,
                args=(answers, dict(connection.settings_dict), port, first),
            )
            for _ in range(6)
        ]
        connection.close()
        for worker in workers:
            worker.start()
        found = [answers.get(timeout=60) for _ in workers]
        for worker in workers:
            worker.join(30)

    assert sum(began for began, _ in found) == 1
    assert len({version for _, version in found}) == 1
    assert first is None or first.version not in {version for _, version in found}


def test_a_real_browser_brings_a_session_that_the_site_accepts(settings: Settings) -> None:
    web = FakeWeb(*IDS)
    web.session_life_s = 200
    with reachable(web, host=BROWSABLE_HOST):
        shared = SharedSession(Manners())

        async def scenario() -> tuple[SessionHeaders, dict[str, str]]:
            session = await shared.headers()
            stream = fetch_details(wanted_of(IDS), session=shared, most=4, may_go_on=always)
            return session, told([detail async for detail in stream])

        session, found = asyncio.run(scenario())

    assert len(found) == 12
    assert "not_found" not in found.values()
    # The page and no other; nothing was refused.
    assert (web.pages, dict(web.statuses)) == (1, {200: 12})
    assert session.user_agent.endswith(Manners().user_agent)
    assert "Chrome/" in session.user_agent
    assert session.cookies == "csrftoken=hush-csrf-1; _pinterest_sess=hush-session-1"
    assert session.app_version == "a1b2c3d"
    assert 150 < session.expires_at - time.time() <= 201
    assert web.headers["x-app-version"] == "a1b2c3d"
