"""Runs over a window of time, from an earlier checkpoint, and as a trial."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from connectors.items import MediaStatus, Page, SavedItem, Source
from ingestion.control import backfill, pause, rehearse, rewind, run_now
from ingestion.control.errors import JobPausedError
from ingestion.engine import kinds
from ingestion.engine.kinds import register
from ingestion.errors import ParamsInvalidError
from ingestion.imports.files import delete_bytes
from ingestion.models import CheckpointHistory, ImportFile, Job, RunItem, SourceCheckpoint, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunMode, RunState
from ingestion.sources import Cursor, SourceKind
from media.models import Asset
from tenants.errors import NotReadyError
from tenants.models import Organization, User
from tests.ingestion.control.support import HOUR, events_of, make_connection, standing_job
from tests.ingestion.crawler import FIRST_ID, Row, as_json, pin
from tests.ingestion.support import claimed, counts, import_bytes, queue_run, reasons, work

MAY = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
JUNE = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


class DiaryKind(SourceKind):
    """A source of one record a week, which can be read from any of them on."""

    name: ClassVar[str] = "diary"
    label: ClassVar[str] = "Diary"
    can_backfill: ClassVar[bool] = True
    can_rewind: ClassVar[bool] = True
    weeks: ClassVar[int] = 3

    def fetch_delta(self, run: SyncRun, cursor: Cursor | None) -> Iterator[Page]:
        """Yield a page for each week behind ``cursor`` that lies in the run's window."""
        first = int(str(cursor["week"])) + 1 if cursor else 0
        for week in range(first, self.weeks):
            moment = MAY + week * WEEK
            inside = run.window_to is None or moment < run.window_to
            items = (self._item(week, moment),) if inside else ()
            yield Page(items, (), {"week": week}, is_last=week == self.weeks - 1)
        if first >= self.weeks:
            yield Page((), (), cursor or {}, is_last=True)

    def _item(self, week: int, moment: dt.datetime) -> SavedItem:
        return SavedItem(
            index=week,
            source=Source.PINTEREST,
            ref=f"pin:{week}",
            title=f"Week {week}",
            saved_at=moment,
            media_status=MediaStatus.METADATA_ONLY,
            raw=b'{"week":%d}' % week,
        )


