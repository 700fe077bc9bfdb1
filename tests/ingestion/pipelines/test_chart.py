"""Records and throughput per day."""

import datetime as dt

from django.utils import timezone

from ingestion.models.run import RunState
from ingestion.pipelines.chart import DAYS, HEIGHT_PX, chart_of_days
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.ingestion.pipelines.support import ago, make_run, make_source


class TestChart:
    def test_sums_what_ended_on_each_day(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        make_run(job, started_at=ago(days=3), raw_count=60, new_count=60)
        make_run(job, RunState.FAILED, started_at=ago(days=3), raw_count=30, new_count=30)
        make_run(job, started_at=ago(days=DAYS + 5), raw_count=9, new_count=9)
        make_run(job, RunState.RUNNING, raw_count=7, new_count=7)

        with org_scope(org.pk):
            chart = chart_of_days()

        day = next(day for day in chart.days if day.runs)
        ended = (ago(days=3) + dt.timedelta(minutes=1)).astimezone(dt.UTC).date()
        assert (day.date, day.records, day.runs, day.failed) == (ended, 90, 2, 1)
        assert day.per_minute == 45
        assert (chart.records, chart.runs, chart.failed) == (90, 2, 1)

    def test_has_every_day_and_ends_today(self, org: Organization) -> None:
        with org_scope(org.pk):
            chart = chart_of_days()

        assert len(chart.days) == DAYS
        assert chart.days[-1].date == timezone.now().astimezone(dt.UTC).date()
        assert chart.runs == 0

    def test_no_bar_leaves_the_plot_and_the_least_is_seen(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        make_run(job, started_at=ago(days=2), raw_count=17_301, new_count=17_301)
        make_run(job, started_at=ago(days=4), raw_count=1, new_count=1)

        with org_scope(org.pk):
            plot = chart_of_days().plots[0]

        heights = sorted(bar.height for bar in plot.bars if bar.height)
        assert plot.top == 20_000
        assert heights == [1, round(HEIGHT_PX * 17_301 / 20_000)]

    def test_of_others_nothing_is_counted(self, org: Organization) -> None:
        _, job, _ = make_source(OrganizationFactory.create())
        make_run(job, raw_count=5, new_count=5)

        with org_scope(org.pk):
            assert chart_of_days().runs == 0
