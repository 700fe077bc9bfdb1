"""Asking in a process of its own: as in this one, and seen to its end."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.errors import AddressRefusedError, ProcessLostError
from connectors.guard.options import GuardOptions
from connectors.pinterest_web.answers import Refused, Trouble
from connectors.pinterest_web.apart import asking_apart
from connectors.pinterest_web.asking import Site, asking_here
from connectors.pinterest_web.details import Found, Missed, SessionHeaders, Wanted
from tests.pinterest_web.fake import FakeWeb
from tests.pinterest_web.support import reachable, session_of, wanted_of

PIN, GONE, HANGING, SECRET = "111", "222", "333", "444"
NOTHING = Site("https://magpie.example", 5.0, GuardOptions())


@pytest.fixture
def web() -> FakeWeb:
    web = FakeWeb(PIN, HANGING, SECRET)
    web.hanging, web.secret = {HANGING}, {SECRET}
    return web


def order_of(pin_id: str, cookies: str) -> tuple[Wanted, SessionHeaders]:
    """Return what to ask for, and by what session."""
    (wanted,) = wanted_of([pin_id])
    return wanted, session_of(cookies)


def children() -> list[psutil.Process]:
    """Return the processes that ask."""
    mine = psutil.Process().children()
    return [each for each in mine if "connectors.pinterest_web.child" in " ".join(each.cmdline())]


def test_it_says_what_asking_here_says(web: FakeWeb) -> None:
    async def ask(asking: Any) -> list[Any]:
        async with asking(Site.from_settings()) as asker:
            return [await asker.ask(pin, session) for pin in wanted]

    wanted = wanted_of([PIN, GONE, SECRET])
    session = session_of(web.open_session())
    with reachable(web):
        here = asyncio.run(ask(asking_here))
        apart = asyncio.run(ask(asking_apart))

    assert [type(meaning) for meaning in apart] == [Found, Missed, Refused]
    assert apart == here
    assert not children()


def test_it_asks_for_many_at_a_time(web: FakeWeb) -> None:
    web.is_endless, web.latency_s = True, 0.3

    async def ask() -> list[Any]:
        async with asking_apart(Site.from_settings()) as asker:
            return await asyncio.gather(*(asker.ask(pin, session) for pin in wanted))

    wanted = wanted_of(str(number) for number in range(1_000, 1_020))
    session = session_of(web.open_session())
    with reachable(web):
        found = asyncio.run(ask())

    assert [meaning.wanted for meaning in found] == wanted
    assert web.most_under_way > 10


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_who_waits_is_told_that_it_has_ended(web: FakeWeb, number: signal.Signals) -> None:
    async def ask() -> None:
        async with asking_apart(Site.from_settings()) as asker:
            waiting = asyncio.create_task(asker.ask(*order))
            while not web.asked[HANGING]:  # noqa: ASYNC110  # of another thread
                await asyncio.sleep(0.01)
            (child,) = children()
            child.send_signal(number)
            with pytest.raises(ProcessLostError):
                await waiting
            with pytest.raises(ProcessLostError):
                await asker.ask(*order)

    order = order_of(HANGING, web.open_session())
    with reachable(web):
        asyncio.run(ask())
    assert not children()


def test_ctrl_c_is_for_who_started_it(web: FakeWeb) -> None:
    async def ask() -> Any:
        async with asking_apart(Site.from_settings()) as asker:
            (child,) = children()
            return os.getpgid(child.pid) != os.getpgid(0), await asker.ask(*order)

    order = order_of(PIN, web.open_session())
    with reachable(web):
        is_elsewhere, meaning = asyncio.run(ask())
    assert is_elsewhere
    assert isinstance(meaning, Found)


def test_it_knows_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush-of-the-parent")

    async def environment() -> bytes:
        async with asking_apart(NOTHING):
            (child,) = children()
            file = Path(f"/proc/{child.pid}/environ")
            while b"LC_ALL" not in (told := file.read_bytes()):  # noqa: ASYNC110, ASYNC240  # in memory
                await asyncio.sleep(0.01)
            return told

    assert asyncio.run(environment()).split(b"\0")[:-1] == [b"LC_ALL=C.UTF-8"]


def test_nothing_is_left_of_who_gives_up(web: FakeWeb) -> None:
    async def ask() -> None:
        async with asking_apart(Site.from_settings()) as asker:
            await asker.ask(*order)

    async def give_up() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await ask()

    order = order_of(HANGING, web.open_session())
    with reachable(web):
        asyncio.run(give_up())
    assert not children()


def test_it_ends_with_a_parent_that_is_killed() -> None:
    script = (
        "import asyncio, time\n"
        "from connectors.guard.options import GuardOptions\n"
        "from connectors.pinterest_web.apart import asking_apart\n"
        "from connectors.pinterest_web.asking import Site\n"
        "async def stay():\n"
        "    async with asking_apart(Site('https://magpie.example', 5.0, GuardOptions())):\n"
        "        print('asking', flush=True)\n"
        "        time.sleep(60)\n"
        "asyncio.run(stay())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"asking\n"
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        child.wait(10)
    assert not child.is_running()


def test_what_the_guard_refuses_is_refused() -> None:
    async def ask() -> None:
        site = Site("http://127.0.0.1", 5.0, GuardOptions())
        async with asking_apart(site) as asker:
            await asker.ask(*order_of(PIN, "csrftoken=hush-a"))

    with pytest.raises(AddressRefusedError) as refused:
        asyncio.run(ask())
    assert refused.value.code == "unsafe_url"


def test_what_breaks_there_is_told_here(web: FakeWeb) -> None:
    async def ask() -> Any:
        async with asking_apart(Site.from_settings()) as asker:
            with pytest.raises(RuntimeError, match="may not be sent"):
                await asker.ask(*order)
            return await asker.ask(order[0], session_of(web.open_session()))

    order = order_of(PIN, "csrftoken=hush\nline")
    with reachable(web):
        assert isinstance(asyncio.run(ask()), Found)


def test_an_answer_may_be_large(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.pinterest_web.fake.answer_of", lambda *_, **__: b" " * 3_000_000)

    async def ask() -> list[Any]:
        async with asking_apart(Site.from_settings()) as asker:
            return await asyncio.gather(*(asker.ask(pin, session) for pin in wanted))

    wanted, session = wanted_of([PIN] * 3), session_of(web.open_session())
    with reachable(web):
        assert asyncio.run(ask()) == [Trouble("bad_response")] * 3
