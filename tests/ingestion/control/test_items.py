"""What failed in a run, tried once more."""

import pytest
from django.core.files.storage import default_storage

from ingestion.control import retry_failed, retry_now, run_now
from ingestion.control.errors import NothingToRunError
from ingestion.engine import runs
from ingestion.imports import kind
from ingestion.imports.files import delete_bytes
from ingestion.imports.queries import as_import, imports_of
from ingestion.imports.report import report_of
from ingestion.models import ImportFile, Job, RunItem, SourceCheckpoint, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunMode, RunState
from media.models import Asset, StageState
from media.models.stage import Stage, StageStatus
from tenants.errors import NotReadyError
from tenants.models import Organization, User
from tests.ingestion.crawler import FIRST_ID, as_json, pin
from tests.ingestion.stages.units import queue_pictures
from tests.ingestion.support import claimed, counts, import_bytes, queue_run, work

NAMELESS = {"title": "No identity at all", "image": None}


def partly_failed(org: Organization) -> SyncRun:
    """Return the run of an import of seven records, of which three could not be read then.

    One of them, the last, cannot be read now either.
    """
    run = import_bytes(org, as_json([*map(pin, range(6)), NAMELESS]), name="pins.json")
    for number in (1, 4):
        RunItem.objects.filter(run=run, ordinal=number).update(
            outcome=ItemOutcome.FAILED, reason="record_invalid"
        )
        Asset.objects.filter(source_ref=f"pin:{FIRST_ID + number}").delete()
    SyncRun.objects.filter(pk=run.pk).update(new_count=4, failed_count=3)
    run.refresh_from_db()
    return run


class TestOfAnImport:
    def test_reads_the_records_that_failed_and_no_other(
        self, in_scope: Organization, owner_user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 2)
        before = partly_failed(in_scope)

        queued = retry_failed(before, owner_user)
        after = work(queued.run)

        assert (queued.is_new, queued.item_count) == (True, 3)
        assert (after.mode, after.state) == (RunMode.FAILED, RunState.WARNINGS)
        assert counts(after) == {
            "raw": 3,
            "new": 2,
            "updated": 0,
            "unchanged": 0,
            "skipped": 0,
            "failed": 1,
        }
        assert report_of(after).raw == 3
        places = RunItem.objects.filter(run=after).order_by("ordinal")
        assert list(places.values_list("ordinal", flat=True)) == [1, 4, 6]
        assert Asset.objects.count() == 6

    def test_goes_on_over_slices_that_found_none_of_them(
        self, in_scope: Organization, owner_user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 1)
        run = retry_failed(partly_failed(in_scope), owner_user).run

        slices = 0
        while run.is_open:
            run = work(run, stop=lambda: True)
            slices += 1

        assert slices == 7
        assert (run.raw_count, run.new_count) == (3, 2)

    def test_leaves_the_checkpoint_and_the_report_of_the_import_alone(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        before = partly_failed(in_scope)
        mark = SourceCheckpoint.objects.get(stream=f"import:{before.job_id}")

        again = retry_failed(before, owner_user).run
        [at_work] = [as_import(job) for job in imports_of(in_scope)]
        work(again)

        moved = SourceCheckpoint.objects.get(pk=mark.pk)
        assert (moved.sequence, moved.cursor) == (mark.sequence, mark.cursor)
        assert at_work.run == again
        [ended] = [as_import(job) for job in imports_of(in_scope)]
        assert ended.run == before
        assert ended.job.state == JobState.ARCHIVED

    def test_asked_twice_queues_one(self, in_scope: Organization, owner_user: User) -> None:
        before = partly_failed(in_scope)

        first, second = retry_failed(before, owner_user), retry_failed(before, owner_user)

        assert first.run == second.run
        assert (first.is_new, second.is_new) == (True, False)

    def test_waits_for_another_run_of_the_import(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        before = partly_failed(in_scope)
        Job.objects.filter(pk=before.job_id).update(state=JobState.ACTIVE)
        run_now(before.job, owner_user)

        with pytest.raises(NotReadyError, match="runs already"):
            retry_failed(before, owner_user)

    def test_of_one_that_failed_itself_goes_over_the_same_items(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        before = partly_failed(in_scope)
        again = retry_failed(before, owner_user).run
        SyncRun.objects.filter(pk=again.pk).update(state=RunState.FAILED)

        once_more = retry_now(again, owner_user).run

        assert once_more.of_run_id == before.pk
        assert counts(work(once_more))["raw"] == 3

    def test_takes_the_files(self, in_scope: Organization, owner_user: User) -> None:
        before = partly_failed(in_scope)
        delete_bytes(list(ImportFile.objects.all()))

        with pytest.raises(NotReadyError, match=r"files of this import were deleted\. Bring them"):
            retry_failed(before, owner_user)

        assert Job.objects.get(kind=JobKind.IMPORT).runs.count() == 1

    def test_says_so_where_nobody_knows_any_more(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        before = partly_failed(in_scope)
        RunItem.objects.filter(run=before).delete()

        with pytest.raises(NothingToRunError, match="no longer kept"):
            retry_failed(before, owner_user)

    def test_says_so_where_nothing_failed(self, in_scope: Organization, owner_user: User) -> None:
        run = import_bytes(in_scope, as_json([pin(0)]), name="pins.json")

        with pytest.raises(NothingToRunError):
            retry_failed(run, owner_user)

    def test_is_none_of_a_check(self, in_scope: Organization, owner_user: User) -> None:
        check = import_bytes(
            in_scope, as_json([pin(0), NAMELESS]), name="pins.json", is_dry_run=True
        )

        with pytest.raises(NotReadyError, match="only a check"):
            retry_failed(check, owner_user)

    def test_waits_for_the_end_of_the_run(self, in_scope: Organization, owner_user: User) -> None:
        before = partly_failed(in_scope)
        SyncRun.objects.filter(pk=before.pk).update(state=RunState.QUEUED)

        with pytest.raises(NotReadyError, match="not done yet"):
            retry_failed(before, owner_user)


class TestOfOthers:
    def test_of_a_stage_is_all_that_failed(self, in_scope: Organization, owner_user: User) -> None:
        units = queue_pictures(in_scope, ["https://a.example/1", "https://a.example/2"])
        StageState.objects.filter(pk=units[0].pk).update(status=StageStatus.FAILED)
        run = queue_run(Job.objects.get(kind=Stage.FETCH))
        runs.finish_run(claimed(run), with_warnings=True)

        queued = retry_failed(run, owner_user)

        assert (queued.is_new, queued.item_count) == (True, 1)
        assert queued.run.pk != run.pk

    def test_of_what_works_as_a_whole_is_refused(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = Job.objects.get(kind=JobKind.UPKEEP)
        run = queue_run(job)
        runs.finish_run(claimed(run))

        with pytest.raises(NotReadyError, match="works as a whole"):
            retry_failed(run, owner_user)


def test_files_that_storage_lost_end_the_run_with_what_to_do(
    in_scope: Organization, owner_user: User
) -> None:
    before = partly_failed(in_scope)
    default_storage.delete(ImportFile.objects.get().storage_key)

    run = work(retry_failed(before, owner_user).run)

    assert run.state == RunState.ACTION_REQUIRED
    assert "Bring it again" in run.user_message
