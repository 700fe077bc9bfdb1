"""Details of many pins at a time: each its own or none, whatever the site does meanwhile."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from connectors.errors import FetchError
from connectors.pinterest_web import stream
from connectors.pinterest_web.details import Detail, Found, Missed, Wanted
from connectors.pinterest_web.fetching import fetch_details
from tests.pinterest_web.fake import HANDLER, FakeWeb
from tests.pinterest_web.pins import title_of
from tests.pinterest_web.support import (
    MemorySession,
    always,
    collect,
    fetch,
    reachable,
    told,
    wanted_of,
)

IDS = [str(914_862_400_000_000 + number) for number in range(60)]


def titles(*pin_ids: str) -> dict[str, str]:
    return {pin_id: title_of(pin_id) for pin_id in pin_ids}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(stream, "LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(stream, "OUTAGE_S", 0.3)


@pytest.mark.parametrize("most", [1, 20])
def test_each_pin_is_told_of_once_with_its_own_record(most: int) -> None:
    web = FakeWeb(*IDS)
    web.latency_s = 0.01

    details, session = fetch(web, *IDS, most=most)

    assert told(details) == titles(*IDS)
    assert set(web.asked.values()) == {1}
    assert 1 <= web.most_under_way <= most
    assert (web.pages, session.renewed) == (1, 0)
    found = details[0]
    assert isinstance(found, Found)
    assert found.item.media[0].url.startswith("https://i.pinimg.com/originals/")
    assert b"hush-person" not in found.item.raw


def test_it_asks_as_the_page_of_a_pin_does() -> None:
    web = FakeWeb(IDS[0])

    fetch(web, IDS[0])

    sent = web.headers
    assert sent["x-pinterest-pws-handler"] == HANDLER
    assert sent["x-requested-with"] == "XMLHttpRequest"
    assert sent["cookie"].startswith(f"csrftoken={sent['x-csrftoken']}; ")
    assert "Magpie-Test" in sent["user-agent"]


class TestPinsThatAreNotTold:
    def test_what_is_gone_is_missed_and_asked_for_once(self) -> None:
        web = FakeWeb(*IDS[:3])

        details, _ = fetch(web, *IDS[:5])

        assert told(details) == titles(*IDS[:3]) | dict.fromkeys(IDS[3:5], "not_found")
        assert all(one.is_gone for one in details if isinstance(one, Missed))
        assert web.asked[IDS[4]] == 1

    def test_a_related_pin_in_its_place_is_never_taken(self) -> None:
        web = FakeWeb(*IDS)
        web.related = {IDS[1]: IDS[2], IDS[3]: IDS[50]}

        details, _ = fetch(web, *IDS[:4])

        assert told(details) == titles(IDS[0], IDS[2]) | dict.fromkeys(
            (IDS[1], IDS[3]), "other_pin"
        )

    def test_who_is_led_to_another_pin_has_missed_this_one(self) -> None:
        web = FakeWeb(*IDS)
        web.moved = {IDS[1]: f"https://www.pinterest.com/pin/{IDS[2]}/", IDS[3]: f"/pin/{IDS[4]}/"}

        details, _ = fetch(web, *IDS[:4])

        assert told(details) == titles(IDS[0], IDS[2]) | dict.fromkeys(
            (IDS[1], IDS[3]), "other_pin"
        )

    @pytest.mark.parametrize("to", ["https://de.pinterest.com/resource/", "/", "/pin/{}/", ""])
    def test_who_is_led_elsewhere_knows_nothing_of_the_pin(self, to: str) -> None:
        web = FakeWeb(*IDS)
        web.moved = {IDS[1]: to.format(IDS[1])}

        details, _ = fetch(web, *IDS[:3])

        assert told(details) == titles(IDS[0], IDS[2]) | {IDS[1]: "bad_response"}

    def test_half_an_answer_is_asked_for_again_and_then_missed(self) -> None:
        web = FakeWeb(*IDS)
        web.broken = {IDS[1]}

        details, _ = fetch(web, *IDS[:3])

        assert told(details) == titles(IDS[0], IDS[2]) | {IDS[1]: "bad_response"}
        assert web.asked[IDS[1]] == stream.TRIES

    def test_a_hanging_answer_costs_its_deadline_and_no_other_pin(self, settings: Settings) -> None:
        settings.PINTEREST_WEB_DEADLINE_S = 0.1
        web = FakeWeb(*IDS)
        web.hanging = {IDS[1]}

        details, _ = fetch(web, *IDS[:12])

        assert told(details) == titles(IDS[0], *IDS[2:12]) | {IDS[1]: "source_timeout"}

    def test_what_fails_twice_comes_with_the_third_try(self) -> None:
        web = FakeWeb(*IDS)
        web.flaky.update({IDS[1]: 2})

        details, _ = fetch(web, *IDS[:9])

        assert told(details) == titles(*IDS[:9])
        assert web.asked[IDS[1]] == 3


class TestRefusals:
    @pytest.mark.parametrize("most", [1, 3, 20])
    def test_a_pin_that_nobody_may_see_costs_no_session(self, most: int) -> None:
        web = FakeWeb(*IDS)
        web.latency_s = 0.005
        web.secret, web.walled = {IDS[7]}, {IDS[30]}

        details, session = fetch(web, *IDS, most=most)

        others = [one for one in IDS if one not in (IDS[7], IDS[30])]
        assert told(details) == titles(*others) | dict.fromkeys((IDS[7], IDS[30]), "forbidden")
        assert session.renewed == 0

    @pytest.mark.parametrize("most", [1, 20])
    def test_a_session_that_ends_in_the_middle_is_renewed_once_and_no_pin_lost(
        self, most: int
    ) -> None:
        web = FakeWeb(*IDS)
        web.latency_s, web.session_requests = 0.002, 40

        details, session = fetch(web, *IDS, most=most)

        assert told(details) == titles(*IDS)
        assert 1 <= session.renewed <= 3
        assert web.statuses[403] <= session.renewed * (2 * most + 3)

    def test_a_session_that_runs_out_is_not_used_to_be_refused(self) -> None:
        web = FakeWeb(*IDS)
        web.latency_s, web.session_life_s = 0.01, 0.25
        session = MemorySession(web, life_s=0.15)

        with reachable(web):
            details = asyncio.run(collect(wanted_of(IDS), session, most=1))

        assert told(details) == titles(*IDS)
        assert (session.renewed, web.statuses[403]) == (0, 0)
        assert web.pages > 2

    @pytest.mark.parametrize("wall", ["storms", "is_walled"])
    def test_a_storm_ends_the_stream_and_blames_no_pin(self, wall: str) -> None:
        web = FakeWeb(*IDS)
        session = MemorySession(web)
        details: list[Detail] = []

        def ids() -> Iterator[Wanted]:
            for number, wanted in enumerate(wanted_of(IDS)):
                if number == 30:
                    setattr(web, wall, True)
                yield wanted

        with reachable(web), pytest.raises(FetchError) as caught:
            asyncio.run(collect(ids(), session, most=4, into=details))

        assert (caught.value.fetch_code, caught.value.retry_after_s) == ("session_refused", 60.0)
        found = told(details)
        assert len(found) >= 26
        assert found == titles(*found)
        assert (session.renewed, session.rests) == (1, [None])

    def test_the_last_pins_end_though_nothing_tells_whether_it_is_they(self) -> None:
        web = FakeWeb(*IDS)
        web.secret = set(IDS[:2])

        details, session = fetch(web, *IDS[:2], most=2)

        assert told(details) == dict.fromkeys(IDS[:2], "forbidden")
        assert session.renewed == 1


class TestTheSitesPace:
    def test_who_is_told_to_slow_down_waits_with_all_others_and_goes_on(self) -> None:
        web = FakeWeb(*IDS)
        web.latency_s = 0.005
        web.most_per_window, web.window_s, web.retry_after_s = 30, 0.5, 1

        details, session = fetch(web, *IDS, most=10)

        assert told(details) == titles(*IDS)
        assert 1 <= len(session.rests) <= 2
        # Those that were under way when the first was told, and no more.
        assert web.statuses[429] <= 10 * len(session.rests)

    def test_one_that_names_no_time_to_speak_of_is_given_more_each_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stream, "PATIENCE_S", 1.5)
        web = FakeWeb(*IDS)
        web.most_per_window, web.window_s, web.retry_after_s = 5, 60.0, 0
        session = MemorySession(web)

        with reachable(web), pytest.raises(FetchError) as caught:
            asyncio.run(collect(wanted_of(IDS), session, most=4))

        assert (caught.value.fetch_code, caught.value.retry_after_s) == ("rate_limited", 2.0)
        assert session.rests == [0.5, 1.0, 2.0]
        assert web.statuses[429] <= 4 * len(session.rests)

    def test_a_long_wait_is_left_to_who_drives_it(self) -> None:
        web = FakeWeb(*IDS)
        web.most_per_window, web.window_s, web.retry_after_s = 20, 60.0, 900
        session = MemorySession(web)
        details: list[Detail] = []

        with reachable(web), pytest.raises(FetchError) as caught:
            asyncio.run(collect(wanted_of(IDS), session, into=details))

        assert (caught.value.fetch_code, caught.value.retry_after_s) == ("rate_limited", 900)
        assert len(told(details)) >= 16

    def test_what_is_granted_is_asked_for_in_shares(self) -> None:
        web = FakeWeb(*IDS)
        session = MemorySession(web)
        session.granted = 7

        with reachable(web):
            asyncio.run(collect(wanted_of(IDS), session))

        assert session.spent == -(-60 // 7)


class TestTheEndOfAStream:
    @pytest.mark.parametrize(
        ("trouble", "deadline_s", "code"),
        [("is_away", 30, "source_unavailable"), ("is_hanging", 0.1, "source_timeout")],
    )
    def test_a_source_that_is_away_blames_no_pin(
        self, settings: Settings, trouble: str, deadline_s: float, code: str
    ) -> None:
        settings.PINTEREST_WEB_DEADLINE_S = deadline_s
        web = FakeWeb(*IDS)
        details: list[Detail] = []

        def ids() -> Iterator[Wanted]:
            for number, wanted in enumerate(wanted_of(IDS)):
                if number == 20:
                    setattr(web, trouble, True)
                yield wanted

        with reachable(web), pytest.raises(FetchError) as caught:
            asyncio.run(collect(ids(), MemorySession(web), most=8, into=details))

        assert caught.value.fetch_code == code
        found = told(details)
        assert found == titles(*found)

    @pytest.mark.parametrize(
        "trouble", [{"lacks_endpoint": True}, {"moved": dict.fromkeys(IDS, "https://de.test/")}]
    )
    def test_an_endpoint_that_is_gone_or_moved_blames_no_pin(self, trouble: dict[str, Any]) -> None:
        web = FakeWeb(*IDS)
        for name, value in trouble.items():
            setattr(web, name, value)
        details: list[Detail] = []

        with reachable(web), pytest.raises(FetchError) as caught:
            asyncio.run(collect(wanted_of(IDS), MemorySession(web), into=details))

        assert (caught.value.fetch_code, details) == ("bad_response", [])

    def test_who_may_not_go_on_stops_in_the_midst_of_slow_requests(self) -> None:
        web = FakeWeb(*IDS)
        web.hanging = set(IDS[10:])
        details: list[Detail] = []

        with reachable(web):
            ending = asyncio.run(
                collect(
                    wanted_of(IDS),
                    MemorySession(web),
                    most=10,
                    may_go_on=lambda: len(details) < 10,
                    into=details,
                )
            )

        assert told(ending) == titles(*IDS[:10])

    def test_no_more_is_asked_for_than_somebody_takes(self) -> None:
        web = FakeWeb(is_endless=True)
        session = MemorySession(web)
        endless = (Wanted(one.key, one.pin_id) for one in map(_numbered, itertools.count(1)))

        async def scenario() -> int:
            stream = fetch_details(endless, session=session, most=5, may_go_on=always)
            async with aclosing(stream):
                first = await anext(stream)
                # Time for many more, if they were asked for.
                await asyncio.sleep(0.5)
            assert isinstance(first, Found)
            return web.asked.total()

        with reachable(web):
            assert 10 <= asyncio.run(scenario()) <= 1 + 2 * 5

    def test_an_error_of_who_is_asked_whether_to_go_on_is_raised(self) -> None:
        web = FakeWeb(*IDS)

        def broken() -> bool:
            raise LookupError

        with reachable(web), pytest.raises(LookupError):
            asyncio.run(collect(wanted_of(IDS), MemorySession(web), may_go_on=broken))

    def test_nothing_is_asked_for_nothing(self) -> None:
        web = FakeWeb()

        assert fetch(web)[0] == []
        assert web.pages == 0

    @pytest.mark.parametrize("most", [0, 21])
    def test_the_number_at_a_time_has_its_bounds(self, most: int) -> None:
        with pytest.raises(ValueError, match="From 1 to 20"):
            fetch(FakeWeb(), IDS[0], most=most)


def _numbered(number: int) -> Wanted:
    return wanted_of([str(number)])[0]
