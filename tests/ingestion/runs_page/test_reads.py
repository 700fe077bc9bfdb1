"""A run with all that its page says of it, in one query."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ingestion.engine.runs import start_run
from ingestion.models import RunStep, SyncRun
from ingestion.models.step import StepState
from ingestion.runs_page.reads import find_run, runs_page
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import claimed, import_bytes, queue_import, tidy


@pytest.fixture
def run(org: Organization) -> SyncRun:
    return import_bytes(org, as_zip(quirky_rows()))


class TestFindRun:
    def test_brings_all_in_one_query(self, org: Organization, run: SyncRun) -> None:
        with org_scope(org.pk), CaptureQueriesContext(connection) as queries:
            seen = find_run(org, run.pk)

        assert seen is not None
        assert [event.name for event in seen.events] == ["finished", "claimed", "queued"]
        assert [attempt.outcome for attempt in seen.attempts] == ["succeeded"]
        assert seen.events[0].at >= seen.events[-1].at
        assert len([q for q in queries if "ingestion_syncrun" in q["sql"]]) == 1
        assert seen.left_count is None

    def test_names_the_steps_in_order(self, org: Organization) -> None:
        run = tidy(org)

        with org_scope(org.pk):
            seen = find_run(org, run.pk)
            names = list(
                RunStep.objects.filter(run=run).order_by("position").values_list("name", flat=True)
            )

        assert seen is not None
        assert len(names) > 1
        assert [step.name for step in seen.steps] == names
        assert {step.state for step in seen.steps} == {StepState.SUCCEEDED}

    def test_names_the_run_that_waits_beside_it(self, org: Organization) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        claimed(run)
        with org_scope(org.pk):
            other = start_run(run.job)
            seen = find_run(org, run.pk)

        assert seen is not None
        assert seen.waiting is not None
        assert str(seen.waiting.id) == str(other.pk)

    def test_tells_what_is_left_by_the_bytes(self, org: Organization) -> None:
        run = queue_import(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                raw_count=100, new_count=100, bytes_read=250, bytes_total=1_000
            )
            seen = find_run(org, run.pk)

        assert seen is not None
        assert seen.records_left == 300

    def test_counts_the_pictures_that_its_stage_has_left(
        self, org: Organization, run: SyncRun
    ) -> None:
        with org_scope(org.pk):
            stage_run = SyncRun.objects.get(kind="fetch")
            seen = find_run(org, stage_run.pk)

        assert seen is not None
        assert seen.is_stage
        assert seen.records_left
        assert seen.records_left == run.with_picture_count

    def test_of_another_organization_finds_nothing(
        self, org: Organization, other_org: Organization
    ) -> None:
        theirs = import_bytes(other_org, as_zip(quirky_rows()))

        with org_scope(org.pk):
            assert find_run(org, theirs.pk) is None


class TestRunsPage:
    def test_goes_on_behind_its_last_run(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.runs_page.reads.PAGE_SIZE", 2)
        runs = [tidy(org) for _ in range(3)]
        job_id = runs[0].job_id

        with org_scope(org.pk):
            first, before = runs_page(org, job_id)
            second, end = runs_page(org, job_id, before=before)

        assert [run.pk for run in first] == [runs[2].pk, runs[1].pk]
        assert [run.pk for run in second] == [runs[0].pk]
        assert end is None

    def test_keeps_one_state(self, org: Organization) -> None:
        run = tidy(org)

        with org_scope(org.pk):
            assert runs_page(org, run.job_id, state="failed") == ([], None)
            assert len(runs_page(org, run.job_id, state="succeeded")[0]) == 1
