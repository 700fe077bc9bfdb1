"""A new kind of source is one class: here is one, from its parameters to its checkpoint."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django import forms
from django.utils import timezone

from connectors.errors import FetchError
from connectors.items import Outcome, Page, Rejection, RejectionReason, SavedItem, Source
from connectors.models import Connection
from ingestion.codes import FailureType, Origin
from ingestion.engine import kinds
from ingestion.engine.drain import run_slice
from ingestion.engine.kinds import kind_of, register
from ingestion.engine.runs import start_run
from ingestion.errors import ParamsInvalidError
from ingestion.imports.foreground import reload
from ingestion.models import AssetOrigin, Job, SourceCheckpoint, SyncRun
from ingestion.models.run import RunMode, RunState
from ingestion.sources import Cursor, SourceKind
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import claimed, counts, make_due, work

pytestmark = pytest.mark.django_db


class ShelfParams(forms.Form):
    """How a shelf is read."""

    page_size = forms.IntegerField(min_value=1, max_value=100)


class ShelfKind(SourceKind):
    """Reads a shelf of numbered things; only what was put there since the last time."""

    name: ClassVar[str] = "shelf"
    label: ClassVar[str] = "Read the shelf"
    datasets: ClassVar[tuple[str, ...]] = ("saved_items",)
    params_form: ClassVar[type[forms.Form]] = ShelfParams
    can_backfill: ClassVar[bool] = True

    def __init__(self) -> None:
        self.things = 0
        self.began_at: list[Cursor | None] = []
        self.trouble: dict[int, Exception] = {}

    def fetch_delta(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the things behind the cursor; every seventh has no name, and is refused."""
        self.began_at.append(cursor)
        size = run.job.params["page_size"]
        for start in range(int(str(cursor["at"])) if cursor else 0, self.things, size):
            if error := self.trouble.pop(start, None):
                raise error
            end = min(start + size, self.things)
            yield Page(
                items=tuple(thing(n) for n in range(start, end) if n % 7 != 6),
                rejections=tuple(nameless(n) for n in range(start, end) if n % 7 == 6),
                cursor={"at": end},
                is_last=end == self.things,
            )


def thing(number: int) -> SavedItem:
    raw = b'{"id":%d}' % number
    return SavedItem(index=number, source=Source.WEB, ref=f"https://a.example/{number}", raw=raw)


def nameless(number: int) -> Rejection:
    return Rejection(number, Outcome.FAILED, RejectionReason.NO_ID)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> ShelfKind:
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    kind = ShelfKind()
    register(kind)
    return kind


def job_of(org: Organization, **params: Any) -> Job:
    with org_scope(org.pk):
        account = Connection.objects.create(org=org, source="web", name="The shelf")
        return Job.objects.create(
            org=org,
            kind="shelf",
            connection=account,
            is_one_off=False,
            params=kind_of("shelf").clean_params(params or {"page_size": 5}),
        )


def queue(job: Job, **options: Any) -> SyncRun:
    with org_scope(job.org_id):
        run = start_run(job, **options)
    make_due(run.pk, job.org)
    return run


def refs(org: Organization) -> list[str]:
    with org_scope(org.pk):
        return sorted(Asset.objects.values_list("source_ref", flat=True))


