"""One line: its activity, its trouble, and when it goes on."""

import datetime as dt
from typing import Any

import pytest

from connectors.models import Connection
from ingestion.codes import Remedy
from ingestion.models import Job
from ingestion.models.run import HELD_UNTIL, RunState
from ingestion.pipelines.lines import Line
from ingestion.pipelines.reads import Asked, Manager, manager_of
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.pipelines.support import ago, make_run, make_source


def manager(org: Organization, **asked: Any) -> Manager:
    """Return the page of ``org``."""
    with org_scope(org.pk):
        return manager_of(org, Asked(**asked))


def line(org: Organization) -> Line:
    """Return the one line of the one source."""
    [card] = manager(org).cards
    [found] = card.lines
    return found


class TestActivity:
    @pytest.mark.parametrize(
        ("state", "values", "word"),
        [
            (RunState.SUCCEEDED, {}, "Idle"),
            (RunState.QUEUED, {}, "Queued"),
            (RunState.RUNNING, {}, "Running"),
            (RunState.RETRY_WAIT, {"run_after": ago(hours=-1)}, "Waiting"),
            (RunState.QUEUED, {"run_after": HELD_UNTIL}, "Waiting"),
        ],
    )
    def test_is_told_by_the_open_run(
        self, org: Organization, state: str, values: dict[str, Any], word: str
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, state, **values)

        assert line(org).activity.word == word

    def test_what_runs_counts_before_what_waits_behind_it(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.RUNNING, started_at=ago(hours=2))
        make_run(job, RunState.QUEUED, started_at=ago(minutes=1))

        assert line(org).activity.word == "Running"

    def test_a_paused_job_is_paused_although_a_run_waits(self, org: Organization) -> None:
        _, job, _ = make_source(org, job={"state": "paused", "paused_at": ago(hours=1)})
        make_run(job, RunState.QUEUED)

        assert line(org).activity.word == "Paused"

    def test_a_source_that_asked_for_a_wait_is_waited_for(self, org: Organization) -> None:
        connection, job, _ = make_source(org)
        until = ago(minutes=-20)
        with org_scope(org.pk):
            Connection.objects.filter(pk=connection.pk).update(blocked_until=until)
        make_run(job, RunState.QUEUED)

        found = line(org)

        assert (found.activity.word, found.waits_until) == ("Waiting", until)

    def test_one_off_runs_of_the_same_work_are_shown_with_it(self, org: Organization) -> None:
        connection, job, _ = make_source(org)
        with org_scope(org.pk):
            once = Job.objects.create(org=org, connection=connection, kind=job.kind)
        make_run(once, RunState.RUNNING)

        assert line(org).activity.word == "Running"

    def test_rehearsals_are_not(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.RUNNING, is_dry_run=True)

        assert line(org).activity.word == "Idle"


class TestTrouble:
    def test_a_failed_run_is_told_with_its_remedy(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.FAILED, error_code="network", user_message="No answer.")

        found = line(org)

        assert found.error is not None
        assert (found.error.user_message, found.remedy) == ("No answer.", Remedy.RETRY)

    def test_a_success_after_it_ends_the_matter(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        failed = {"error_code": "network", "user_message": "No answer."}
        make_run(job, RunState.FAILED, started_at=ago(hours=2), **failed)
        make_run(job)

        assert line(org).error is None

    def test_a_cancelled_run_is_no_trouble(self, org: Organization) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.CANCELLED, user_message="Cancelled. What was read is kept.")

        assert line(org).error is None


class TestNextRun:
    def test_is_told_in_the_time_zone_of_the_schedule(self, org: Organization) -> None:
        due = dt.datetime(2027, 1, 4, 5, 30, tzinfo=dt.UTC)
        cron = {"interval_s": None, "cron": "30 6 * * 1", "timezone": "Europe/Copenhagen"}
        make_source(org, job=cron | {"next_due_at": due})

        assert line(org).next_run == "Mon 4 Jan 2027, 06:30 CET"

    def test_there_is_none_by_itself_while_somebody_has_to_act(self, org: Organization) -> None:
        make_source(org, state="action_required", job={"next_due_at": None})

        assert line(org).is_stopped


class TestManager:
    def test_counts_sources_by_health(self, org: Organization) -> None:
        make_source(org, "Pinterest A", state="fresh")
        make_source(org, "Pinterest B", state="stale")
        make_source(org, "Pinterest C", state="action_required")

        found = manager(org, health="attention")

        assert found.counts == {"": 3, "attention": 2, "fresh": 1, "paused": 0, "never": 0}
        assert [card.name for card in found.cards] == ["Pinterest C", "Pinterest B"]

    def test_a_page_behind_the_last_is_the_last(self, org: Organization) -> None:
        make_source(org)

        assert manager(org, page=99).asked.page == 1
