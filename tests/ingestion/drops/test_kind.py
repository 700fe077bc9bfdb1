"""A watched folder: every new file becomes an import, exactly once."""

import datetime as dt
import errno
import os
import uuid
from typing import BinaryIO

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from connectors.errors import UnsupportedFileError
from ingestion.control import retry_failed
from ingestion.drops import kind as kind_module
from ingestion.drops import space
from ingestion.engine.tick import tick
from ingestion.freshness.words import failed_units
from ingestion.imports.services import discard, forget_old_files
from ingestion.models import (
    CheckpointHistory,
    DatasetStatus,
    ImportFile,
    Job,
    RunItem,
    SourceCheckpoint,
    SyncRun,
)
from ingestion.models.job import JobKind
from ingestion.models.run import ItemOutcome, RunMode, RunState, Trigger
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion import facebook
from tests.ingestion.crawler import as_json, as_zip, pin
from tests.ingestion.drops.support import (
    assets_of,
    import_all,
    imports_of,
    later,
    look,
    pinterest,
    put,
    queue_look,
    space_of,
    watched,
)
from tests.ingestion.support import counts, make_due, work

pytestmark = pytest.mark.django_db


def pins(*numbers: int) -> bytes:
    return as_json([pin(number) for number in numbers])


def tally(run: SyncRun) -> tuple[int, int, int, int, int]:
    """Return files seen, imported, known, refused, and on their way."""
    found = counts(run)
    return found["raw"], found["new"], found["unchanged"], found["failed"], found["skipped"]


def items_of(run: SyncRun) -> list[tuple[str, str, str]]:
    with org_scope(run.org_id):
        rows = RunItem.objects.filter(run=run).order_by("ordinal")
        return list(rows.values_list("source_ref", "outcome", "reason"))


def status_of(org: Organization) -> DatasetStatus:
    with org_scope(org.pk):
        return DatasetStatus.objects.select_related("connection").get(name="drop_folder")


def _refuse(_: object) -> None:
    raise UnsupportedFileError("No export.")


class TestEveryNewFile:
    def test_becomes_an_import_of_its_own_that_starts_itself(self, org: Organization) -> None:
        put(org, "a.json", pins(1, 2), age_days=2)
        put(org, "deep/er/b.zip", as_zip([pin(3)]), age_days=1)
        job = watched(org)

        run = look(job)
        imported = import_all(org)

        assert (run.state, tally(run)) == (RunState.SUCCEEDED, (2, 2, 0, 0, 0))
        assert [each.state for each in imported] == [RunState.SUCCEEDED] * 2
        assert assets_of(org) == 3
        with org_scope(org.pk):
            assert [file.name for file in ImportFile.objects.order_by("received_at")] == [
                "a.json",
                "b.zip",
            ]
            assert {each.connection for each in imports_of(org)} == {pinterest(org)}
            assert {each.params["reader"] for each in imports_of(org)} == {"pinterest_crawler"}

    def test_is_imported_once_however_often_the_folder_is_looked_at(
        self, org: Organization
    ) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)
        look(job)

        again = look(job)

        assert tally(again) == (1, 0, 1, 0, 0)
        assert len(imports_of(org)) == 1

    def test_that_changed_is_new(self, org: Organization) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)
        look(job)
        put(org, "a.json", pins(1, 2), age_days=0.5)

        again = look(job)

        assert (tally(again), len(imports_of(org))) == ((1, 1, 0, 0, 0), 2)

    def test_comes_in_the_order_in_which_files_were_made(self, org: Organization) -> None:
        put(org, "a-newer.json", pins(1), age_days=1)
        put(org, "b-older.json", pins(1), age_days=9)

        run = look(watched(org))

        assert [path for path, _, _ in items_of(run)] == ["b-older.json", "a-newer.json"]

    def test_stays_where_it_is(self, org: Organization) -> None:
        place = put(org, "a.json", pins(1))

        look(watched(org))

        assert place.read_bytes() == pins(1)

    def test_of_a_folder_that_moved_is_known_still(self, org: Organization) -> None:
        put(org, "inner/a.json", pins(1))
        job = watched(org)
        look(job)

        again = look(watched(org, "inner"))

        assert tally(again) == (1, 0, 1, 0, 0)

    def test_of_another_organization_is_not_seen(
        self, org: Organization, other_org: Organization
    ) -> None:
        put(org, "a.json", pins(1))
        put(other_org, "b.json", pins(2, 3))
        job = watched(org)
        other = watched(other_org)

        runs = [look(job), look(other)]
        import_all(org)
        import_all(other_org)

        assert [items_of(run)[0][0] for run in runs] == ["a.json", "b.json"]
        assert (assets_of(org), assets_of(other_org)) == (1, 2)


