"""Tidying up: every night, and not a day too early."""

import datetime as dt
import math
from functools import partial
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import override_settings
from django.utils import timezone

from ingestion import upkeep
from ingestion.engine.drain import run_slice
from ingestion.engine.runs import request_cancel
from ingestion.engine.steps import LongStep, Step
from ingestion.engine.tick import tick
from ingestion.freshness.datasets import ORPHAN_FILES, RETENTION
from ingestion.imports.services import cancel_import, start_import
from ingestion.models import DatasetStatus, ImportFile, Job, RunItem, RunStep, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState, Trigger
from ingestion.models.step import StepState
from ingestion.shares import Batches
from media import upkeep as media_upkeep
from media.models import Asset, Tombstone
from media.storage import blob_key
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_json, quirky_rows
from tests.ingestion.storages import WatchedStorage, files_below, stored_by
from tests.ingestion.support import (
    claimed,
    import_bytes,
    make_due,
    queue_import,
    queue_run,
    tidy,
    work,
)
from tests.media.making import make_asset, make_picture

MINUTE = dt.timedelta(minutes=1)


# Until each folder of stored bytes was swept, in the tests that have few.
NIGHTS = 2

pytestmark = pytest.mark.django_db


def job_of(org: Organization) -> Job:
    with org_scope(org.pk):
        return Job.objects.get(kind=JobKind.UPKEEP)


def steps_of(run: SyncRun) -> list[RunStep]:
    with org_scope(run.org_id):
        return list(run.steps.order_by("position"))


def dataset_of(org: Organization, name: str) -> DatasetStatus:
    with org_scope(org.pk):
        return DatasetStatus.objects.get(name=name)


def brought(org: Organization, *, is_dry_run: bool = False) -> SyncRun:
    return import_bytes(org, as_json(quirky_rows()), name="pins.json", is_dry_run=is_dry_run)


def file_of(run: SyncRun) -> ImportFile:
    with org_scope(run.org_id):
        return ImportFile.objects.get(job_id=run.job_id)


def after(**span: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + dt.timedelta(**span), tick=False)


