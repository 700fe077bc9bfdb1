"""The Pipeline Manager, as its members see it."""

import datetime as dt
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connectors.models import Connection
from ingestion.models import Job, SyncRun
from ingestion.models.run import HELD_UNTIL, RunState
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import ClientFor, MemberClient
from tests.factories import OrganizationFactory
from tests.ingestion.pipelines.support import ago, make_run, make_source
from tests.ingestion.views.support import address, html_of, text_of


class TestPipelines:
    def test_empty_says_what_it_will_hold_and_how_to_begin(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        response = member_client.get(address(org, "pipelines"))

        assert "No sources yet" in text_of(response)
        assert address(org, "imports") in response.content.decode()

    def test_health_and_activity_are_two_things(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org, state="stale")
        make_run(job, RunState.RUNNING, raw_count=70, new_count=70, expected_count=100)

        words = text_of(member_client.get(address(org, "pipelines")))

        assert "Health: Out of date" in words
        assert "Activity: Running" in words
        assert "70 of 100 records" in words

    def test_what_went_wrong_comes_with_what_mends_it(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org, state="late", consecutive_failures=3)
        make_run(job, RunState.FAILED, error_code="network", user_message="No answer came.")

        response = member_client.get(address(org, "pipelines"))

        assert "No answer came. It failed 3 times in a row. Retry now" in text_of(response)

    def test_what_a_command_left_is_not_in_line(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org, state="fresh")
        make_run(job, RunState.QUEUED, run_after=HELD_UNTIL, raw_count=49, new_count=49)

        words = text_of(member_client.get(address(org, "pipelines")))

        assert "Stopped on the command line, begun" in words
        assert "In line" not in words

    def test_says_who_paused_it_and_why(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        paused = {"state": "paused", "paused_at": ago(hours=1), "pause_reason": "Moving house"}
        make_source(org, state="paused", job=paused)

        words = text_of(member_client.get(address(org, "pipelines")))

        assert "by itself: “Moving house”" in words
        assert "Not before somebody resumes it" in words

    def test_the_worst_off_come_first(self, org: Organization, member_client: MemberClient) -> None:
        make_source(org, "Pinterest A", state="fresh")
        make_source(org, "Pinterest B", state="action_required")
        make_source(org, "Pinterest C", state="late")

        html = member_client.get(address(org, "pipelines")).content.decode()

        assert re.findall(r"^\s*Pinterest [ABC]|>Pinterest ([ABC])<", html) == ["B", "C", "A"]

    def test_filter_and_search_keep_what_fits(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        make_source(org, "Pinterest A", state="fresh")
        make_source(org, "Pinterest B", state="late")

        troubled = text_of(member_client.get(address(org, "pipelines") + "?health=attention"))
        named = text_of(member_client.get(address(org, "pipelines") + "?q=t+a"))

        assert re.findall("Pinterest [AB]", troubled) == ["Pinterest B"]
        assert re.findall("Pinterest [AB]", named) == ["Pinterest A"]

    def test_has_pages(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ingestion.pipelines.reads.PAGE_SIZE", 2)
        for number in range(5):
            make_source(org, f"Pinterest {number}")

        last = member_client.get(address(org, "pipelines") + "?page=3").content.decode()

        assert re.findall(r">Pinterest (\d)<", last) == ["4"]
        assert 'rel="prev"' in last
        assert 'rel="next"' not in last

    def test_a_viewer_reads_and_finds_no_buttons(
        self, org: Organization, client_for: ClientFor
    ) -> None:
        make_source(org)

        response = client_for(Role.VIEWER).get(address(org, "pipelines"))

        assert response.status_code == HTTPStatus.OK
        assert b"Run now" not in response.content

    def test_costs_the_same_for_any_number_of_jobs_runs_and_organizations(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job)
        few = _statements(member_client, org)
        for number in range(4):
            _, job, _ = make_source(org, f"Pinterest {number}")
            for _ in range(40):
                make_run(job)
            _, foreign, _ = make_source(OrganizationFactory.create())
            make_run(foreign)

        many = _statements(member_client, org)

        assert many == few

    def test_shows_the_last_thirty_runs_of_a_job(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        for number in range(35):
            make_run(
                job,
                RunState.FAILED if number < 10 else RunState.SUCCEEDED,
                started_at=ago(hours=100 - number),
            )

        response = member_client.get(address(org, "pipelines"))

        assert response.content.decode().count("strip__run ") == 30
        assert "The last 30 runs: 25 succeeded, 5 failed." in text_of(response)


class TestPipelinesLive:
    def test_nothing_new_is_answered_with_nothing(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.RUNNING)
        url = _question(member_client.get(address(org, "pipelines")))

        response = member_client.get(url, headers={"HX-Request": "true"})

        assert response.status_code == HTTPStatus.NO_CONTENT

    def test_costs_one_statement_while_nothing_changes(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.RUNNING)
        url = _question(member_client.get(address(org, "pipelines")))

        with CaptureQueriesContext(connection) as queries:
            member_client.get(url, headers={"HX-Request": "true"})

        assert sum("ingestion_" in query["sql"] for query in queries) == 1

    def test_asks_often_while_something_runs(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.RUNNING)

        html = member_client.get(address(org, "pipelines")).content.decode()

        assert 'hx-trigger="every 2s, magpie:sync-changed from:body"' in html

    def test_asks_seldom_while_all_waits(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        _, job, _ = make_source(org)
        make_run(job, RunState.RETRY_WAIT, run_after=ago(hours=-1))

        html = member_client.get(address(org, "pipelines")).content.decode()

        assert 'hx-trigger="every 15s, magpie:sync-changed from:body"' in html

    def test_stops_once_all_is_idle(self, org: Organization, member_client: MemberClient) -> None:
        _, job, _ = make_source(org)
        run = make_run(job, RunState.RUNNING)
        url = _question(member_client.get(address(org, "pipelines")))
        with org_scope(org.pk):
            SyncRun.objects.filter(pk=run.pk).update(
                state=RunState.SUCCEEDED, lease_token=None, finished_at=ago(seconds=1)
            )

        response = member_client.get(url, headers={"HX-Request": "true"})

        assert response.status_code == 286
        assert 'hx-trigger="magpie:sync-changed from:body"' in response.content.decode()


def _statements(client: MemberClient, org: Organization) -> int:
    client.get(address(org, "pipelines"))
    with CaptureQueriesContext(connection) as queries:
        client.get(address(org, "pipelines"))
    return len(queries)


def _question(response: Any) -> str:
    html = response.content.decode()
    found = re.search(r'hx-get="([^"]+pipelines/live/[^"]*)"', html)
    assert found is not None
    return found[1].replace("&amp;", "&")


class TestBlocked:
    def test_says_until_when_and_offers_nothing_that_can_only_fail(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        source, job, _ = make_source(org, state="stale")
        make_run(job, RunState.FAILED, error_code="network", user_message="Not reached.")
        url = org_reverse(org, "ingestion:pipelines")
        run_address = org_reverse(org, "ingestion:job_run", job_id=job.pk)
        assert html_of(member_client.get(url)).count(f'action="{run_address}"') == 2

        with org_scope(org.pk):
            Connection.objects.filter(pk=source.pk).update(blocked_until=ago(hours=-1))

        response = member_client.get(url)
        assert run_address not in html_of(response)
        assert "Source asks us to wait until" in text_of(response)


def test_the_next_run_of_an_interval_is_told_in_the_readers_zone(
    org: Organization, member_client: MemberClient
) -> None:
    due = dt.datetime(2027, 1, 4, 5, 30, tzinfo=dt.UTC)
    make_source(org, job={"next_due_at": due})

    page = html_of(member_client.get(org_reverse(org, "ingestion:pipelines")))

    assert f'<time datetime="{due.isoformat()}"' in page


def test_a_line_and_a_stage_can_be_linked_to(
    org: Organization, member_client: MemberClient
) -> None:
    _, job, _ = make_source(org)
    with org_scope(org.pk):
        stage = Job.objects.get(kind="fetch")

    page = html_of(member_client.get(org_reverse(org, "ingestion:pipelines")))

    for each in (job, stage):
        assert page.count(f'id="line-{each.pk}"') == 1