class TestASourceOfItsOwn:
    def test_brings_what_it_has_and_reports_what_it_refuses(
        self, org: Organization, other_org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 12

        run = work(queue(job_of(org)))

        assert run.state == RunState.WARNINGS
        assert counts(run) == {
            "raw": 12, "new": 11, "updated": 0, "unchanged": 0, "skipped": 0, "failed": 1,
        }  # fmt: skip
        assert len(refs(org)) == 11
        assert refs(other_org) == []
        with org_scope(org.pk):
            assert {origin.via for origin in AssetOrigin.objects.all()} == {"api"}

    def test_names_the_dataset_that_it_refreshes(self, shelf: ShelfKind) -> None:
        assert kind_of("shelf").datasets == ("saved_items",)

    def test_checks_what_its_jobs_are_told(self, shelf: ShelfKind) -> None:
        with pytest.raises(ParamsInvalidError, match="page_size: Ensure this value is less"):
            shelf.clean_params({"page_size": "101"})

        assert shelf.clean_params({"page_size": "10"}) == {"page_size": 10}

    def test_begins_the_next_time_where_it_ended(self, org: Organization, shelf: ShelfKind) -> None:
        shelf.things = 6
        job = job_of(org)
        work(queue(job))
        shelf.things = 9

        run = work(queue(job))

        assert shelf.began_at == [None, {"at": 6}]
        assert (run.raw_count, run.new_count) == (3, 2)
        with org_scope(org.pk):
            mark = SourceCheckpoint.objects.get(stream="shelf")
            stood = list(mark.history.order_by("sequence").values_list("cursor", flat=True))
        assert (mark.cursor, mark.is_complete) == ({"at": 9}, True)
        assert stood == [{"at": 6}, {"at": 9}]

    def test_goes_on_behind_its_last_page_after_a_slice(
        self, org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 12
        run = work(queue(job_of(org)), stop=lambda: True)
        assert (run.state, run.raw_count) == (RunState.QUEUED, 5)
        make_due(run.pk, org)

        run = work(run)

        assert shelf.began_at == [None, {"at": 5}]
        assert (run.state, run.raw_count, run.new_count) == (RunState.WARNINGS, 12, 11)

    def test_goes_on_behind_its_last_page_after_a_failure(
        self, org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 12
        shelf.trouble[10] = ConnectionResetError("Gone.")
        run = work(queue(job_of(org)))
        assert (run.state, run.raw_count) == (RunState.RETRY_WAIT, 10)
        make_due(run.pk, org)

        run = work(run)

        assert (run.state, run.raw_count, len(refs(org))) == (RunState.WARNINGS, 12, 11)

    def test_whose_last_page_was_written_by_a_lost_worker_just_ends(
        self, org: Organization, shelf: ShelfKind, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shelf.things = 5
        run = queue(job_of(org))
        with monkeypatch.context() as patched:
            patched.setattr(shelf, "_finish", lambda held: None)
            work(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.QUEUED, lease_token=None, lease_expires_at=None
            )
        make_due(run.pk, org)

        run = work(run)

        assert (run.state, run.raw_count, len(shelf.began_at)) == (RunState.SUCCEEDED, 5, 1)


class TestWhereItWentWrong:
    def test_is_the_source_for_what_its_own_network_code_raises(
        self, org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 5
        shelf.trouble[0] = ConnectionResetError("Gone.")

        run = work(queue(job_of(org)))

        assert (run.error_code, run.error_origin) == ("network", Origin.SOURCE)

    def test_is_what_a_failed_request_says(self, org: Organization, shelf: ShelfKind) -> None:
        shelf.things = 5
        shelf.trouble[0] = FetchError("Slow down.", fetch_code="rate_limited", retry_after_s=90)

        run = work(queue(job_of(org)))

        assert (run.state, run.failure_type) == (RunState.QUEUED, FailureType.RATE_LIMITED)
        with org_scope(org.pk):
            account = Connection.objects.get(name="The shelf")
        assert account.blocked_until is not None
        assert account.blocked_until > timezone.now() + dt.timedelta(seconds=60)

    def test_is_us_for_what_fails_while_writing(
        self, org: Organization, shelf: ShelfKind, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError("The disk is full.")

        shelf.things = 5
        monkeypatch.setattr(shelf, "keep", fail)

        run = work(queue(job_of(org)))

        assert (run.error_code, run.error_origin) == ("storage_unavailable", Origin.STORAGE)


class TestModes:
    def test_a_dry_run_reads_from_the_checkpoint_on_and_moves_nothing(
        self, org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 6
        job = job_of(org)
        work(queue(job))
        shelf.things = 9

        run = work(queue(job, is_dry_run=True))

        assert (run.raw_count, run.new_count, len(refs(org))) == (3, 2, 6)
        with org_scope(org.pk):
            assert SourceCheckpoint.objects.get(stream="shelf").cursor == {"at": 6}

    @pytest.mark.parametrize("mode", [RunMode.ALL, RunMode.BACKFILL])
    def test_all_again_and_a_backfill_read_from_the_beginning(
        self, org: Organization, shelf: ShelfKind, mode: RunMode
    ) -> None:
        shelf.things = 6
        job = job_of(org)
        work(queue(job))

        run = work(queue(job, mode=mode))

        assert shelf.began_at == [None, None]
        assert (run.raw_count, run.unchanged_count) == (6, 6)

    def test_a_backfill_does_not_move_the_checkpoint(
        self, org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 6
        job = job_of(org)
        work(queue(job))
        shelf.things = 3

        work(queue(job, mode=RunMode.BACKFILL))

        with org_scope(org.pk):
            assert SourceCheckpoint.objects.get(stream="shelf").cursor == {"at": 6}


class TestReading:
    def test_cannot_touch_the_database(self, org: Organization, shelf: ShelfKind) -> None:
        class Curious(ShelfKind):
            def fetch_delta(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
                Asset.objects.count()
                yield from super().fetch_delta(run, cursor)

        register(Curious())

        run = work(queue(job_of(org)))

        assert (run.state, run.error_code) == (RunState.RETRY_WAIT, "internal_error")

    def test_has_no_worker_left_behind_when_the_run_is_cancelled(
        self, org: Organization, shelf: ShelfKind
    ) -> None:
        shelf.things = 12
        run = queue(job_of(org))
        held = claimed(run)
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now())

        run_slice(held)

        assert (reload(run).state, refs(org)) == (RunState.CANCELLED, [])