@pytest.fixture(autouse=True)
def few_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the folders of stored bytes be few, so that each is swept in one night of two."""
    monkeypatch.setattr(media_upkeep, "SHARDS", ["ab", "cd"])
    monkeypatch.setattr(media_upkeep, "NIGHTS", NIGHTS)


class TestFiles:
    def test_are_deleted_thirty_days_after_the_run(self, org: Organization) -> None:
        run = brought(org)
        key = file_of(run).storage_key

        with after(days=30, minutes=1):
            tidy(org)

        file = file_of(run)
        assert (file.storage_key, file.deleted_at is not None) == ("", True)
        assert (file.name, file.size_bytes > 0) == ("pins.json", True)
        assert not default_storage.exists(key)

    def test_are_kept_until_then(self, org: Organization) -> None:
        run = brought(org)

        with after(days=30, minutes=-1):
            tidy(org)

        assert default_storage.exists(file_of(run).storage_key)

    def test_of_a_run_that_is_not_over_are_kept(self, org: Organization) -> None:
        run = queue_import(org, as_json(quirky_rows()), name="pins.json")

        with after(days=90):
            tidy(org)

        assert default_storage.exists(file_of(run).storage_key)

    def test_live_from_their_last_run(self, org: Organization) -> None:
        run = brought(org)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                finished_at=timezone.now() + dt.timedelta(days=20)
            )

        with after(days=40):
            tidy(org)

        assert default_storage.exists(file_of(run).storage_key)

    @override_settings(IMPORT_FILE_DAYS=3)
    def test_live_as_long_as_the_setting_says(self, org: Organization) -> None:
        run = brought(org)

        with after(days=3, minutes=1):
            tidy(org)

        assert file_of(run).storage_key == ""

    def test_whose_bytes_are_gone_already_are_noted_as_deleted(self, org: Organization) -> None:
        run = brought(org)
        default_storage.delete(file_of(run).storage_key)

        with after(days=31):
            tidy(org)

        assert file_of(run).deleted_at is not None

    def test_that_were_deleted_cannot_be_imported_again(self, org: Organization) -> None:
        run = brought(org)
        with after(days=31):
            tidy(org)

        with org_scope(org.pk), pytest.raises(Exception, match="Bring them again"):
            start_import(Job.objects.get(pk=run.job_id), by=None)


class TestStrayBytes:
    def test_of_an_upload_that_was_killed_are_deleted_after_a_day(self, org: Organization) -> None:
        key = default_storage.save(f"imports/{org.pk}/half", ContentFile(b"half a file"))

        tidy(org)
        assert default_storage.exists(key)
        with after(days=1, minutes=1):
            tidy(org)

        assert not default_storage.exists(key)


class TestPicturesThatCameWithARecord:
    @pytest.mark.django_db(transaction=True)
    def test_are_left_alone_while_an_import_is_at_work(self, org: Organization) -> None:
        run = queue_import(org, as_json(quirky_rows()), name="pins.json")
        held = claimed(run)
        stored = timezone.now()
        # Bytes that lay there before, as those of a picture that was in the library once.
        key = default_storage.save(blob_key(org.pk, "ab" * 32), ContentFile(b"a picture"))

        for day in range(2, 1 + NIGHTS):
            with time_machine.travel(stored + dt.timedelta(days=day), tick=False):
                tidy(org)
        with time_machine.travel(stored + dt.timedelta(days=1 + NIGHTS), tick=False):
            tidied = tidy(org)
        assert default_storage.exists(key)
        assert tidied.state == RunState.SUCCEEDED
        assert [
            (step.name, "An import is at work" in step.user_message)
            for step in steps_of(tidied)
            if step.state == StepState.SKIPPED
        ] == [("orphan_blobs", True)]
        with org_scope(org.pk):
            assert not DatasetStatus.objects.filter(name=ORPHAN_FILES).exists()
            cancel_import(run.job, by=None)
        run_slice(held, seconds=math.inf, should_stop=lambda: False)
        for day in range(2 + NIGHTS, 2 + 2 * NIGHTS):
            with time_machine.travel(stored + dt.timedelta(days=day), tick=False):
                tidy(org)

        assert not default_storage.exists(key)
        assert dataset_of(org, ORPHAN_FILES).last_success_at is not None


class TestTrash:
    def test_is_emptied_too(self, org: Organization) -> None:
        brought(org)
        with org_scope(org.pk):
            Asset.objects.update(removed_at=timezone.now())

        with after(days=30, minutes=1):
            tidy(org)

        with org_scope(org.pk):
            assert (Asset.objects.count(), Tombstone.objects.count()) == (0, 50)


class TestItemsOfPreflights:
    def test_go_a_week_after_it(self, org: Organization) -> None:
        run = brought(org, is_dry_run=True)

        with after(days=7, minutes=1):
            tidy(org)

        with org_scope(org.pk):
            assert not RunItem.objects.filter(run=run).exists()
            assert SyncRun.objects.get(pk=run.pk).raw_count == 54

    def test_stay_until_then(self, org: Organization) -> None:
        run = brought(org, is_dry_run=True)

        with after(days=7, minutes=-1):
            tidy(org)

        with org_scope(org.pk):
            assert RunItem.objects.filter(run=run).count() == 54

    def test_of_imports_stay_for_good(self, org: Organization) -> None:
        run = brought(org)

        with after(days=400):
            tidy(org)

        with org_scope(org.pk):
            assert RunItem.objects.filter(run=run).count() == 54


class TestUpkeep:
    def test_is_a_job_of_each_organization_within_hours_of_the_time_for_all(
        self, org: Organization, other_org: Organization
    ) -> None:
        due = [job_of(each).next_due_at for each in (org, other_org)]

        begins = int(upkeep.NIGHTLY.split()[1])
        assert all(moment is not None and (moment.hour - begins) % 24 < 4 for moment in due)

    def test_says_what_each_chore_did(self, org: Organization) -> None:
        run = brought(org, is_dry_run=True)

        with after(days=8):
            tidied = tidy(org)

        assert tidied.state == RunState.SUCCEEDED
        assert run.raw_count == 54
        steps = steps_of(tidied)
        assert [step.name for step in steps] == [step.name for step in upkeep.STEPS]
        assert {step.name: step.changed_count for step in steps}["preflight_items"] == 54

    def test_a_chore_that_fails_keeps_no_other_from_being_done(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = brought(org, is_dry_run=True)

        def fail() -> int:
            raise OSError("The storage is away.")

        broken = Step("broken", fail, is_optional=True)
        monkeypatch.setattr(upkeep, "STEPS", (broken, *upkeep.STEPS))

        with after(days=8):
            tidied = tidy(org)

        assert tidied.state == RunState.WARNINGS
        assert [step.error_code for step in steps_of(tidied)][:2] == ["storage_unavailable", ""]
        with org_scope(org.pk):
            assert not RunItem.objects.filter(run=run).exists()

    def test_a_chore_that_fails_is_not_hidden_by_its_neighbours(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = tidy(org)
        known = dataset_of(org, ORPHAN_FILES)

        def fail() -> int:
            raise OSError("The storage is away.")

        steps = [
            Step(step.name, fail, step.dataset, is_optional=True)
            if step.name == "orphan_blobs"
            else step
            for step in upkeep.STEPS
        ]
        monkeypatch.setattr(upkeep, "STEPS", steps)
        _, _, tidied = (tidy(org) for _ in range(3))

        failing, others = dataset_of(org, ORPHAN_FILES), dataset_of(org, RETENTION)
        assert (first.state, tidied.state) == (RunState.SUCCEEDED, RunState.WARNINGS)
        assert (failing.consecutive_failures, failing.as_of) == (3, known.as_of)
        assert failing.error_code == "storage_unavailable"
        assert (others.consecutive_failures, others.last_run_id) == (0, tidied.pk)

    def test_every_chore_that_moves_a_dataset_has_one_of_its_own(self) -> None:
        named = [step.dataset for step in upkeep.STEPS if step.dataset]

        assert len(named) == len(set(named))

    def test_is_queued_by_the_tick(self, org: Organization) -> None:
        with after(days=1):
            tick()

        with org_scope(org.pk):
            assert SyncRun.objects.get(job=job_of(org)).trigger == Trigger.SCHEDULE


class TestWhoCancels:
    """A person who cancels waits for the run's row no longer than for a share."""

    @pytest.fixture
    def trash(self, org: Organization, monkeypatch: pytest.MonkeyPatch) -> int:
        """Return how many assets wait to be purged, three to a share."""
        monkeypatch.setattr(media_upkeep, "BATCH", 3)
        with org_scope(org.pk):
            for _ in range(8):
                make_asset(org, removed_at=timezone.now() - dt.timedelta(days=90))
        return 8

    def test_is_heard_between_two_shares(
        self, org: Organization, trash: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = queue_run(job_of(org))

        def purge_and_cancel() -> int:
            purged = media_upkeep.purge_trash()
            request_cancel(SyncRun.objects.get(pk=run.pk), by=None)
            return purged

        only = LongStep("trash", partial(Batches, purge_and_cancel), is_optional=True)
        monkeypatch.setattr(upkeep, "STEPS", (only,))

        run = work(run)

        with org_scope(org.pk):
            left = Asset.objects.count()
        assert (run.state, left) == (RunState.CANCELLED, trash - 3)

    def test_finds_a_trash_that_is_emptied_share_by_share(
        self, org: Organization, trash: int
    ) -> None:
        run = queue_run(job_of(org))
        slices = 0
        while run.state in (RunState.QUEUED, RunState.RUNNING):
            make_due(run.pk, org)
            run = work(run, stop=lambda: True)
            slices += 1

        changed = {step.name: step.changed_count for step in steps_of(run)}
        assert (run.state, changed["trash"]) == (RunState.SUCCEEDED, trash)
        assert slices > len(upkeep.STEPS)

    @pytest.mark.django_db(transaction=True)
    def test_waits_for_no_storage(self, org: Organization, tmp_path: Path) -> None:
        with stored_by(WatchedStorage, tmp_path):
            old = brought(org)
            for folder in ("imports", "blobs"):
                middle = "" if folder == "imports" else "/ab"
                key = f"{folder}/{org.pk}{middle}/{'ab' * 32}"
                default_storage.save(key, ContentFile(b"left by a kill"))
            with org_scope(org.pk):
                make_picture(make_asset(org))
                Asset.objects.all().delete()
            WatchedStorage.in_transaction.clear()
            for night in range(NIGHTS):
                with after(days=31 + night):
                    tidy(org)

            assert WatchedStorage.in_transaction
            assert not any(WatchedStorage.in_transaction)
            assert files_below(tmp_path) == []
            assert file_of(old).deleted_at is not None
