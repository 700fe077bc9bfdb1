"""What people read of old data: how old, why, and the one thing that mends it."""

import datetime as dt
from typing import Any

import pytest

from connectors.models import Connection
from ingestion.freshness.datasets import DROP_FOLDER, PICTURES, SAVED_ITEMS, THUMBNAILS
from ingestion.freshness.gates import require_fresh
from ingestion.freshness.lines import Action, Line, lines_of
from ingestion.freshness.words import spell
from ingestion.models import DatasetStatus, Job, SyncRun
from ingestion.models.job import JobKind, JobState
from tenants.models import Organization, User
from tests.factories import UserFactory
from tests.ingestion.freshness.worlds import DAY, HOUR, MONDAY, make_connection

pytestmark = pytest.mark.django_db

NOW = MONDAY + 34 * DAY
EVERY = (SAVED_ITEMS, DROP_FOLDER, PICTURES, THUMBNAILS)


@pytest.fixture
def connection(in_scope: Organization) -> Connection:
    return make_connection(in_scope)


def export(connection: Connection, **changes: Any) -> DatasetStatus:
    """What an export of Monday brought, 34 days ago."""
    values = {"as_of": MONDAY, "remind_every_s": 30 * 86_400, "state": "fresh"} | changes
    values.setdefault("name", SAVED_ITEMS)
    return DatasetStatus.objects.create(org=connection.org, connection=connection, **values)


def stage(org: Organization, name: str, **changes: Any) -> DatasetStatus:
    """A stage that was worked an hour ago."""
    values = {"as_of": NOW - HOUR, "state": "fresh"} | changes
    return DatasetStatus.objects.create(org=org, name=name, **values)


def failing(code: str, sentence: str, *, failure_type: str, times: int = 1) -> dict[str, Any]:
    return {
        "consecutive_failures": times,
        "failure_type": failure_type,
        "error_code": code,
        "user_message": sentence,
    }


def said() -> list[tuple[str, str, Action]]:
    return [(line.tone, line.sentence, line.action) for line in lines_of(EVERY, now=NOW)]


def only() -> Line:
    (line,) = lines_of(EVERY, now=NOW)
    return line


class TestSilence:
    def test_where_nothing_ever_came(self, in_scope: Organization) -> None:
        assert said() == []

    def test_where_all_is_well(self, connection: Connection) -> None:
        export(connection, as_of=NOW - 29 * DAY)
        stage(connection.org, PICTURES)

        assert said() == []

    def test_of_what_was_muted_until_then(self, connection: Connection) -> None:
        status = export(connection, muted_until=NOW + DAY)
        assert said() == []

        DatasetStatus.objects.filter(pk=status.pk).update(muted_until=NOW)

        assert len(said()) == 1

    def test_of_a_failure_that_is_tried_again(self, connection: Connection) -> None:
        job = Job.objects.create(org=connection.org, kind=JobKind.IMPORT, connection=connection)
        SyncRun.objects.create(
            org=connection.org, job=job, kind=job.kind, connection_id=connection.pk
        )
        status = export(
            connection,
            as_of=NOW,
            **failing("network", "It could not be reached.", failure_type="transient_error"),
        )
        assert said() == []

        DatasetStatus.objects.filter(pk=status.pk).update(consecutive_failures=3)

        assert len(said()) == 1

    def test_costs_one_query_as_do_many_lines(
        self, connection: Connection, django_assert_num_queries: Any
    ) -> None:
        with django_assert_num_queries(1):
            lines_of(EVERY)
        export(connection)
        stage(connection.org, PICTURES, failed_count=3)
        with django_assert_num_queries(1):
            assert len(lines_of(EVERY)) == 2


