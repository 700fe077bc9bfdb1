"""When a job comes due next, by clocks of every kind."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest

from ingestion.errors import CadenceInvalidError
from ingestion.schedule.cadence import Cadence

JOB = uuid.UUID(int=7)
HOUR = 3600
BEGAN = dt.datetime(2026, 3, 1, 12, 10, tzinfo=dt.UTC)


def next_after(cadence: Cadence, moment: dt.datetime, *, job_id: uuid.UUID = JOB) -> dt.datetime:
    found = cadence.next_after(moment, since=BEGAN, job_id=job_id)
    assert found is not None
    assert found > moment
    return found


def slots(cadence: Cadence, start: dt.datetime, count: int) -> list[dt.datetime]:
    """Return the next times, each asked for at the one before."""
    found = [start]
    for _ in range(count):
        found.append(next_after(cadence, found[-1]))
    return found[1:]


class TestInterval:
    def test_is_counted_from_the_beginning_and_does_not_drift(self) -> None:
        late = BEGAN + dt.timedelta(hours=1, minutes=59)

        assert next_after(Cadence(interval_s=HOUR), late) == BEGAN + dt.timedelta(hours=2)

    def test_catches_nothing_up(self) -> None:
        back = BEGAN + dt.timedelta(days=30, minutes=1)

        assert next_after(Cadence(interval_s=HOUR), back) == BEGAN + dt.timedelta(days=30, hours=1)

    def test_goes_on_at_the_very_moment_that_it_came_due(self) -> None:
        due = BEGAN + dt.timedelta(hours=5)

        assert next_after(Cadence(interval_s=HOUR), due) == due + dt.timedelta(hours=1)


class TestCron:
    def test_is_read_in_its_time_zone(self) -> None:
        cadence = Cadence(cron="30 6 * * 1-5", timezone="Asia/Tokyo")

        # A Friday evening in Tokyo: the next is on Monday.
        friday = dt.datetime(2026, 3, 6, 12, 0, tzinfo=dt.UTC)
        assert next_after(cadence, friday) == dt.datetime(2026, 3, 8, 21, 30, tzinfo=dt.UTC)

    def test_keeps_the_hour_of_the_wall_through_a_change_of_time(self) -> None:
        cadence = Cadence(cron="0 8 * * *", timezone="Europe/Berlin")

        found = slots(cadence, dt.datetime(2026, 3, 27, 12, 0, tzinfo=dt.UTC), 3)
        assert [each.hour for each in found] == [7, 6, 6]
        assert {each.astimezone(ZoneInfo("Europe/Berlin")).hour for each in found} == {8}

    def test_runs_once_in_the_night_that_has_no_such_hour(self) -> None:
        cadence = Cadence(cron="30 2 * * *", timezone="Europe/Berlin")

        found = slots(cadence, dt.datetime(2026, 3, 28, 12, 0, tzinfo=dt.UTC), 2)
        assert found[0] == dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC)
        assert found[1] == dt.datetime(2026, 3, 30, 0, 30, tzinfo=dt.UTC)

    def test_runs_once_in_the_night_that_has_the_hour_twice(self) -> None:
        cadence = Cadence(cron="30 2 * * *", timezone="Europe/Berlin")

        found = slots(cadence, dt.datetime(2026, 10, 24, 12, 0, tzinfo=dt.UTC), 2)
        assert found == [
            dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC),
            dt.datetime(2026, 10, 26, 1, 30, tzinfo=dt.UTC),
        ]


class TestJitter:
    def test_parts_jobs_and_stays_the_same_for_each(self) -> None:
        cadence = Cadence(cron="0 3 * * *", jitter_s=HOUR)
        jobs = [uuid.uuid4() for _ in range(50)]

        def offset(job_id: uuid.UUID, day: int) -> dt.timedelta:
            at_noon = dt.datetime(2026, 5, day, 12, tzinfo=dt.UTC)
            return next_after(cadence, at_noon, job_id=job_id) - (at_noon + dt.timedelta(hours=15))

        assert len({offset(job_id, 1) for job_id in jobs}) > 40
        assert [offset(job_id, 1) for job_id in jobs] == [offset(job_id, 2) for job_id in jobs]
        assert all(dt.timedelta() <= offset(job, 1) <= dt.timedelta(hours=1) for job in jobs)

    def test_a_slot_whose_run_is_still_to_come_is_not_passed_over(self) -> None:
        cadence = Cadence(cron="0 3 * * *", jitter_s=HOUR)
        job_id = uuid.UUID(int=HOUR)
        between = dt.datetime(2026, 5, 1, 3, 30, tzinfo=dt.UTC)

        found = next_after(cadence, between, job_id=job_id)
        assert found == dt.datetime(2026, 5, 1, 4, 0, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("cron", "zone", "delay_h"),
        [("0 1 * * *", "Europe/Copenhagen", 3), ("30 1 * * *", "America/New_York", 1.5)],
    )
    @pytest.mark.parametrize("month", [3, 10, 11])
    def test_is_as_long_in_a_night_in_which_the_clocks_change(
        self, cron: str, zone: str, delay_h: float, month: int
    ) -> None:
        delay_s = round(delay_h * HOUR)
        cadence = Cadence(cron=cron, timezone=zone, jitter_s=delay_s)
        plain = Cadence(cron=cron, timezone=zone)
        moment, end = (dt.datetime(2027, month, day, tzinfo=dt.UTC) for day in (1, 30))

        while moment < end:
            found = next_after(cadence, moment, job_id=uuid.UUID(int=delay_s))
            assert found > moment
            slot = next_after(plain, found - dt.timedelta(seconds=delay_s + 1), job_id=JOB)
            assert found - slot == dt.timedelta(seconds=delay_s)
            moment = found


class TestManual:
    def test_never_comes_due(self) -> None:
        assert Cadence().next_after(BEGAN, since=BEGAN, job_id=JOB) is None


class TestCheck:
    @pytest.mark.parametrize(
        "cadence",
        [
            Cadence(),
            Cadence(interval_s=300),
            Cadence(cron="*/5 * * * *"),
            Cadence(cron="0 6 * * MON-FRI", timezone="America/New_York", jitter_s=600),
            Cadence(cron="0 0 29 2 *"),
        ],
    )
    def test_takes_what_can_be_meant(self, cadence: Cadence) -> None:
        cadence.check()

    @pytest.mark.parametrize(
        ("cadence", "said"),
        [
            (Cadence(interval_s=300, cron="0 6 * * *"), "not both"),
            (Cadence(interval_s=299), "five minutes"),
            (Cadence(interval_s=10**9), "a year"),
            (Cadence(cron="61 * * * *"), "Bad minute"),
            (Cadence(cron="every day"), "no cron expression"),
            (Cadence(cron="* * * * *"), "five minutes"),
            (Cadence(cron="0 0 30 2 *"), "Bad day-of-month"),
            (Cadence(cron="0 0 */20 * 1L"), "never comes"),
            (Cadence(cron="0 6 * * *", timezone="Mars/Olympus"), "no time zone"),
            (Cadence(interval_s=600, jitter_s=601), "jitter"),
            (Cadence(interval_s=600, jitter_s=-1), "jitter"),
        ],
    )
    def test_refuses_what_cannot_and_says_why(self, cadence: Cadence, said: str) -> None:
        with pytest.raises(CadenceInvalidError, match=said):
            cadence.check()


@pytest.mark.parametrize("cron", ["0 30 6 * * 1", "30 6 * *", "30"])
def test_five_fields_and_no_seconds(cron: str) -> None:
    with pytest.raises(CadenceInvalidError, match="five fields"):
        Cadence(cron=cron).check()