@pytest.fixture
def diary(in_scope: Organization, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A standing job that has read three weeks."""
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    register(DiaryKind())
    job = standing_job(in_scope, kind="diary", connection=make_connection(in_scope))
    work(queue_run(job))
    return job


def mark_of(job: Job) -> tuple[Any, int, bool]:
    mark = SourceCheckpoint.objects.get(connection=job.connection, stream=job.kind)
    return mark.cursor, mark.sequence, mark.is_complete


def dated(number: int, moment: dt.datetime | None) -> Row:
    text = moment.strftime("%a, %d %b %Y %H:%M:%S +0000") if moment else None
    return pin(number, created_at=text)


class TestBackfillOfAnImport:
    def bring(self, org: Organization) -> Job:
        """Bring four pins: of the end of April, of the first of May, of June, of no day."""
        second = dt.timedelta(seconds=1)
        rows: list[Row | str] = [
            dated(0, MAY - second),
            dated(1, MAY),
            dated(2, JUNE),
            dated(3, None),
        ]
        return import_bytes(org, as_json(rows), name="pins.json").job

    def test_takes_what_was_saved_in_the_window(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = self.bring(in_scope)

        run = work(backfill(job, MAY, JUNE, owner_user).run)

        assert (run.job_id, run.mode, run.state) == (job.pk, RunMode.BACKFILL, RunState.SUCCEEDED)
        assert counts(run) == {
            "raw": 4,
            "new": 0,
            "updated": 0,
            "unchanged": 1,
            "skipped": 3,
            "failed": 0,
        }
        assert reasons(run) == {"outside_window": 3}
        undated = RunItem.objects.get(run=run, ordinal=3)
        assert undated.detail == "The source does not say when it was saved."

    @pytest.mark.parametrize(("start", "end", "taken"), [(MAY, None, [1, 2]), (None, MAY, [0])])
    def test_goes_as_far_as_the_source_does(
        self,
        in_scope: Organization,
        owner_user: User,
        start: dt.datetime | None,
        end: dt.datetime | None,
        taken: list[int],
    ) -> None:
        run = work(backfill(self.bring(in_scope), start, end, owner_user).run)

        found = RunItem.objects.filter(run=run, outcome="unchanged").order_by("ordinal")
        assert list(found.values_list("ordinal", flat=True)) == taken

    def test_leaves_the_checkpoint_of_the_import_alone(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = self.bring(in_scope)
        before = SourceCheckpoint.objects.values().get(stream=f"import:{job.pk}")

        run = work(backfill(job, MAY, JUNE, owner_user).run)

        assert SourceCheckpoint.objects.values().get(stream=f"import:{job.pk}") == before
        assert SourceCheckpoint.objects.filter(stream=f"backfill:{run.pk}").exists()

    def test_asked_twice_queues_one(self, in_scope: Organization, owner_user: User) -> None:
        job = self.bring(in_scope)

        first = backfill(job, MAY, JUNE, owner_user)
        second = backfill(job, MAY, JUNE, owner_user)

        assert (first.run, first.is_new, second.is_new) == (second.run, True, False)
        with pytest.raises(NotReadyError, match="runs already"):
            backfill(job, MAY, None, owner_user)

    def test_takes_the_files(self, in_scope: Organization, owner_user: User) -> None:
        job = self.bring(in_scope)
        delete_bytes(list(ImportFile.objects.all()))

        with pytest.raises(NotReadyError, match="Bring them again"):
            backfill(job, MAY, JUNE, owner_user)


class TestBackfillOfASource:
    def test_moves_no_checkpoint_of_its_job(self, diary: Job, owner_user: User) -> None:
        before = mark_of(diary)

        run = work(backfill(diary, MAY, MAY + WEEK, owner_user).run)

        assert (run.unchanged_count, run.raw_count) == (1, 1)
        assert mark_of(diary) == before
        assert (run.job_id, run.created_by) == (diary.pk, owner_user)
        assert SourceCheckpoint.objects.filter(stream=f"backfill:{run.pk}").exists()

    def test_asked_twice_queues_one(self, diary: Job, owner_user: User) -> None:
        first = backfill(diary, MAY, JUNE, owner_user)
        second = backfill(diary, MAY, JUNE, owner_user)
        other = backfill(diary, MAY, None, owner_user)

        assert first.run == second.run
        assert (second.is_new, other.is_new) == (False, True)

    @pytest.mark.parametrize(("start", "end"), [(None, None), (JUNE, MAY), (MAY, MAY)])
    def test_takes_a_window(
        self,
        diary: Job,
        owner_user: User,
        start: dt.datetime | None,
        end: dt.datetime | None,
    ) -> None:
        with pytest.raises(ParamsInvalidError, match="from when to when"):
            backfill(diary, start, end, owner_user)

    def test_is_not_for_jobs_without_times(self, in_scope: Organization, owner_user: User) -> None:
        upkeep = Job.objects.get(kind=JobKind.UPKEEP)

        with pytest.raises(NotReadyError, match="cannot be limited to a time"):
            backfill(upkeep, MAY, JUNE, owner_user)

    def test_is_not_begun_while_the_job_is_paused(self, diary: Job, owner_user: User) -> None:
        pause(diary, owner_user)

        with pytest.raises(JobPausedError):
            backfill(diary, MAY, JUNE, owner_user)


class TestRewind:
    def history(self, job: Job, week: int) -> CheckpointHistory:
        mark = SourceCheckpoint.objects.get(connection=job.connection, stream=job.kind)
        return CheckpointHistory.objects.create(
            org_id=job.org_id,
            checkpoint=mark,
            cursor={"week": week},
            sequence=100 + week,
            run_id=mark.run_id or job.pk,
        )

    def test_reads_on_from_where_the_stream_stood(self, diary: Job, owner_user: User) -> None:
        queued = rewind(diary, self.history(diary, 0), owner_user)

        assert (queued.is_new, queued.run.mode) == (True, RunMode.REWIND)
        [told] = events_of(queued.run, "rewound")
        assert (told["by"], told["sequence"]) == (str(owner_user.pk), 100)
        run = work(queued.run)
        assert (run.raw_count, run.unchanged_count) == (2, 2)
        assert mark_of(diary)[0] == {"week": 2}
        assert Asset.objects.count() == 3

    def test_a_run_that_waits_is_the_one_that_does_it(self, diary: Job, owner_user: User) -> None:
        waiting = run_now(diary, owner_user).run

        queued = rewind(diary, self.history(diary, 1), owner_user)

        assert (queued.run, queued.is_new) == (waiting, False)
        assert work(waiting).raw_count == 1

    def test_waits_for_a_run_at_work(self, diary: Job, owner_user: User) -> None:
        claimed(queue_run(diary))
        before = mark_of(diary)

        with pytest.raises(NotReadyError, match="is at work"):
            rewind(diary, self.history(diary, 0), owner_user)

        assert mark_of(diary) == before

    def test_takes_a_checkpoint_of_the_job(
        self, diary: Job, in_scope: Organization, owner_user: User
    ) -> None:
        other = standing_job(in_scope, kind="diary", connection=None)

        with pytest.raises(NotReadyError, match="is none of"):
            rewind(other, self.history(diary, 0), owner_user)

    def test_is_not_for_what_reads_all_each_time(
        self, diary: Job, in_scope: Organization, owner_user: User
    ) -> None:
        job = import_bytes(in_scope, as_json([pin(0)]), name="pins.json").job

        with pytest.raises(NotReadyError, match="reads all each time"):
            rewind(job, self.history(diary, 0), owner_user)


class TestRehearse:
    def test_says_what_a_run_would_do_and_writes_nothing(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        job = import_bytes(in_scope, as_json([pin(0), pin(1)]), name="pins.json").job
        Asset.objects.filter(source_ref=f"pin:{FIRST_ID}").delete()

        run = work(rehearse(job, owner_user).run)

        assert run.is_dry_run
        assert (run.new_count, run.unchanged_count) == (1, 1)
        assert Asset.objects.count() == 1

    def test_asked_twice_queues_one(self, diary: Job, owner_user: User) -> None:
        first, second = rehearse(diary, owner_user), rehearse(diary, owner_user)

        assert (first.run, first.is_new, second.is_new) == (second.run, True, False)

    def test_stands_beside_a_run_that_writes(self, diary: Job, owner_user: User) -> None:
        real = run_now(diary, owner_user).run

        assert rehearse(diary, owner_user).run != real

    def test_looks_on_while_the_source_lets_nobody_write(
        self, diary: Job, owner_user: User
    ) -> None:
        waiting = rehearse(diary, owner_user).run
        assert diary.connection is not None
        diary.connection.blocked_until = timezone.now() + HOUR
        diary.connection.save(update_fields=["blocked_until"])

        assert rehearse(diary, owner_user).run == waiting

    def test_is_not_for_what_only_does_things(
        self, in_scope: Organization, owner_user: User
    ) -> None:
        upkeep = Job.objects.get(kind=JobKind.UPKEEP)

        with pytest.raises(NotReadyError, match="without doing it"):
            rehearse(upkeep, owner_user)