class TestExports:
    def test_that_are_old_ask_for_a_new_one(self, connection: Connection) -> None:
        export(connection)

        assert said() == [("warning", "Your Pinterest export is 34 days old.", Action.UPLOAD)]
        assert (only().source, only().as_of) == ("pinterest", MONDAY)

    def test_go_by_their_name_where_they_have_one(self, connection: Connection) -> None:
        Connection.objects.update(is_default=False, name="Grandma's pins")
        export(connection)

        assert only().sentence == "“Grandma's pins” is 34 days old."

    def test_that_cannot_be_read_say_why(self, connection: Connection) -> None:
        words = failing("upload_corrupt", "The file breaks off.", failure_type="config_error")
        export(connection, state="action_required", **words)

        line = only()
        assert (line.tone, line.action) == ("danger", Action.UPLOAD)
        assert (line.sentence, line.why) == (
            "Your Pinterest export needs you.",
            "The file breaks off.",
        )

    def test_that_hold_nothing_suddenly_are_a_warning(self, connection: Connection) -> None:
        export(connection, as_of=NOW, warning_code="suddenly_empty")

        assert only().tone == "warning"
        assert only().sentence.startswith("Your Pinterest export held nothing the last time")

    def test_of_a_folder_that_is_suddenly_empty_are_a_warning(self, connection: Connection) -> None:
        export(connection, name="drop_folder", as_of=NOW, warning_code="suddenly_empty")

        [line] = lines_of(["drop_folder"], now=NOW)
        assert (line.tone, line.sentence.partition(", though")[0]) == (
            "warning",
            "The drop folder of “Pinterest export” was empty the last time",
        )

    def test_that_failed_and_are_not_tried_again_say_how_old_what_is_seen_is(
        self, connection: Connection
    ) -> None:
        words = failing("internal_error", "It went wrong.", failure_type="system_error")
        run_id = connection.pk
        export(connection, as_of=NOW - 3 * HOUR, last_run_id=run_id, **words)

        line = only()
        assert line.sentence == (
            "Your Pinterest export: the last try failed; what you see is 3 hours old."
        )
        assert (line.why, line.failed_run_id) == ("It went wrong.", run_id)

    def test_are_judged_at_the_moment_though_the_tick_was_late(
        self, connection: Connection
    ) -> None:
        assert export(connection).state == "fresh"

        assert lines_of([SAVED_ITEMS], now=MONDAY + 29 * DAY) == []
        assert len(lines_of([SAVED_ITEMS], now=MONDAY + 31 * DAY)) == 1


class TestSchedules:
    @pytest.fixture
    def job(self, connection: Connection) -> Job:
        return Job.objects.create(
            org=connection.org,
            kind=JobKind.IMPORT,
            connection=connection,
            is_one_off=False,
            interval_s=3600,
        )

    def test_that_are_late_offer_to_run(self, job: Job, connection: Connection) -> None:
        export(connection, job=job, as_of=NOW - 2 * HOUR)

        assert said() == [("warning", "Your Pinterest export is 2 hours old.", Action.RUN)]

    def test_that_wait_for_their_source_say_until_when(
        self, job: Job, connection: Connection
    ) -> None:
        Connection.objects.update(blocked_until=NOW + HOUR)
        export(connection, job=job, as_of=NOW - 2 * HOUR)

        assert only().waits_until == NOW + HOUR

    def test_that_are_paused_say_by_whom_and_why(self, job: Job, connection: Connection) -> None:
        by: User = UserFactory.create(name="Olive Owner")
        Job.objects.filter(pk=job.pk).update(
            state=JobState.PAUSED, paused_at=NOW, paused_by=by, pause_reason="We moved."
        )
        export(connection, job=job, state="paused")

        assert said() == [
            (
                "info",
                "Your Pinterest export is paused by Olive Owner: We moved.",
                Action.RESUME,
            )
        ]


class TestStages:
    def test_with_a_backlog_say_how_much_and_how_long(self, in_scope: Organization) -> None:
        job = Job.objects.get(kind=JobKind.FETCH)
        stage(in_scope, PICTURES, job=job, pending_count=1_204, oldest_pending_at=NOW - 3 * HOUR)

        assert said() == [
            ("warning", "1,204 pictures wait to be fetched, the oldest for 3 hours.", Action.RUN)
        ]

    @pytest.mark.parametrize(
        ("name", "count", "sentence"),
        [
            (PICTURES, 1, "1 picture could not be fetched."),
            (PICTURES, 1_204, "1,204 pictures could not be fetched."),
            (THUMBNAILS, 2, "2 thumbnails could not be made."),
        ],
    )
    def test_that_gave_up_offer_to_try_again(
        self, in_scope: Organization, name: str, count: int, sentence: str
    ) -> None:
        stage(in_scope, name, failed_count=count)

        assert said() == [("info", sentence, Action.FETCH_AGAIN)]
        assert only().stage == {PICTURES: "fetch", THUMBNAILS: "rendition"}[name]


class TestOrder:
    def test_is_the_worst_first(self, connection: Connection) -> None:
        stage(connection.org, PICTURES, failed_count=1)
        stage(connection.org, THUMBNAILS, pending_count=1, oldest_pending_at=NOW - 3 * HOUR)
        words = failing("upload_corrupt", "The file breaks off.", failure_type="config_error")
        export(connection, state="action_required", **words)

        assert [tone for tone, _, _ in said()] == ["danger", "warning", "info"]


