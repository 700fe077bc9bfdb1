"""Rates and remaining times: told when they hold, and not before."""

import pytest

from ingestion.runs_page import pace
from ingestion.runs_page.pace import Sample, Samples

START = 1_795_000_000


def steady(count: int, *, every_s: int = 4, per_s: int = 100) -> Samples:
    return tuple(Sample(START + every_s * i, every_s * per_s * i) for i in range(count))


class TestRate:
    def test_is_that_of_what_was_seen(self) -> None:
        assert pace.rate(steady(4)) == 100

    @pytest.mark.parametrize("count", [0, 1, 2])
    def test_of_too_little_is_not_told(self, count: int) -> None:
        assert pace.rate(steady(count)) is None

    @pytest.mark.parametrize(
        ("per_s", "words"),
        [
            (1234.4, "1,234 a second"),
            (1.0, "1 a second"),
            (0.5, "30 a minute"),
            (0.001, "1 a minute"),
            (0.0, ""),
            (None, ""),
        ],
    )
    def test_in_words(self, per_s: float | None, words: str) -> None:
        assert pace.spoken_rate(per_s) == words


class TestRemaining:
    def test_of_a_steady_run_is_what_is_left_at_its_rate(self) -> None:
        assert pace.remaining_s(steady(7), 6_000) == 60

    def test_is_not_told_before_half_a_minute_was_seen(self) -> None:
        assert pace.remaining_s(steady(6), 6_000) is None

    def test_is_not_told_where_nobody_knows_what_is_left(self) -> None:
        assert pace.remaining_s(steady(10), None) is None

    def test_is_not_told_of_a_run_that_slows_down(self) -> None:
        slow = tuple(Sample(START + 20 + 4 * i, 2_000 + 40 * i) for i in range(1, 6))

        assert pace.remaining_s((*steady(6), *slow), 6_000) is None

    def test_is_not_told_of_a_run_that_stands(self) -> None:
        standing = tuple(Sample(START + 4 * i, 500) for i in range(10))

        assert pace.remaining_s(standing, 6_000) is None

    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (None, ""),
            (20, "less than a minute left"),
            (61, "about 1 minute left"),
            (600, "about 10 minutes left"),
            (7300, "about 2 hours left"),
        ],
    )
    def test_in_words(self, seconds: float | None, words: str) -> None:
        assert pace.spoken_rest(seconds) == words


class TestSamples:
    def test_travel_in_an_address(self) -> None:
        assert pace.read(pace.written(steady(16))) == steady(16)
        assert len(pace.written(steady(16, per_s=10_000))) < pace.MOST_TEXT

    @pytest.mark.parametrize("text", ["", "x", "1-2-3", "1-2.x", "5-1.4-2", "4-2.5-1", "²-1"])
    def test_that_are_not_ours_are_none(self, text: str) -> None:
        assert pace.read(text) == ()

    def test_older_than_a_minute_are_let_go(self) -> None:
        now = Sample(START + 100, 10_000)

        assert pace.add((Sample(START, 0), Sample(START + 60, 6_000)), now) == (
            Sample(START + 60, 6_000),
            now,
        )

    def test_that_come_too_quickly_are_passed_over(self) -> None:
        assert pace.add(steady(2), Sample(START + 6, 600)) == steady(2)

    def test_begin_anew_after_a_page_has_slept(self) -> None:
        late = Sample(START + 500, 50_000)

        assert pace.add(steady(4), late) == (late,)

    def test_begin_anew_where_the_run_did(self) -> None:
        anew = Sample(START + 60, 10)

        assert pace.add(steady(4), anew) == (anew,)
