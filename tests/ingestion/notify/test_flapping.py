"""What comes and goes is told once a day, and recovery only to those who heard of the trouble."""

import datetime as dt

import pytest
import time_machine

from ingestion.models import DatasetStatus
from ingestion.notify.tick import tell
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.notify.support import (
    ACTION,
    ACTION_TITLE,
    DAY,
    FRESH,
    HOUR,
    LATE,
    LATE_TITLE,
    NOON,
    STALE,
    STALE_TITLE,
    WELL_TITLE,
    dataset,
    flip_and_tell,
    notifications,
    told,
    untold,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "editor")]


class TestFlapping:
    def test_the_same_trouble_is_told_once_a_day(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        for _ in range(5):
            flip_and_tell(pictures, FRESH, LATE)
            clock.shift(HOUR)
            flip_and_tell(pictures, LATE, FRESH)
            clock.shift(HOUR)

        assert told(org) == [LATE_TITLE, WELL_TITLE]
        assert untold(org) == 0

    def test_a_trouble_that_stays_is_told_when_the_day_is_over(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        flip_and_tell(pictures, FRESH, LATE)
        clock.shift(HOUR)
        flip_and_tell(pictures, LATE, FRESH)
        clock.shift(HOUR)
        assert flip_and_tell(pictures, FRESH, LATE) == 0

        clock.move_to(NOON + DAY)
        assert tell() == 1

        assert told(org) == [LATE_TITLE, WELL_TITLE, LATE_TITLE]

    def test_a_worse_trouble_replaces_the_lesser_one_of_that_day(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        flip_and_tell(pictures, FRESH, LATE)
        clock.shift(HOUR)
        flip_and_tell(pictures, LATE, STALE)
        clock.shift(HOUR)
        flip_and_tell(pictures, STALE, ACTION)

        assert told(org) == [ACTION_TITLE]

    def test_a_worse_trouble_of_another_day_stands_beside_it(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
    ) -> None:
        flip_and_tell(pictures, FRESH, LATE)
        clock.shift(DAY)
        flip_and_tell(pictures, LATE, STALE)

        assert told(org) == [LATE_TITLE, STALE_TITLE]

    def test_another_dataset_is_another_matter(
        self, org: Organization, pictures: DatasetStatus
    ) -> None:
        flip_and_tell(pictures, FRESH, LATE)
        flip_and_tell(dataset(org, "thumbnails"), FRESH, LATE)

        assert set(told(org)) == {LATE_TITLE, "Thumbnails of Acme are late"}


class TestRecoveryMail:
    def test_calls_off_the_mail_that_was_not_sent(
        self, org: Organization, pictures: DatasetStatus
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        flip_and_tell(pictures, STALE, FRESH)

        assert [each.mailed_at for each in notifications(org)] == [NOON, NOON]

    @pytest.mark.parametrize("was_mailed", [True, False])
    def test_goes_to_those_who_were_mailed_of_the_trouble(
        self,
        org: Organization,
        pictures: DatasetStatus,
        clock: time_machine.Traveller,
        *,
        was_mailed: bool,
    ) -> None:
        flip_and_tell(pictures, FRESH, STALE)
        with org_scope(org.pk):
            [trouble] = notifications(org)
            trouble.mailed_at = NOON + dt.timedelta(minutes=was_mailed)
            trouble.save(update_fields=["mailed_at"])

        clock.shift(HOUR)
        flip_and_tell(pictures, STALE, FRESH)

        assert (notifications(org)[-1].mailed_at is None) == was_mailed