class TestAFileOnItsWay:
    def test_waits_until_it_was_left_alone_for_a_minute(self, org: Organization) -> None:
        put(org, "a.json", pins(1), age_days=9)
        job = watched(org)

        early = work(queue_look(job, trigger=Trigger.SCHEDULE))
        late = look(job)

        assert (tally(early), tally(late)) == ((1, 0, 0, 0, 1), (1, 1, 0, 0, 0))

    def test_is_looked_at_again_soon_but_once(self, org: Organization) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)

        work(queue_look(job, trigger=Trigger.PERSON))
        with org_scope(org.pk):
            again = SyncRun.objects.get(job=job, state=RunState.QUEUED)
        make_due(again.pk, org)
        work(again)

        assert again.run_after - timezone.now() > dt.timedelta(seconds=60)
        with org_scope(org.pk):
            assert not SyncRun.objects.filter(job=job, state=RunState.QUEUED).exists()

    @pytest.mark.parametrize("name", ["a.json.part", ".a.json", ".hidden/a.json", "A.JSON.TMP"])
    def test_under_a_name_that_says_so_is_left_alone(self, org: Organization, name: str) -> None:
        put(org, name, pins(1))

        assert tally(look(watched(org))) == (0, 0, 0, 0, 0)

    def test_that_changes_while_it_is_read_comes_next_time(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place = put(org, "a.json", pins(1))
        job = watched(org)
        check = space.check_unchanged

        def grow_first(*args: object) -> None:
            place.write_bytes(pins(1, 2))
            check(*args)  # type: ignore[arg-type]  # passed on

        with monkeypatch.context() as patched:
            patched.setattr(kind_module, "check_unchanged", grow_first)
            run = look(job)
        assert (tally(run), imports_of(org)) == ((1, 0, 0, 0, 1), [])

        assert tally(look(job)) == (1, 1, 0, 0, 0)

    @pytest.mark.parametrize("how", ["changed", "gone", "a link"])
    def test_that_changes_before_it_is_imported_fails_its_import(
        self, org: Organization, how: str
    ) -> None:
        place = put(org, "a.json", pins(1))
        look(watched(org))
        place.unlink()
        if how == "changed":
            put(org, "a.json", pins(1, 2))
        elif how == "a link":
            place.symlink_to(put(org, "elsewhere/b.json", pins(1)))

        import_all(org)

        with org_scope(org.pk):
            run = SyncRun.objects.get(kind=JobKind.IMPORT)
        assert (run.state, run.error_code) == (RunState.ACTION_REQUIRED, "upload_refused")
        assert "taken out of its drop folder" in run.user_message


class TestAFileThatIsRefused:
    def test_is_told_with_its_reason_and_keeps_no_other_out(self, org: Organization) -> None:
        put(org, "a.txt", b"Dear diary, today I saw a magpie.", age_days=3)
        put(org, "b.json", b"", age_days=2)
        put(org, "c.json", pins(1), age_days=1)

        run = look(watched(org))

        assert (run.state, tally(run)) == (RunState.WARNINGS, (3, 1, 0, 2, 0))
        assert items_of(run) == [
            ("a.txt", "failed", "upload_unsupported"),
            ("b.json", "failed", "upload_refused"),
            ("c.json", "new", ""),
        ]
        with org_scope(org.pk):
            assert all(RunItem.objects.filter(run=run, outcome="failed").values_list("detail"))

    def test_is_not_tried_again_until_it_changes(self, org: Organization) -> None:
        put(org, "a.json", b"no export at all")
        job = watched(org)
        look(job)

        same = look(job)
        put(org, "a.json", pins(1), age_days=0.5)
        changed = look(job)

        assert (tally(same), tally(changed)) == ((1, 0, 0, 1, 0), (1, 1, 0, 0, 0))
        assert (same.state, changed.state) == (RunState.WARNINGS, RunState.SUCCEEDED)

    def test_is_told_with_its_reason_by_each_look_until_it_goes(self, org: Organization) -> None:
        place = put(org, "a.json", b"no export at all")
        job = watched(org)
        first = look(job)

        second, third = look(job), look(job)
        refused = status_of(org)
        place.unlink()
        last = look(job)

        assert items_of(first) == items_of(second) == items_of(third) != []
        assert refused.failed_count == 1
        assert (
            failed_units(refused) == "1 file in the drop folder of “Pinterest export” is refused."
        )
        assert (last.state, tally(last)) == (RunState.SUCCEEDED, (0, 0, 0, 0, 0))
        assert (status_of(org).failed_count, failed_units(status_of(org))) == (0, "")

    def test_is_tried_again_from_any_run_that_told_of_it(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(org, "a.json", b"no export at all")
        put(org, "b.json", b"none either")
        put(org, "c.json", pins(1))
        job = watched(org)
        with monkeypatch.context() as patch:
            patch.setattr(kind_module, "open_import", _refuse)
            look(job)
        told = look(job)
        assert tally(told) == (3, 0, 0, 3, 0)

        with org_scope(org.pk):
            queued = retry_failed(told, None)
            make_due(queued.run.pk, org)
        with later():
            run = work(queued.run)

        assert queued.item_count == 3
        assert tally(run) == (3, 1, 0, 2, 0)
        assert status_of(org).failed_count == 2

    def test_is_tried_again_where_somebody_asks_for_what_failed(self, org: Organization) -> None:
        put(org, "a.json", b"no export at all")
        put(org, "b.json", pins(1))
        job = watched(org)
        look(job)

        run = look(job, mode=RunMode.FAILED)

        assert tally(run) == (2, 0, 1, 1, 0)

    def test_may_belong_to_another_source(self, org: Organization) -> None:
        put(org, "fb.zip", facebook.as_zip(facebook.saves()))

        run = look(watched(org))

        assert items_of(run) == [("fb.zip", "failed", "upload_unsupported")]
        with org_scope(org.pk):
            said = RunItem.objects.get(run=run).detail
        assert "but the folder belongs to “Pinterest export”" in said

    def test_may_be_a_link_out_of_the_space(
        self, org: Organization, other_org: Organization
    ) -> None:
        secret = put(other_org, "theirs.json", pins(9))
        put(org, "own.json", pins(1))
        (space_of(org) / "file.json").symlink_to(secret)
        (space_of(org) / "folder").symlink_to(secret.parent)

        run = look(watched(org))
        import_all(org)

        assert sorted(items_of(run)) == [
            ("file.json", "failed", "upload_refused"),
            ("folder", "failed", "upload_refused"),
            ("own.json", "new", ""),
        ]
        assert assets_of(org) == 1


class TestAFileThatCannotBeRead:
    @pytest.fixture
    def broken(self, org: Organization, monkeypatch: pytest.MonkeyPatch) -> dict[str, OSError]:
        """Return the errors with which files of the folder fail to be opened, by their path."""
        errors: dict[str, OSError] = {}
        read = space.open_dropped

        def fail(org_id: uuid.UUID, path: str, version: str, size_bytes: int) -> BinaryIO:
            if path in errors:
                raise errors[path]
            return read(org_id, path, version, size_bytes)

        monkeypatch.setattr(kind_module, "open_dropped", fail)
        return errors

    def test_is_refused_in_words_of_its_own_and_tried_with_every_look(
        self, org: Organization, broken: dict[str, OSError]
    ) -> None:
        put(org, "a.json", pins(1), age_days=3)
        put(org, "b.json", pins(2), age_days=2)
        broken["a.json"] = PermissionError(errno.EACCES, "Permission denied")
        job = watched(org)

        runs = [look(job), look(job)]
        broken.clear()
        runs.append(look(job))

        assert [run.state for run in runs] == [
            RunState.WARNINGS,
            RunState.WARNINGS,
            RunState.SUCCEEDED,
        ]
        assert [tally(run) for run in runs] == [
            (2, 1, 0, 1, 0),
            (2, 0, 1, 1, 0),
            (2, 1, 1, 0, 0),
        ]
        assert items_of(runs[0])[0] == ("a.json", "failed", "upload_unreadable")
        with org_scope(org.pk):
            item = RunItem.objects.get(run=runs[0], outcome="failed")
        assert "may not read it" in item.detail

    def test_because_the_storage_fails_ends_the_look_behind_the_others(
        self, org: Organization, broken: dict[str, OSError]
    ) -> None:
        put(org, "a.json", pins(1), age_days=3)
        put(org, "b.json", pins(2), age_days=2)
        broken["a.json"] = OSError(errno.ESTALE, "Stale file handle")

        run = look(watched(org))

        assert (run.state, run.error_code) == (RunState.RETRY_WAIT, "storage_unavailable")
        assert items_of(run) == [("b.json", "new", "")]

    def test_may_be_a_folder(self, org: Organization) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        put(org, "a.json", pins(1))
        closed = put(org, "closed/b.json", pins(2)).parent
        job = watched(org)
        closed.chmod(0)

        try:
            run = look(job)
        finally:
            closed.chmod(0o755)

        assert items_of(run)[-1] == ("a.json", "new", "")
        assert ("closed", "failed", "upload_unreadable") in items_of(run)


class TestALargeFile:
    def test_is_read_where_it_lies_and_never_copied_or_deleted(self, org: Organization) -> None:
        place = put(org, "a.json", pins(1, 2))
        look(watched(org))
        import_all(org)

        with org_scope(org.pk):
            (file,) = ImportFile.objects.all()
            with time_machine.travel(timezone.now() + dt.timedelta(days=90), tick=False):
                forgotten = forget_old_files()
        assert file.storage_key == f"{org.pk}/a.json"
        assert not default_storage.exists(file.storage_key)
        assert (forgotten, place.exists(), assets_of(org)) == ([], True, 2)

    def test_leaves_the_folder_only_by_its_people(self, org: Organization) -> None:
        place = put(org, "a.json", pins(1))
        look(watched(org))
        (job,) = imports_of(org)

        with org_scope(org.pk):
            discard(job, by=None)
            assert ImportFile.objects.get().storage_key == ""

        assert place.exists()


class TestAWorkerThatIsLost:
    @pytest.mark.parametrize("at", ["read", "queued"])
    def test_leaves_nothing_half_done_and_the_next_one_does_the_rest(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch, at: str
    ) -> None:
        for number in range(3):
            put(org, f"{number}.json", pins(number), age_days=9 - number)
        job = watched(org)
        look_at = kind_module._Look

        class Dying(look_at):  # type: ignore[misc, valid-type]  # the class itself
            def _note(self, file: object, *args: object, **options: object) -> None:
                if at == "queued" and str(file).find("1.json") > 0:
                    raise KeyboardInterrupt
                super()._note(file, *args, **options)

            def _queue(self, file: object) -> None:
                if at == "read" and str(file).find("1.json") > 0:
                    raise KeyboardInterrupt
                super()._queue(file)

        run = queue_look(job)
        with later(), monkeypatch.context() as patched:
            patched.setattr(kind_module, "_Look", Dying)
            with pytest.raises(KeyboardInterrupt):
                work(run)
        with org_scope(org.pk):
            assert len(imports_of(org)) == 1
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.QUEUED, lease_token=None, lease_expires_at=None
            )
        make_due(run.pk, org)

        with later():
            run = work(run)
        import_all(org)

        assert (run.state, tally(run)) == (RunState.SUCCEEDED, (3, 3, 0, 0, 0))
        assert (len(imports_of(org)), assets_of(org)) == (3, 3)

    def test_ends_its_slice_between_two_files(self, org: Organization) -> None:
        for number in range(3):
            put(org, f"{number}.json", pins(number))
        run = queue_look(watched(org))

        with later():
            states = []
            while run.state == RunState.QUEUED:
                make_due(run.pk, org)
                run = work(run, stop=lambda: True)
                states.append((str(run.state), run.new_count))

        assert states == [("queued", 1), ("queued", 2), ("succeeded", 3)]

    def test_counts_a_file_once_that_changes_between_two_slices(self, org: Organization) -> None:
        changing = put(org, "a.json", pins(1), age_days=3)
        leaving = put(org, "b.json", pins(2), age_days=2)
        run = queue_look(watched(org))
        with later():
            run = work(run, stop=lambda: True)
        assert run.new_count == 1
        make_due(run.pk, org)
        changing.write_bytes(pins(1, 3))
        leaving.unlink()

        run = work(run)

        assert (run.state, tally(run)) == (RunState.SUCCEEDED, (1, 1, 0, 0, 0))


class TestAFolder:
    def test_that_is_missing_asks_for_a_person(self, org: Organization) -> None:
        job = watched(org, "exports")
        (space_of(org) / "exports").rmdir()

        run = look(job)

        assert (run.state, run.error_code) == (RunState.ACTION_REQUIRED, "drop_folder_missing")
        assert "“exports”" in run.user_message

    def test_that_leads_out_of_the_space_is_missing(
        self, org: Organization, other_org: Organization
    ) -> None:
        put(other_org, "theirs.json", pins(9))
        job = watched(org, "exports")
        (space_of(org) / "exports").rmdir()
        (space_of(org) / "exports").symlink_to(space_of(other_org))

        run = look(job)

        assert run.error_code == "drop_folder_missing"

    def test_with_too_many_files_is_not_looked_at(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.drops.space.MAX_FILES", 2)
        for number in range(3):
            put(org, f"{number}.json", pins(number))

        run = look(watched(org))

        assert (run.state, run.error_code) == (RunState.ACTION_REQUIRED, "drop_folder_crowded")
        assert "more than 2 files" in run.user_message
        assert imports_of(org) == []

    def test_that_is_very_deep_is_not_looked_at(self, org: Organization) -> None:
        put(org, "/".join("abcdefgh") + "/x.json", pins(1))

        run = look(watched(org))

        assert (run.state, run.error_code) == (RunState.ACTION_REQUIRED, "drop_folder_crowded")


class TestWhatElsePeopleAskFor:
    def test_a_rehearsal_says_which_files_would_be_imported(self, org: Organization) -> None:
        put(org, "a.json", pins(1), age_days=2)
        put(org, "b.txt", b"nothing of use", age_days=1)
        job = watched(org)

        run = look(job, is_dry_run=True)

        assert tally(run) == (2, 1, 0, 1, 0)
        assert [(path, outcome) for path, outcome, _ in items_of(run)] == [
            ("a.json", "new"),
            ("b.txt", "failed"),
        ]
        assert imports_of(org) == []
        assert tally(look(job)) == (2, 1, 0, 1, 0)

    def test_a_rewind_imports_what_came_since_once_more(self, org: Organization) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)
        look(job)
        put(org, "b.json", pins(2), age_days=0.5)
        look(job)
        with org_scope(org.pk):
            first = CheckpointHistory.objects.order_by("sequence").first()
            assert first is not None
            mark = SourceCheckpoint.objects.filter(stream="drop")
            mark.update(cursor=first.cursor, sequence=mark.get().sequence + 1)

        run = look(job, mode=RunMode.REWIND)

        assert items_of(run) == [("b.json", "new", "")]
        assert tally(run) == (2, 1, 1, 0, 0)

    def test_a_backfill_imports_the_files_of_a_window_once_more(self, org: Organization) -> None:
        for days in (1, 5, 9):
            put(org, f"{days}.json", pins(days), age_days=days)
        job = watched(org)
        look(job)
        now = timezone.now()
        window = (now - dt.timedelta(days=6), now - dt.timedelta(days=2))

        run = look(job, mode=RunMode.BACKFILL, window=window)

        assert items_of(run) == [("5.json", ItemOutcome.NEW, "")]
        assert tally(run) == (3, 1, 2, 0, 0)

    def test_all_again_imports_every_file_once_more(self, org: Organization) -> None:
        put(org, "a.json", pins(1))
        job = watched(org)
        look(job)

        assert tally(look(job, mode=RunMode.ALL)) == (1, 1, 0, 0, 0)


class TestTheSchedule:
    def test_queues_a_look_every_hour(self, org: Organization) -> None:

        job = watched(org)
        with time_machine.travel(timezone.now() + dt.timedelta(hours=2), tick=False):
            tick()

        with org_scope(org.pk):
            run = SyncRun.objects.get(job=job, state=RunState.QUEUED)
            assert run.trigger == Trigger.SCHEDULE
            assert Job.objects.get(pk=job.pk).kind == JobKind.DROP
