"""How fresh a dataset is, at every moment and whatever was tried since."""

import dataclasses
import datetime as dt
import itertools

import pytest

from ingestion.freshness.states import BACKLOG, Facts, Freshness, judge
from ingestion.schedule.cadence import Cadence

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
AS_OF = dt.datetime(2026, 5, 4, 6, 0, tzinfo=dt.UTC)
HOURLY = Facts(AS_OF, Cadence(interval_s=3600))
RANK = list(Freshness)


def state(facts: Facts, age: dt.timedelta) -> Freshness:
    return judge(facts, AS_OF + age).state


class TestInterval:
    @pytest.mark.parametrize(
        ("age", "expected"),
        [
            (dt.timedelta(), Freshness.FRESH),
            (1.49 * HOUR, Freshness.FRESH),
            (1.5 * HOUR, Freshness.LATE),
            (2.49 * HOUR, Freshness.LATE),
            (2.5 * HOUR, Freshness.STALE),
            (1_000 * DAY, Freshness.STALE),
        ],
    )
    def test_ages_from_fresh_to_late_to_stale(self, age: dt.timedelta, expected: Freshness) -> None:
        assert state(HOURLY, age) == expected

    def test_says_when_it_gets_worse_by_itself(self) -> None:
        found = judge(HOURLY, AS_OF)
        assert found.changes_at is not None
        assert state(HOURLY, found.changes_at - AS_OF) == Freshness.LATE

        later = judge(HOURLY, found.changes_at)
        assert later.changes_at is not None
        assert state(HOURLY, later.changes_at - AS_OF) == Freshness.STALE
        assert judge(HOURLY, later.changes_at).changes_at is None

    def test_has_a_quarter_of_an_hour_of_grace_at_least(self) -> None:
        often = Facts(AS_OF, Cadence(interval_s=600))

        assert state(often, dt.timedelta(minutes=24)) == Freshness.FRESH
        assert state(often, dt.timedelta(minutes=25)) == Freshness.LATE

    def test_has_the_grace_that_it_is_given(self) -> None:
        strict = dataclasses.replace(HOURLY, grace_s=0)

        assert state(strict, HOUR) == Freshness.LATE


class TestCron:
    WORKDAYS = Facts(AS_OF, Cadence(cron="0 6 * * MON-FRI"), grace_s=3600)

    def test_is_not_late_over_a_weekend(self) -> None:
        friday = dt.datetime(2026, 5, 8, 6, 0, tzinfo=dt.UTC)
        facts = dataclasses.replace(self.WORKDAYS, as_of=friday)

        assert judge(facts, friday + 3 * DAY).state == Freshness.FRESH
        assert judge(facts, friday + 3 * DAY + HOUR).state == Freshness.LATE
        assert judge(facts, friday + 4 * DAY + HOUR).state == Freshness.STALE

    def test_a_success_by_hand_keeps_it_until_the_slot_after(self) -> None:
        by_hand = dataclasses.replace(self.WORKDAYS, as_of=AS_OF + 5 * HOUR)

        assert judge(by_hand, AS_OF + DAY).state == Freshness.FRESH
        assert judge(by_hand, AS_OF + DAY + HOUR).state == Freshness.LATE


class TestWithoutCadence:
    def test_is_never_late(self) -> None:
        assert state(Facts(AS_OF), 10_000 * DAY) == Freshness.FRESH

    def test_was_never_synced_before_the_first_success(self) -> None:
        assert state(Facts(None), DAY) == Freshness.NEVER


class TestBacklog:
    STAGE = Facts(AS_OF, BACKLOG, has_backlog=True)

    def test_is_as_old_as_the_oldest_that_waits(self) -> None:
        waiting = dataclasses.replace(self.STAGE, as_of=AS_OF + 10 * HOUR, oldest_pending_at=AS_OF)

        found = judge(waiting, AS_OF + 10 * HOUR)
        assert (found.state, found.as_of) == (Freshness.STALE, AS_OF)

    @pytest.mark.parametrize(
        ("waits", "expected"),
        [(1.49, Freshness.FRESH), (1.5, Freshness.LATE), (2.5, Freshness.STALE)],
    )
    def test_gets_late_an_hour_and_a_half_after_the_oldest_came(
        self, waits: float, expected: Freshness
    ) -> None:
        waiting = dataclasses.replace(self.STAGE, oldest_pending_at=AS_OF)

        assert state(waiting, waits * HOUR) == expected

    def test_of_which_nothing_waits_is_fresh_however_long_ago_it_was_worked(self) -> None:
        found = judge(self.STAGE, AS_OF + 1_000 * DAY)

        assert (found.state, found.changes_at) == (Freshness.FRESH, None)

    def test_gets_late_though_nothing_of_it_was_ever_done(self) -> None:
        waiting = dataclasses.replace(self.STAGE, as_of=None, oldest_pending_at=AS_OF)

        assert state(waiting, HOUR) == Freshness.NEVER
        assert state(waiting, 2 * HOUR) == Freshness.LATE

    def test_what_has_just_come_makes_nothing_older(self) -> None:
        waiting = dataclasses.replace(self.STAGE, oldest_pending_at=AS_OF + HOUR)

        assert judge(waiting, AS_OF + HOUR).as_of == AS_OF


class TestWhatNothingImproves:
    @pytest.mark.parametrize("hours", [0, 1, 2, 3, 100])
    def test_a_pause_or_a_failure_that_needs_people(self, hours: int) -> None:
        paused = dataclasses.replace(HOURLY, is_paused=True)
        failed = dataclasses.replace(HOURLY, needs_action=True)

        assert state(paused, hours * HOUR) == Freshness.PAUSED
        assert state(failed, hours * HOUR) == Freshness.ACTION

    def test_time(self) -> None:
        found = [
            RANK.index(state(HOURLY, minutes * dt.timedelta(minutes=1))) for minutes in range(400)
        ]

        assert all(before <= after for before, after in itertools.pairwise(found))

    def test_needing_people_comes_before_all_else(self) -> None:
        both = Facts(None, is_paused=True, needs_action=True)

        assert state(both, DAY) == Freshness.ACTION
