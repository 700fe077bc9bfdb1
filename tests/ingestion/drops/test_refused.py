"""Files of a watched folder that are not imported, or not yet."""

import datetime as dt
import errno
import os
import uuid
from typing import BinaryIO

import pytest
from django.utils import timezone

from connectors.errors import UnsupportedFileError
from ingestion.control import retry_failed
from ingestion.drops import kind as kind_module
from ingestion.drops import space
from ingestion.freshness.words import failed_units
from ingestion.models import (
    RunItem,
    SyncRun,
)
from ingestion.models.job import JobKind
from ingestion.models.run import RunMode, RunState, Trigger
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion import facebook
from tests.ingestion.drops.support import (
    assets_of,
    import_all,
    imports_of,
    items_of,
    later,
    look,
    pins,
    put,
    queue_look,
    space_of,
    status_of,
    tally,
    watched,
)
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.django_db


def _refuse(_: object) -> None:
    raise UnsupportedFileError("No export.")


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

        assert tally(run) == (1, 0, 0, 1, 0)

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