class TestGates:
    def test_open_where_all_is_fresh(self, connection: Connection) -> None:
        export(connection, as_of=NOW - DAY)
        stage(connection.org, PICTURES)

        gate = require_fresh(SAVED_ITEMS, PICTURES, now=NOW)
        assert (gate.is_fresh, gate.sentence, gate.status) == (True, "", None)

    def test_say_what_is_old(self, connection: Connection) -> None:
        status = export(connection)

        gate = require_fresh(SAVED_ITEMS, now=NOW)
        assert (gate.is_fresh, gate.status) == (False, status)
        assert gate.sentence == "Your Pinterest export is 34 days old."

    def test_may_be_stricter_than_the_schedule(self, connection: Connection) -> None:
        export(connection, as_of=NOW - 2 * DAY)

        assert require_fresh(SAVED_ITEMS, max_age=3 * DAY, now=NOW).is_fresh
        gate = require_fresh(SAVED_ITEMS, max_age=1 * DAY, now=NOW)
        assert gate.sentence == "Your Pinterest export: 2 days old, 24 hours at most."

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            (SAVED_ITEMS, "Saved items: nothing has come yet."),
            ("made_up", "made_up: nothing has come yet."),
        ],
    )
    def test_raise_nothing_whatever_is_asked(
        self, in_scope: Organization, name: str, sentence: str
    ) -> None:
        gate = require_fresh(name, now=NOW)

        assert (gate.is_fresh, gate.sentence) == (False, sentence)

    def test_raise_nothing_where_a_schedule_cannot_be_read(self, connection: Connection) -> None:
        job = Job.objects.create(
            org=connection.org,
            kind=JobKind.IMPORT,
            connection=connection,
            is_one_off=False,
            cron="every now and then",
        )
        export(connection, job=job)

        assert require_fresh(SAVED_ITEMS, now=NOW).is_fresh


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (dt.timedelta(seconds=3), "1 minute"),
        (dt.timedelta(minutes=119), "119 minutes"),
        (dt.timedelta(hours=47), "47 hours"),
        (dt.timedelta(days=2), "2 days"),
        (dt.timedelta(days=1_000), "1,000 days"),
    ],
)
def test_spans_are_spelt_in_the_unit_that_people_would_choose(
    span: dt.timedelta, words: str
) -> None:
    assert spell(span) == words


class TestWhatIsInLine:
    def test_a_look_at_the_folder_brings_no_items_by_itself(self, connection: Connection) -> None:
        export(connection)
        job = Job.objects.create(org=connection.org, kind=JobKind.DROP, connection=connection)
        SyncRun.objects.create(
            org=connection.org, job=job, kind=job.kind, connection_id=connection.pk
        )

        assert only().next_at is None

    def test_an_import_does(self, connection: Connection) -> None:
        export(connection)
        job = Job.objects.create(org=connection.org, kind=JobKind.IMPORT, connection=connection)
        run = SyncRun.objects.create(
            org=connection.org, job=job, kind=job.kind, connection_id=connection.pk
        )
        run.refresh_from_db()

        assert only().next_at == run.run_after

    def test_what_is_paused_has_no_next_try(self, connection: Connection) -> None:
        job = Job.objects.create(
            org=connection.org,
            kind=JobKind.DROP,
            connection=connection,
            is_one_off=False,
            state=JobState.PAUSED,
            paused_at=NOW,
        )
        SyncRun.objects.create(
            org=connection.org, job=job, kind=job.kind, connection_id=connection.pk
        )
        folder(connection, job, state="paused")

        assert (only().next_at, only().action) == (None, Action.RESUME)


class TestFolders:
    def test_that_are_missing_lead_to_their_settings(self, connection: Connection) -> None:
        job = folder_job(connection)
        why = failing(
            "drop_folder_missing", "There is no such folder.", failure_type="config_error"
        )
        folder(connection, job, state="action_required", **why)

        assert only().action == Action.EDIT

    def test_whose_source_asks_us_to_wait_offer_nothing(self, connection: Connection) -> None:
        folder(connection, folder_job(connection), state="stale")
        assert only().action == Action.RUN

        Connection.objects.filter(pk=connection.pk).update(blocked_until=NOW + HOUR)

        assert (only().action, only().waits_until) == (Action.NONE, NOW + HOUR)


def folder_job(connection: Connection) -> Job:
    return Job.objects.create(
        org=connection.org, kind=JobKind.DROP, connection=connection, is_one_off=False
    )


def folder(connection: Connection, job: Job, **changes: Any) -> DatasetStatus:
    values = {"as_of": MONDAY} | changes
    return DatasetStatus.objects.create(
        org=connection.org, connection=connection, name=DROP_FOLDER, job=job, **values
    )
