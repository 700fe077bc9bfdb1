"""How many requests at a time: fewer when the source strains, back by one when it is calm."""

import asyncio

from connectors.pinterest_web.gauge import LEAST_WINDOW, Gauge


def windows(gauge: Gauge, took_s: float, count: int = 1) -> None:
    """Note ``count`` windows of answers that were asked for by now."""
    for _ in range(count):
        now = asyncio.get_running_loop().time()
        for _ in range(max(gauge.limit, LEAST_WINDOW)):
            gauge.note(now, took_s)


def test_rising_latency_halves_and_calm_brings_back_one_by_one() -> None:
    async def scenario() -> list[int]:
        gauge, seen = Gauge(16), []
        windows(gauge, 0.1, 3)
        for took_s in (0.15, 0.5, 0.5, 0.1, 0.1):
            await asyncio.sleep(0)
            windows(gauge, took_s)
            seen.append(gauge.limit)
        return seen

    assert asyncio.run(scenario()) == [16, 8, 4, 5, 6]


def test_what_wavers_by_little_is_no_strain() -> None:
    async def scenario() -> int:
        gauge = Gauge(8)
        for took_s in (0.001, 0.05, 0.002, 0.09):
            windows(gauge, took_s)
        return gauge.limit

    assert asyncio.run(scenario()) == 8


def test_a_source_that_is_slower_for_good_is_so_in_time() -> None:
    async def scenario() -> tuple[int, int]:
        gauge = Gauge(8)
        windows(gauge, 0.5)
        windows(gauge, 1.2)
        slowed = gauge.limit
        windows(gauge, 1.2, 80)
        return slowed, gauge.limit

    assert asyncio.run(scenario()) == (4, 8)


def test_one_refusal_halves_once_whatever_was_under_way() -> None:
    async def scenario() -> list[int]:
        gauge = Gauge(20)
        sent_at = [await gauge.take() for _ in range(20)]
        seen = []
        await asyncio.sleep(0.001)
        for at in sent_at:
            gauge.slow_down(at)
            gauge.give_back()
        seen.append(gauge.limit)
        gauge.slow_down(await gauge.take())
        seen.append(gauge.limit)
        for _ in range(9):
            gauge.slow_down(asyncio.get_running_loop().time())
        seen.append(gauge.limit)
        return seen

    assert asyncio.run(scenario()) == [10, 5, 1]


def test_no_more_turns_are_taken_than_there_are() -> None:
    async def scenario() -> tuple[int, int]:
        gauge, at_once, most = Gauge(6), 0, 0

        async def ask() -> None:
            nonlocal at_once, most
            began_at = await gauge.take()
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1
            gauge.note(began_at, 0.01)
            gauge.give_back()

        await asyncio.gather(*(ask() for _ in range(200)))
        return most, at_once

    assert asyncio.run(scenario()) == (6, 0)
