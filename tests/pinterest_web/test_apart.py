"""Asking in a process of its own: as in this one, and seen to its end."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing, closing
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.errors import AddressRefusedError, FetchError, ProcessLostError, RobotsRefusedError
from connectors.pinterest_web.apart import _process, fetch_details
from connectors.pinterest_web.details import Detail, Found, SessionHeaders, Wanted
from tests.pinterest_web import fake
from tests.pinterest_web.fake import FakeWeb
from tests.pinterest_web.support import (
    MemorySession,
    always,
    collect,
    reachable,
    session_of,
    told,
    wanted_of,
)

PIN, GONE, SECRET = "111", "222", "444"
FROM = 914_862_400_000_000


class Settled(MemorySession):
    """Gives one and the same session."""

    def __init__(self, web: FakeWeb, cookies: str = "") -> None:
        super().__init__(web)
        self.session = session_of(cookies or web.open_session())

    async def headers(self) -> SessionHeaders:
        return self.session


@pytest.fixture
def web() -> FakeWeb:
    web = FakeWeb(is_endless=True)
    web.gone, web.secret = {GONE}, {SECRET}
    return web


def children() -> list[psutil.Process]:
    """Return the processes that ask."""
    mine = psutil.Process().children()
    return [each for each in mine if "connectors.pinterest_web.child" in " ".join(each.cmdline())]


def many(number: int) -> list[Wanted]:
    return wanted_of(str(FROM + each) for each in range(number))


def ask(
    web: FakeWeb,
    wanted: Any,
    *,
    session: MemorySession | None = None,
    may_go_on: Callable[[], bool] = always,
    look: Callable[[int], object] = lambda _: None,
    into: list[Detail] | None = None,
) -> list[Detail]:
    """Read a stream to its end; ``look`` is told how many have come, at the start and with each."""
    details: list[Detail] = [] if into is None else into

    async def read() -> None:
        source = session or MemorySession(web)
        stream = fetch_details(wanted, session=source, most=8, may_go_on=may_go_on)
        async with aclosing(stream):
            async for detail in stream:
                details.append(detail)
                look(len(details))

    with reachable(web):
        asyncio.run(read())
    assert not children()
    return details


def test_it_says_what_is_said_here(web: FakeWeb) -> None:
    wanted = wanted_of([PIN, GONE, SECRET]) + many(300)
    here: list[Detail] = []
    with reachable(web):
        asyncio.run(collect(wanted, MemorySession(web), into=here))

    apart = ask(web, wanted)

    assert told(apart) == told(here)
    assert {each.wanted for each in apart} == set(wanted)
    assert len(told(apart)) == 303
    assert web.most_under_way <= 8


def test_what_ends_it_there_ends_it_here(web: FakeWeb) -> None:
    details: list[Detail] = []
    web.retry_after_s, web.most_per_window, web.window_s = 3_600, 100, 900.0

    with pytest.raises(FetchError) as waits:
        ask(web, many(300), into=details)

    assert (waits.value.fetch_code, waits.value.retry_after_s) == ("rate_limited", 3_600)
    assert waits.value.message
    assert len(details) == 100


def test_a_session_that_cannot_be_had_ends_it(web: FakeWeb) -> None:
    session = MemorySession(web)
    session.error = RobotsRefusedError("The site asks to be left alone.")
    with pytest.raises(RobotsRefusedError, match="left alone"):
        ask(web, many(3), session=session)


def test_sessions_are_renewed_and_requests_granted_by_who_started_it(web: FakeWeb) -> None:
    web.session_requests = 40
    session = MemorySession(web)
    session.granted = 25

    assert len(told(ask(web, many(200), session=session))) == 200
    assert session.renewed >= 3
    assert session.spent >= 8


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_reads_is_told_that_it_has_ended(web: FakeWeb, number: signal.Signals) -> None:
    def strike(come: int) -> None:
        if come == 5:
            (child,) = children()
            child.send_signal(number)

    endless = (each for each in map(str, count(FROM)))
    with pytest.raises(ProcessLostError) as lost:
        ask(web, (wanted for each in endless for wanted in wanted_of([each])), look=strike)
    assert lost.value.code == "worker_lost"


@pytest.mark.parametrize("needed", ["subprocess.Popen", "socket.socketpair"])
def test_a_machine_that_starts_nothing_is_no_fault_of_ours(needed: str) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise BlockingIOError

    async def start() -> None:
        async with _process():
            pass

    loop = asyncio.new_event_loop()
    # What the loop itself is made of is not to be missing.
    with pytest.MonkeyPatch.context() as patch, closing(loop):
        patch.setattr(f"connectors.pinterest_web.apart.{needed}", full)
        with pytest.raises(ProcessLostError):
            loop.run_until_complete(start())


def test_it_ends_when_it_may_not_go_on(web: FakeWeb) -> None:
    web.is_hanging = True
    until = time.monotonic() + 1.0

    assert ask(web, many(3), may_go_on=lambda: time.monotonic() < until) == []
    assert time.monotonic() - until < 5


def test_why_it_may_not_go_on_is_told(web: FakeWeb) -> None:
    def broken() -> bool:
        raise LookupError

    with pytest.raises(LookupError):
        ask(web, many(3), may_go_on=broken)


def test_why_no_more_can_be_wanted_is_told(web: FakeWeb) -> None:
    def wanted() -> Iterator[Wanted]:
        yield from many(3)
        raise LookupError

    with pytest.raises(LookupError):
        ask(web, wanted())


def test_of_a_slow_source_hardly_any_are_taken_ahead(web: FakeWeb) -> None:
    web.latency_s = 0.3
    taken = 0

    def wanted() -> Iterator[Wanted]:
        nonlocal taken
        for each in many(100):
            taken += 1
            yield each

    def look(come: int) -> None:
        # Those under way, those that are told of meanwhile, and a few more.
        if come > 40:
            assert taken <= come + 4 * 8

    ask(web, wanted(), look=look)
    assert taken == 100


def test_who_does_not_take_is_waited_for(web: FakeWeb) -> None:
    def look(come: int) -> None:
        if come == 1:
            # Longer than it would take for all of them.
            before = web.asked.total()
            while web.asked.total() > before or not before:
                before = web.asked.total()
                time.sleep(0.5)
            assert web.asked.total() < 1_000

    assert len(ask(web, many(3_000), look=look)) == 3_000


def test_ctrl_c_is_for_who_started_it(web: FakeWeb) -> None:
    groups: list[int] = []

    def look(come: int) -> None:
        groups.extend(os.getpgid(child.pid) for child in children())

    ask(web, many(1), look=look)
    assert groups
    assert os.getpgid(0) not in groups


def test_it_knows_no_secret_of_ours(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush-of-the-parent")
    found: list[bytes] = []

    def look(come: int) -> None:
        found.extend(Path(f"/proc/{child.pid}/environ").read_bytes() for child in children())

    ask(web, many(1), look=look)
    assert found == [b"LC_ALL=C.UTF-8\0"]


def test_it_ends_with_a_parent_that_is_killed() -> None:
    script = (
        "import asyncio\n"
        "from connectors.pinterest_web.apart import _process\n"
        "async def stay():\n"
        "    async with _process():\n"
        "        print('asking', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(stay())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"asking\n"
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        child.wait(10)
    assert not child.is_running()


def test_what_breaks_there_is_told_here(web: FakeWeb) -> None:
    with pytest.raises(RuntimeError, match="may not be sent"):
        ask(web, many(1), session=Settled(web, "csrftoken=hush\nline"))


def test_what_the_guard_refuses_is_refused(web: FakeWeb, settings: Any) -> None:
    async def read() -> list[Detail]:
        stream = fetch_details(many(1), session=Settled(web), most=1, may_go_on=always)
        return [detail async for detail in stream]

    settings.PINTEREST_WEB_URL = "http://127.0.0.1"
    with pytest.raises(AddressRefusedError) as refused:
        asyncio.run(read())
    assert refused.value.code == "unsafe_url"


def test_large_answers_come_whole(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = fake.answer_of
    padding = b" " * 1_000_000
    monkeypatch.setattr(fake, "answer_of", lambda *a, **k: padding + plain(*a, **k))

    assert all(isinstance(each, Found) for each in ask(web, many(20)))
