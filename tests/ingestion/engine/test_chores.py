"""The chores of the tick: each gets its turn, and how it went is known."""

import datetime as dt
import logging

import pytest
from django.utils import timezone

from ingestion.engine.chores import Chore, work_chores
from ingestion.engine.tick import CHORES, tick
from ingestion.models import PlatformStatus

pytestmark = pytest.mark.django_db


def broken() -> int:
    raise ConnectionError("the other side is away")


def row(name: str) -> PlatformStatus:
    return PlatformStatus.objects.get(name=name)


class TestChores:
    def test_a_success_is_recorded_with_what_it_changed(self) -> None:
        before = timezone.now() - dt.timedelta(minutes=1)

        work_chores([Chore("count", lambda: 3, expected_every_s=90)])

        found = row("count")
        assert (found.changed_count, found.error_code, found.consecutive_failures) == (3, "", 0)
        assert found.expected_every_s == 90
        assert found.last_success_at is not None
        assert found.last_success_at > before

    def test_a_failure_is_recorded_and_moves_no_success(self) -> None:
        work_chores([Chore("count", lambda: 3)])
        succeeded_at = row("count").last_success_at

        for _ in range(2):
            work_chores([Chore("count", broken)])

        found = row("count")
        assert found.last_success_at == succeeded_at
        assert found.last_attempt_at is not None
        assert succeeded_at is not None
        assert found.last_attempt_at > succeeded_at
        assert (found.error_code, found.consecutive_failures) == ("storage_unavailable", 2)
        assert found.changed_count == 3

    def test_a_success_ends_a_row_of_failures(self) -> None:
        work_chores([Chore("count", broken)])

        work_chores([Chore("count", lambda: 1)])

        assert (row("count").error_code, row("count").consecutive_failures) == ("", 0)

    def test_one_that_fails_keeps_no_other_from_its_turn(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        done: list[str] = []

        def note() -> int:
            done.append("second")
            return 1

        work_chores([Chore("first", broken), Chore("second", note)])

        assert done == ["second"]
        assert row("second").consecutive_failures == 0
        [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert record.getMessage() == "The chore first failed."


class TestTick:
    def test_recovers_first_and_records_each_chore(self) -> None:
        tick()

        assert CHORES[0].name == "recovery"
        assert set(PlatformStatus.objects.values_list("name", flat=True)) == {
            chore.name for chore in CHORES
        }
        assert not PlatformStatus.objects.exclude(error_code="").exists()
