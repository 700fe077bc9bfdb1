"""What flows in on an event loop is handed over in order, bounded, and given up on leaving."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from ingestion.engine.handover import flowing

# More than any of it takes.
LONG_S = 20.0


def never() -> bool:
    return False


class TestArrivals:
    def test_come_in_order_and_then_none(self) -> None:
        async def flow() -> AsyncIterator[int]:
            for number in range(5):
                yield number

        with flowing(flow, most=10) as arrivals:
            taken = [arrivals.take(3, within_s=LONG_S, unless=never) for _ in range(3)]

        assert taken == [[0, 1, 2], [3, 4], None]

    def test_that_came_before_an_error_come_before_it(self) -> None:
        async def flow() -> AsyncIterator[int]:
            yield 1
            raise ValueError("The source is away.")

        with flowing(flow, most=10) as arrivals:
            assert arrivals.take(9, within_s=LONG_S, unless=never) == [1]
            with pytest.raises(ValueError, match="The source is away"):
                arrivals.take(9, within_s=LONG_S, unless=never)

    def test_wait_where_the_line_is_full(self) -> None:
        made: list[int] = []
        is_full = threading.Event()

        async def flow() -> AsyncIterator[int]:
            for number in range(100):
                made.append(number)
                if len(made) == 4:
                    is_full.set()
                yield number

        with flowing(flow, most=4) as arrivals:
            assert is_full.wait(LONG_S)
            assert arrivals.take(1, within_s=0.3, unless=never) == [0]
            # The fourth was handed over before the flow was made to wait.
            assert len(made) <= 6
            rest: list[int] = []
            while (some := arrivals.take(4, within_s=LONG_S, unless=never)) is not None:
                rest += some

        assert rest == list(range(1, 100))

    def test_that_are_there_are_given_as_soon_as_asked(self) -> None:
        has_come = threading.Event()

        async def flow() -> AsyncIterator[int]:
            yield 1
            has_come.set()
            await asyncio.sleep(LONG_S)
            yield 2

        with flowing(flow, most=10) as arrivals:
            taken = arrivals.take(9, within_s=LONG_S, unless=has_come.is_set)

        assert taken == [1]


class TestLeaving:
    def test_breaks_off_what_is_under_way(self) -> None:
        has_begun, was_left = threading.Event(), threading.Event()

        async def flow() -> AsyncIterator[int]:
            try:
                has_begun.set()
                await asyncio.sleep(LONG_S)
                yield 1
            finally:
                was_left.set()

        with flowing(flow, most=10):
            assert has_begun.wait(LONG_S)

        assert was_left.is_set()

    def test_wakes_a_flow_that_waits_for_room(self) -> None:
        was_left, is_full = threading.Event(), threading.Event()

        async def flow() -> AsyncIterator[int]:
            try:
                for number in range(100):
                    if number == 1:
                        is_full.set()
                    yield number
            finally:
                was_left.set()

        with flowing(flow, most=2):
            assert is_full.wait(LONG_S)

        assert was_left.is_set()
