"""How often, in words."""

import datetime as dt
import uuid

import pytest
import time_machine

from ingestion.models import Job
from ingestion.pipelines.cadences import interval_words, preview_of, spoken
from ingestion.schedule.cadence import Cadence

NOON = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)


class TestSpoken:
    @pytest.mark.parametrize(
        ("cadence", "sentence"),
        [
            (Cadence(), "Only when somebody asks."),
            (Cadence(interval_s=3600), "Every hour."),
            (Cadence(interval_s=5400), "Every 90 minutes."),
            (
                Cadence(cron="0 1 * * *", jitter_s=14_400),
                "At 01:00 every day (UTC), or up to 4 hours later.",
            ),
            (Cadence(cron="0 7 * * *", timezone="Asia/Tokyo"), "At 07:00 every day (Asia/Tokyo)."),
        ],
    )
    def test_says_it_as_a_sentence(self, cadence: Cadence, sentence: str) -> None:
        assert spoken(cadence) == sentence

    def test_one_unit_has_no_number(self) -> None:
        assert interval_words(86_400 * 2) == "Every 2 days"
        assert interval_words(60) == "Every minute"


class TestPreview:
    @time_machine.travel(NOON, tick=False)
    def test_names_the_next_three_times_over_the_change_to_summer_time(self) -> None:
        job = Job(pk=uuid.UUID(int=0), created_at=NOON)

        preview = preview_of(Cadence(cron="30 6 * * *", timezone="Europe/Copenhagen"), job)

        assert preview.times == (
            "Sat 28 Mar 2026, 06:30 CET",
            "Sun 29 Mar 2026, 06:30 CEST",
            "Mon 30 Mar 2026, 06:30 CEST",
        )

    @time_machine.travel(NOON, tick=False)
    def test_what_never_comes_due_has_no_times(self) -> None:
        assert preview_of(Cadence(), Job(created_at=NOON)).times == ()
