"""A watched folder: every new file becomes an import, exactly once."""

import datetime as dt

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from ingestion.drops import kind as kind_module
from ingestion.engine.tick import tick
from ingestion.imports.services import forget_old_files
from ingestion.models import (
    CheckpointHistory,
    ImportFile,
    Job,
    SourceCheckpoint,
    SyncRun,
)
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from ingestion.models.run import RunMode, RunState, Trigger
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.crawler import as_zip, pin
from tests.ingestion.drops.support import (
    assets_of,
    import_all,
    imports_of,
    items_of,
    later,
    look,
    pins,
    pinterest,
    put,
    queue_look,
    space_of,
    tally,
    watched,
)
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.django_db


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


class TestOrder:
    @pytest.mark.django_db(transaction=True)
    def test_of_writing_is_that_in_which_files_were_made(self, org: Organization) -> None:
        """Else a small new file would be written before a large old one, and overwritten by it."""
        put(org, "large-old.json", pins(1, 2, 3), age_days=3)
        put(org, "small-new.json", pins(1), age_days=1)
        look(watched(org))

        with org_scope(org.pk):
            runs = SyncRun.objects.filter(kind="import").select_related("job")
            lined_up = [
                (run.job.files.get().name, run.is_dry_run)
                for run in runs.order_by("lane", "run_after")
            ]

        assert lined_up == [("large-old.json", False), ("small-new.json", False)]


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
        assert tally(run) == (1, 1, 0, 0, 0)

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
