"""Runs over the API: watching them, calling them off, trying them again."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from ingestion.engine import runs as engine
from ingestion.models import Job, RunAttempt, RunEvent, RunItem, RunStep, SyncRun
from ingestion.models.job import JobKind
from media.models import StageState
from media.models.stage import Stage
from tenants.models import Membership, Organization
from tenants.scope import org_scope
from tests.ingestion.api.support import V1, listed, make_job, make_run, post, queries_of
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.stages.units import queue_pictures, queue_stage
from tests.ingestion.support import claimed, import_bytes

pytestmark = pytest.mark.django_db

Headers = dict[str, str]
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def job(org: Organization) -> Job:
    return make_job(org)


class TestReading:
    def test_one_has_its_steps_in_order_and_its_latest_tries_first(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        run = make_run(job)
        with org_scope(job.org_id):
            for position in (2, 1):
                RunStep.objects.create(
                    org_id=job.org_id, run=run, position=position, name=f"step {position}",
                    state="succeeded", internal_message="canary",
                )  # fmt: skip
            for number in (1, 2):
                RunAttempt.objects.create(
                    org_id=job.org_id, run=run, number=number, worker="canary",
                    outcome="failed", internal_message="canary",
                )  # fmt: skip

        response = client.get(f"{V1}/runs/{run.pk}", headers=headers)

        body = response.json()
        assert [step["name"] for step in body["steps"]] == ["step 1", "step 2"]
        assert [attempt["number"] for attempt in body["attempts"]] == [2, 1]
        assert "canary" not in response.text

    def test_the_list_is_newest_first_and_has_pages(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        runs = [str(make_run(job).pk) for _ in range(3)]

        first = client.get(f"{V1}/runs?limit=2", headers=headers).json()
        second = client.get(first["next"], headers=headers).json()

        assert [each["id"] for each in first["results"]] == [runs[2], runs[1]]
        assert [each["id"] for each in second["results"]] == [runs[0]]
        assert second["next"] is None

    def test_lists_and_details_cost_the_same_for_any_number(
        self, org: Organization, job: Job, client: Client, headers: Headers
    ) -> None:
        run = make_run(make_job(org, kind=JobKind.IMPORT, is_one_off=True))
        paths = ("runs", f"runs/{run.pk}", f"runs/{run.pk}/items", f"runs/{run.pk}/events")
        few = [len(queries_of(client, path, headers)) for path in paths]
        for _ in range(4):
            make_run(make_job(org, is_one_off=True))
        with org_scope(org.pk):
            for number in range(4):
                RunStep.objects.create(org=org, run=run, position=number, name="step")
                RunAttempt.objects.create(org=org, run=run, number=number, worker="w")
                RunEvent.objects.create(org=org, run=run, name="queued")
                RunItem.objects.create(org=org, run=run, ordinal=number, outcome="failed")

        assert [len(queries_of(client, path, headers)) for path in paths] == few == [1, 3, 2, 2]


class TestFilters:
    def test_keep_what_was_asked_for(
        self, org: Organization, job: Job, client: Client, headers: Headers
    ) -> None:
        ended = make_run(job, created_at="2026-01-01T00:00:00Z")
        waiting = make_run(job, state="queued", created_at="2026-01-02T00:00:00Z")
        other = make_run(make_job(org, kind=JobKind.FETCH), created_at="2026-01-03T00:00:00Z")

        def found(query: str) -> list[str]:
            return [each["id"] for each in listed(client, f"runs?{query}", headers)]

        assert found(f"job={job.pk}") == [str(waiting.pk), str(ended.pk)]
        assert found("state=queued") == [str(waiting.pk)]
        assert found("state=queued&state=succeeded&kind=rendition") == [
            str(waiting.pk),
            str(ended.pk),
        ]
        assert found("kind=fetch") == [str(other.pk)]
        assert found("since=2026-01-02T00:00:00Z") == [str(other.pk), str(waiting.pk)]

    @pytest.mark.parametrize("name", ["job", "connection"])
    def test_of_anothers_rows_find_what_a_made_up_key_does(
        self, other_org: Organization, job: Job, client: Client, headers: Headers, name: str
    ) -> None:
        make_run(job)
        foreign = make_run(make_job(other_org), connection_id=NOBODYS)
        theirs = {"job": foreign.job_id, "connection": foreign.connection_id}

        for key in (theirs[name], NOBODYS):
            assert listed(client, f"runs?{name}={key}", headers) == []

    @pytest.mark.parametrize("query", ["jb=1", "state=lost", "since=yesterday", "job=1"])
    def test_with_a_slip_are_refused(self, client: Client, headers: Headers, query: str) -> None:
        response = client.get(f"{V1}/runs?{query}", headers=headers)

        assert (response.status_code, response.json()["code"]) == (400, "invalid")


class TestItems:
    def test_are_filtered_by_outcome_and_reason(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        skipped = listed(client, f"runs/{run.pk}/items?outcome=skipped", headers)
        doubles = listed(client, f"runs/{run.pk}/items?reason=duplicate_in_file", headers)

        assert [item["ordinal"] for item in skipped] == [50, 51, 52, 53]
        assert [item["ordinal"] for item in doubles] == [50, 51]
        assert doubles[0]["explanation"].startswith("A double within the file")

    def test_have_pages_in_the_order_of_the_source(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))

        first = client.get(f"{V1}/runs/{run.pk}/items?limit=30", headers=headers).json()
        rest = client.get(first["next"], headers=headers).json()

        places = [item["ordinal"] for item in (*first["results"], *rest["results"])]
        assert places == list(range(54))


class TestPicturesOfAStage:
    @pytest.fixture
    def run(self, org: Organization) -> SyncRun:
        """A run that gave one picture up, after one before it and beside one that waits."""
        with org_scope(org.pk):
            states = queue_pictures(org, [f"https://example.com/{n}.jpg" for n in range(4)])
            failed, earlier, waiting, _ = (state.pk for state in states)
            run = queue_stage(org, Stage.FETCH)
            held = claimed(run)
            now = timezone.now()
            of = StageState.objects.filter
            of(pk=failed).update(status="failed", error_code="not_found", updated_at=now)
            of(pk=earlier).update(
                status="failed", error_code="forbidden", updated_at=now - dt.timedelta(days=1)
            )
            of(pk=waiting).update(error_code="timed_out", due_at=now + dt.timedelta(hours=1))
            engine.finish_run(held, with_warnings=True)
        return run

    def test_are_told_as_the_page_tells_them(
        self, run: SyncRun, client: Client, headers: Headers
    ) -> None:
        found = listed(client, f"runs/{run.pk}/items", headers)

        assert {(each["outcome"], each["reason"]) for each in found} == {
            ("failed", "not_found"),
            ("earlier", "forbidden"),
            ("waiting", "timed_out"),
        }
        assert all(each["ordinal"] is None and each["asset_id"] for each in found)
        assert all(each["explanation"] for each in found)

    def test_are_filtered_and_have_pages(
        self, run: SyncRun, client: Client, headers: Headers
    ) -> None:
        def reasons(query: str) -> list[str]:
            return [
                each["reason"] for each in listed(client, f"runs/{run.pk}/items?{query}", headers)
            ]

        assert reasons("outcome=failed") == ["not_found"]
        assert reasons("outcome=earlier") == reasons("reason=forbidden") == ["forbidden"]
        assert reasons("outcome=waiting") == ["timed_out"]
        assert reasons("outcome=new") == reasons("outcome=failed&reason=forbidden") == []
        first = client.get(f"{V1}/runs/{run.pk}/items?limit=2", headers=headers).json()
        rest = client.get(first["next"], headers=headers).json()
        assert (len(first["results"]), len(rest["results"]), rest["next"]) == (2, 1, None)


class TestEvents:
    def test_tell_what_happened_in_order_and_who_did_it(
        self, job: Job, caller: Membership, client: Client, headers: Headers
    ) -> None:
        run = post(client, f"jobs/{job.pk}/run", headers).json()["run"]
        post(client, f"runs/{run['id']}/cancel", headers)

        events = listed(client, f"runs/{run['id']}/events", headers)

        assert [event["name"] for event in events] == [
            "queued",
            "asked_for",
            "cancel_requested",
            "cancelled",
        ]
        assert events[1]["detail"]["by"] == str(caller.user_id)


class TestCancelling:
    def test_ends_what_waits_at_once_and_a_second_time_changes_nothing(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        run = make_run(job, state="queued")

        first = post(client, f"runs/{run.pk}/cancel", headers)
        second = post(client, f"runs/{run.pk}/cancel", headers)

        assert (first.status_code, first.json()["state"]) == (202, "cancelled")
        assert (second.status_code, second.json()["state"]) == (200, "cancelled")
        assert first.json()["cancel_requested_at"] == second.json()["cancel_requested_at"]


class TestRetrying:
    def test_of_what_ended_badly_queues_another_once(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        run = make_run(job, state="failed")

        first = post(client, f"runs/{run.pk}/retry", headers)
        second = post(client, f"runs/{run.pk}/retry", headers)

        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json()["run"]["id"] == second.json()["run"]["id"] != str(run.pk)
        assert (first.json()["is_new"], second.json()["is_new"]) == (True, False)

    def test_of_what_ended_well_is_refused_and_says_what_to_do(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        response = post(client, f"runs/{make_run(job).pk}/retry", headers)

        assert (response.status_code, response.json()["code"]) == (409, "not_ready")
        assert "nothing to try again" in response.json()["message"]


class TestOthers:
    def test_find_no_run_of_another_organization(
        self, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        run = make_run(make_job(other_org), state="queued")

        for path in ("", "/items", "/events"):
            assert client.get(f"{V1}/runs/{run.pk}{path}", headers=headers).status_code == 404
        for name in ("cancel", "retry"):
            assert post(client, f"runs/{run.pk}/{name}", headers).status_code == 404
        with org_scope(other_org.pk):
            assert SyncRun.objects.get(pk=run.pk).state == "queued"
