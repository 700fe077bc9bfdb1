"""What moves the age of a dataset, and what does not."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from connectors.errors import CorruptFileError, FetchError
from connectors.models import Connection
from ingestion.control import pause, resume
from ingestion.engine import runs
from ingestion.engine.kinds import Slice
from ingestion.engine.steps import Step, work_steps
from ingestion.freshness.datasets import RETENTION, SAVED_ITEMS, STORED_FILES
from ingestion.freshness.states import Freshness
from ingestion.freshness.words import SUDDENLY_EMPTY
from ingestion.models import DatasetStatus, ImportFile, Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunMode
from ingestion.taxonomy import classify
from tenants.models import Organization
from tests.ingestion.crawler import as_json, pin, quirky_rows
from tests.ingestion.freshness.worlds import (
    DAY,
    HOUR,
    MONDAY,
    begin,
    count,
    fail,
    flips,
    make_connection,
    of,
    succeed,
)
from tests.ingestion.support import import_bytes

pytestmark = pytest.mark.django_db

ENDED = MONDAY + dt.timedelta(minutes=20)
# After everything that the database's own clock has noted.
YEARS_LATER = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def at_the_end() -> Iterator[None]:
    """What ends in these tests ends twenty minutes after it began."""
    with time_machine.travel(ENDED, tick=False):
        yield


@pytest.fixture
def connection(in_scope: Organization) -> Connection:
    return make_connection(in_scope)


@pytest.fixture
def job(in_scope: Organization, connection: Connection) -> Job:
    """A source that is read every hour."""
    return Job.objects.create(
        org=in_scope,
        kind=JobKind.IMPORT,
        connection=connection,
        is_one_off=False,
        interval_s=3600,
    )


def network_down() -> FetchError:
    return FetchError("The source is away.", fetch_code="network")


class TestSuccess:
    def test_makes_data_as_old_as_its_beginning(self, job: Job) -> None:
        run = succeed(job, MONDAY, new=2, unchanged=3)

        status = of(SAVED_ITEMS)
        assert (status.as_of, status.last_success_at) == (MONDAY, ENDED)
        assert (status.last_attempt_at, status.last_changed_at) == (ENDED, ENDED)
        assert (status.last_run_id, status.state) == (run.pk, Freshness.FRESH)
        assert status.alert_at == MONDAY + 1.5 * HOUR

    def test_that_found_nothing_new_is_no_change(self, job: Job) -> None:
        succeed(job, MONDAY, new=1)
        with time_machine.travel(ENDED + HOUR, tick=False):
            succeed(job, MONDAY + HOUR, unchanged=5)

        status = of(SAVED_ITEMS)
        assert (status.as_of, status.last_changed_at) == (MONDAY + HOUR, ENDED)

    def test_of_a_run_that_began_before_the_last_one_makes_nothing_older(self, job: Job) -> None:
        succeed(job, MONDAY)

        succeed(job, MONDAY - DAY)

        assert of(SAVED_ITEMS).as_of == MONDAY

    def test_forgets_what_failed_before(self, job: Job) -> None:
        fail(job, MONDAY, CorruptFileError("The file breaks off."))

        with time_machine.travel(ENDED + HOUR, tick=False):
            succeed(job, MONDAY)

        status = of(SAVED_ITEMS)
        assert (status.consecutive_failures, status.failure_type) == (0, "")
        assert (status.error_code, status.user_message) == ("", "")
        assert flips(SAVED_ITEMS) == [
            ("never_synced", "action_required", "action_required"),
            ("action_required", "fresh", "success"),
        ]

    def test_counts_the_assets_of_its_connection_that_are_not_in_the_trash(
        self, in_scope: Organization
    ) -> None:
        import_bytes(in_scope, as_json(quirky_rows()), name="pins.json")

        assert of(SAVED_ITEMS).row_count == 50


class TestFailure:
    def test_moves_no_age(self, job: Job) -> None:
        succeed(job, MONDAY - HOUR)
        before = of(SAVED_ITEMS)

        with time_machine.travel(ENDED + HOUR, tick=False):
            fail(job, MONDAY, network_down())

        status = of(SAVED_ITEMS)
        assert (status.as_of, status.last_success_at) == (before.as_of, before.last_success_at)
        assert status.last_attempt_at == ENDED + HOUR
        assert (status.consecutive_failures, status.error_code) == (1, "network")
        assert status.user_message == "The source is away."

    def test_each_try_counts_once(self, job: Job) -> None:
        for _ in range(3):
            fail(job, MONDAY, network_down())

        assert of(SAVED_ITEMS).consecutive_failures == 3

    def test_that_people_must_mend_is_told_until_it_is_mended(self, job: Job) -> None:
        succeed(job, MONDAY)
        fail(job, MONDAY, CorruptFileError("The file breaks off."))

        fail(job, MONDAY, network_down())

        status = of(SAVED_ITEMS)
        assert (status.state, status.error_code) == (Freshness.ACTION, "upload_corrupt")
        assert status.consecutive_failures == 2

    def test_before_the_source_is_known_is_nobodys(self, in_scope: Organization) -> None:
        fail(Job.objects.create(org=in_scope, kind=JobKind.IMPORT), MONDAY, network_down())

        assert not DatasetStatus.objects.filter(name=SAVED_ITEMS).exists()


class TestWhatMovesNothing:
    def test_a_dry_run_that_ends_well_or_badly(self, job: Job) -> None:
        held = begin(job, MONDAY, is_dry_run=True)
        count(held, new=1)
        runs.finish_run(held)
        runs.fail_run(begin(job, MONDAY, is_dry_run=True), classify(CorruptFileError("Broken.")))

        assert not DatasetStatus.objects.filter(name=SAVED_ITEMS).exists()

    def test_a_run_that_was_cancelled(self, job: Job) -> None:
        runs.cancel_run(begin(job, MONDAY))

        assert not DatasetStatus.objects.filter(name=SAVED_ITEMS).exists()

    @pytest.mark.parametrize("mode", [RunMode.BACKFILL, RunMode.FAILED, RunMode.MISSING])
    def test_a_run_over_a_part_of_the_data(self, job: Job, mode: RunMode) -> None:
        succeed(job, MONDAY - DAY)
        before = of(SAVED_ITEMS)

        held = begin(job, MONDAY, mode=mode)
        count(held, new=4)
        runs.finish_run(held)
        runs.fail_run(begin(job, MONDAY, mode=mode), classify(network_down()))

        status = of(SAVED_ITEMS)
        assert (status.as_of, status.last_success_at) == (before.as_of, before.last_success_at)
        assert (status.last_attempt_at, status.consecutive_failures) == (before.last_attempt_at, 0)

    def test_a_backfill_counts_what_it_brought(self, in_scope: Organization) -> None:
        run = import_bytes(in_scope, as_json([pin(1), pin(2)]), name="pins.json")
        DatasetStatus.objects.filter(name=SAVED_ITEMS).update(row_count=0)

        runs.finish_run(begin(run.job, MONDAY, mode=RunMode.BACKFILL))

        assert of(SAVED_ITEMS).row_count == 2


class TestNoRows:
    def test_of_a_source_that_had_some_are_a_warning_and_a_success(
        self, in_scope: Organization
    ) -> None:
        run = import_bytes(in_scope, as_json([pin(1)]), name="pins.json")

        runs.finish_run(begin(run.job, YEARS_LATER))

        status = of(SAVED_ITEMS)
        # The files are no younger for being read again years later.
        uploaded_at = ImportFile.objects.get().received_at
        assert (status.warning_code, status.as_of) == (SUDDENLY_EMPTY, uploaded_at)
        assert (status.state, status.row_count) == (Freshness.FRESH, 1)

    def test_are_forgotten_when_there_are_some_again(self, in_scope: Organization) -> None:
        run = import_bytes(in_scope, as_json([pin(1)]), name="pins.json")
        runs.finish_run(begin(run.job, MONDAY))

        succeed(run.job, MONDAY, unchanged=1)

        assert of(SAVED_ITEMS).warning_code == ""

    def test_of_a_source_that_never_had_any_are_none(self, job: Job) -> None:
        succeed(job, MONDAY, unchanged=0)

        assert of(SAVED_ITEMS).warning_code == ""


class TestSteps:
    """Each moves its own dataset, whatever becomes of the run and of the others."""

    @pytest.fixture
    def nightly(self, in_scope: Organization) -> Job:
        return Job.objects.get(kind=JobKind.UPKEEP)

    @staticmethod
    def work(job: Job, *steps: Step) -> SyncRun:
        held = begin(job, MONDAY)
        work_steps(Slice(held, should_stop=lambda: False), steps)
        return SyncRun.objects.get(pk=held.run_id)

    @staticmethod
    def broken() -> int:
        raise OSError("The storage is away.")

    def test_one_that_fails_leaves_the_other_fresh(self, nightly: Job) -> None:
        run = self.work(
            nightly,
            Step("check", self.broken, dataset=STORED_FILES, is_optional=True),
            Step("tidy", lambda: 3, dataset=RETENTION),
        )

        assert run.state == "succeeded_with_warnings"
        failed, fresh = of(STORED_FILES), of(RETENTION)
        assert (failed.state, failed.error_code) == (Freshness.NEVER, "storage_unavailable")
        assert (failed.as_of, failed.consecutive_failures) == (None, 1)
        assert (fresh.state, fresh.consecutive_failures) == (Freshness.FRESH, 0)
        assert fresh.last_changed_at == ENDED

    def test_one_that_succeeded_stays_fresh_though_the_run_fails(self, nightly: Job) -> None:
        steps = (
            Step("check", lambda: 0, dataset=STORED_FILES),
            Step("tidy", self.broken, dataset=RETENTION),
        )
        held = begin(nightly, MONDAY)
        with pytest.raises(OSError, match="away") as caught:
            work_steps(Slice(held, should_stop=lambda: False), steps)
        runs.fail_run(held, classify(caught.value))

        assert (of(STORED_FILES).state, of(STORED_FILES).last_changed_at) == (Freshness.FRESH, None)
        assert of(RETENTION).state == Freshness.NEVER

    def test_is_late_when_its_job_missed_a_night(self, nightly: Job) -> None:
        self.work(nightly, Step("check", lambda: 0, dataset=STORED_FILES))

        status = of(STORED_FILES)
        assert status.job_id == nightly.pk
        assert status.alert_at is not None
        assert status.as_of is not None
        assert HOUR < status.alert_at - status.as_of < 2.5 * DAY


class TestPause:
    def test_says_so_and_makes_nothing_younger(self, job: Job) -> None:
        succeed(job, MONDAY)

        with time_machine.travel(ENDED + HOUR, tick=False):
            pause(job, None)
        assert of(SAVED_ITEMS).state == Freshness.PAUSED
        with time_machine.travel(MONDAY + DAY, tick=False):
            resume(job, None)

        assert of(SAVED_ITEMS).state == Freshness.STALE
        assert flips(SAVED_ITEMS)[1:] == [
            ("fresh", "paused", "paused"),
            ("paused", "stale", "resumed"),
        ]
