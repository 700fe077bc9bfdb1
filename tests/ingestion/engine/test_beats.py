"""The rows that say which clusters of workers live."""

import datetime as dt

import pytest
from django.db.models import F

from ingestion.engine.beats import Beat, end_beats, forget_silent, write_beats
from ingestion.models import WorkerBeat

pytestmark = pytest.mark.django_db

WORK = Beat("host:work:1:2", "work", 2, 3, is_draining=False)
CONTROL = Beat("host:control:1:3", "control", 3, 1, is_draining=False)


def owners() -> set[str]:
    return set(WorkerBeat.objects.values_list("owner", flat=True))


def age(owner: str, minutes: int) -> None:
    """Let the cluster have been silent for so long."""
    WorkerBeat.objects.filter(owner=owner).update(
        beat_at=F("beat_at") - dt.timedelta(minutes=minutes)
    )


class TestBeats:
    def test_a_second_word_moves_the_time_and_nothing_that_stays(self) -> None:
        write_beats([WORK])
        age(WORK.owner, 5)
        before = WorkerBeat.objects.get()

        write_beats([Beat("host:work:1:2", "work", 2, 3, is_draining=True)])

        after = WorkerBeat.objects.get()
        assert after.beat_at > before.beat_at
        assert after.started_at == before.started_at
        assert (after.cluster, after.workers, after.is_draining) == ("work", 3, True)

    def test_what_has_ended_has_no_row(self) -> None:
        write_beats([WORK, CONTROL])

        end_beats([WORK.owner])

        assert owners() == {CONTROL.owner}

    def test_nobody_alive_writes_nothing(self) -> None:
        write_beats([])

        assert owners() == set()

    def test_only_what_was_silent_for_ten_minutes_is_forgotten(self) -> None:
        write_beats([WORK, CONTROL])
        age(WORK.owner, 11)
        age(CONTROL.owner, 9)

        assert forget_silent() == 1
        assert owners() == {CONTROL.owner}
