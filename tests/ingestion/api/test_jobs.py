"""Jobs over the API: seeing, running, pausing and scheduling them."""

from typing import Any

import pytest
from django.test import Client

from connectors.models import Connection
from ingestion.models import CheckpointHistory, Job, SourceCheckpoint, SyncRun
from ingestion.models.job import JobKind, JobState
from tenants.models import Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.factories import MembershipFactory
from tests.ingestion.api.support import V1, listed, make_job, make_run, post, put, queries_of

pytestmark = pytest.mark.django_db

Headers = dict[str, str]
NOBODYS = "00000000-0000-4000-8000-000000000000"


def connect(org: Organization, name: str = "Pinterest") -> Connection:
    with org_scope(org.pk):
        return Connection.objects.create(org=org, source="pinterest", name=name)


@pytest.fixture
def job(org: Organization) -> Job:
    with org_scope(org.pk):
        # Those that came with the organization are none of these tests' business.
        Job.objects.all().delete()
    return make_job(org)


class TestReading:
    def test_one_tells_what_is_done_when_and_by_which_runs(
        self, org: Organization, client: Client, headers: Headers, caller: Membership
    ) -> None:
        job = make_job(
            org, connection=connect(org), interval_s=3600, name="Nightly", state="paused",
            paused_at="2026-01-02T03:04:05Z", paused_by=caller.user, pause_reason="Moving",
        )  # fmt: skip
        waiting = make_run(job, state="queued")
        make_run(job)

        body = client.get(f"{V1}/jobs/{job.pk}", headers=headers).json()

        assert (body["kind"], body["label"], body["state"]) == ("rendition", "Nightly", "paused")
        assert body["connection"]["name"] == "Pinterest"
        assert (body["interval_s"], body["cron"], body["timezone"]) == (3600, "", "UTC")
        assert body["paused_by"]["id"] == str(caller.user_id)
        assert body["pause_reason"] == "Moving"
        assert [run["id"] for run in body["open_runs"]] == [str(waiting.pk)]

    def test_one_without_a_name_is_called_after_its_kind(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        body = client.get(f"{V1}/jobs/{job.pk}", headers=headers).json()

        assert (body["name"], body["label"]) == ("", "Make thumbnails")

    def test_one_of_a_kind_that_is_gone_is_still_told_of(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        job = make_job(org, kind="gone", params={"secret": "1"})

        body = client.get(f"{V1}/jobs/{job.pk}", headers=headers).json()

        assert (body["label"], body["params"]) == ("gone", {})

    def test_what_a_job_notes_for_itself_is_not_told(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        job = make_job(org, kind=JobKind.IMPORT, is_one_off=True, params={"own_note": "x"})

        assert client.get(f"{V1}/jobs/{job.pk}", headers=headers).json()["params"] == {}

    def test_the_list_is_newest_first_and_has_pages(
        self, org: Organization, job: Job, client: Client, headers: Headers
    ) -> None:
        later = make_job(org, kind=JobKind.FETCH)

        first = client.get(f"{V1}/jobs?limit=1", headers=headers).json()
        second = client.get(first["next"], headers=headers).json()

        assert [each["id"] for each in first["results"]] == [str(later.pk)]
        assert [each["id"] for each in second["results"]] == [str(job.pk)]
        assert second["next"] is None

    def test_the_list_costs_the_same_for_any_number_of_jobs_and_runs(
        self, org: Organization, job: Job, client: Client, headers: Headers
    ) -> None:
        few = queries_of(client, "jobs", headers)
        for number in range(5):
            for _ in range(3):
                make_run(
                    make_job(org, is_one_off=True, connection=connect(org, f"{number} {_}")),
                    state="queued",
                )

        assert len(queries_of(client, "jobs", headers)) == len(few) == 2


class TestFilters:
    def test_keep_what_was_asked_for(
        self, org: Organization, job: Job, client: Client, headers: Headers
    ) -> None:
        source = connect(org)
        drop = make_job(org, kind=JobKind.DROP, connection=source)
        old = make_job(org, kind=JobKind.IMPORT, is_one_off=True, state=JobState.ARCHIVED)

        def found(query: str) -> set[str]:
            return {each["id"] for each in listed(client, f"jobs?{query}", headers)}

        assert found("kind=rendition") == {str(job.pk)}
        assert found("is_one_off=true") == {str(old.pk)}
        assert found("is_one_off=false") == {str(job.pk), str(drop.pk)}
        assert found("state=archived") == {str(old.pk)}
        assert found("state=active&state=archived") == {str(each.pk) for each in (job, drop, old)}
        assert found(f"connection={source.pk}") == {str(drop.pk)}
        assert found(f"connection={source.pk}&kind=rendition") == set()

    def test_of_anothers_connection_find_what_a_made_up_one_does(
        self, other_org: Organization, job: Job, client: Client, headers: Headers
    ) -> None:
        foreign = connect(other_org)
        make_job(other_org, connection=foreign)

        for key in (foreign.pk, NOBODYS):
            assert listed(client, f"jobs?connection={key}", headers) == []

    @pytest.mark.parametrize(
        ("query", "field"),
        [("knd=import", "knd"), ("state=lost", "state"), ("is_one_off=perhaps", "is_one_off")],
    )
    def test_with_a_slip_are_refused(
        self, client: Client, headers: Headers, query: str, field: str
    ) -> None:
        response = client.get(f"{V1}/jobs?{query}", headers=headers)

        assert response.status_code == 400
        assert response.json()["code"] == "invalid"
        assert set(response.json()["fields"]) == {field}


class TestRunning:
    def test_queues_a_run_at_once_and_a_second_time_returns_the_same(
        self, job: Job, caller: Membership, client: Client, headers: Headers
    ) -> None:
        first = post(client, f"jobs/{job.pk}/run", headers)
        second = post(client, f"jobs/{job.pk}/run", headers)

        assert (first.status_code, second.status_code) == (202, 200)
        assert (first.json()["is_new"], second.json()["is_new"]) == (True, False)
        assert first.json()["run"]["id"] == second.json()["run"]["id"]
        run = first.json()["run"]
        assert (run["state"], run["trigger"]) == ("queued", "api")
        assert run["created_by_id"] == str(caller.user_id)
        with org_scope(job.org_id):
            assert SyncRun.objects.filter(job=job).count() == 1

    def test_of_a_paused_job_is_refused_with_the_way_out(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        post(client, f"jobs/{job.pk}/pause", headers)

        response = post(client, f"jobs/{job.pk}/run", headers)

        assert (response.status_code, response.json()["code"]) == (409, "job_paused")
        assert "Resume it first" in response.json()["message"]
        with org_scope(job.org_id):
            assert not SyncRun.objects.filter(job=job).exists()

    def test_of_a_kind_that_is_gone_is_refused_with_a_sentence(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        job = make_job(org, kind="gone")

        response = post(client, f"jobs/{job.pk}/run", headers)

        assert (response.status_code, response.json()["code"]) == (409, "kind_unknown")
        assert "no jobs of the kind “gone”" in response.json()["message"]


class TestPausing:
    def test_says_by_whom_and_why_and_resuming_forgets_it(
        self, job: Job, caller: Membership, client: Client, headers: Headers
    ) -> None:
        paused = post(client, f"jobs/{job.pk}/pause", headers, reason="Moving house").json()
        resumed = post(client, f"jobs/{job.pk}/resume", headers).json()

        assert (paused["state"], paused["pause_reason"]) == ("paused", "Moving house")
        assert paused["paused_by"]["id"] == str(caller.user_id)
        assert (resumed["state"], resumed["paused_at"]) == ("active", None)

    def test_with_too_long_a_reason_is_refused(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        response = post(client, f"jobs/{job.pk}/pause", headers, reason="x" * 201)

        assert (response.status_code, set(response.json()["fields"])) == (400, {"reason"})


class TestScheduling:
    def test_says_when_it_runs_next(self, job: Job, client: Client, headers: Headers) -> None:
        body = put(
            client, f"jobs/{job.pk}/schedule", headers, cron="30 6 * * *", timezone="Europe/Berlin"
        ).json()

        assert (body["cron"], body["timezone"]) == ("30 6 * * *", "Europe/Berlin")
        assert body["next_due_at"] is not None

    def test_of_nothing_takes_the_schedule_away(
        self, job: Job, client: Client, headers: Headers
    ) -> None:
        put(client, f"jobs/{job.pk}/schedule", headers, interval_s=3600)

        body = put(client, f"jobs/{job.pk}/schedule", headers).json()

        assert (body["interval_s"], body["cron"], body["next_due_at"]) == (None, "", None)

    @pytest.mark.parametrize(
        ("schedule", "words"),
        [
            ({"interval_s": 3600, "cron": "0 6 * * *"}, "not both"),
            ({"interval_s": 10}, "between five minutes and a year"),
            ({"cron": "every day"}, "is no cron expression"),
            ({"cron": "0 6 * * *", "timezone": "Mars"}, "There is no time zone"),
        ],
    )
    def test_that_cannot_be_meant_is_refused_and_says_why(
        self, job: Job, client: Client, headers: Headers, schedule: dict[str, Any], words: str
    ) -> None:
        response = put(client, f"jobs/{job.pk}/schedule", headers, **schedule)

        assert (response.status_code, response.json()["code"]) == (400, "cadence_invalid")
        assert words in response.json()["message"]


class TestCheckpoints:
    def test_are_those_of_the_jobs_own_stream_the_latest_first(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        source = connect(org)
        job = make_job(org, kind=JobKind.DROP, connection=source)
        run = make_run(job)
        with org_scope(org.pk):
            own, other = (
                SourceCheckpoint.objects.create(org=org, connection=source, stream=stream)
                for stream in (JobKind.DROP, "another")
            )
            for mark, sequence in ((own, 1), (own, 2), (other, 3)):
                CheckpointHistory.objects.create(
                    org=org,
                    checkpoint=mark,
                    sequence=sequence,
                    run_id=run.pk,
                    cursor={"next": "canary"},
                )

        response = client.get(f"{V1}/jobs/{job.pk}/checkpoints", headers=headers)

        found = response.json()["results"]
        assert [each["sequence"] for each in found] == [2, 1]
        assert {each["run_id"] for each in found} == {str(run.pk)}
        assert "canary" not in response.text


class TestOthers:
    @pytest.mark.parametrize("name", ["run", "pause", "resume"])
    def test_find_no_job_of_another_organization(
        self, other_org: Organization, client: Client, headers: Headers, name: str
    ) -> None:
        foreign = make_job(other_org)

        assert post(client, f"jobs/{foreign.pk}/{name}", headers).status_code == 404
        assert client.get(f"{V1}/jobs/{foreign.pk}", headers=headers).status_code == 404

    def test_who_only_look_may_not_act(self, org: Organization, job: Job, client: Client) -> None:
        viewer = MembershipFactory.create(org=org, role=Role.VIEWER)
        client.force_login(viewer.user)
        session = {"X-Magpie-Org": org.slug}

        assert client.get(f"{V1}/jobs", headers=session).status_code == 200
        for name in ("run", "pause", "resume"):
            assert post(client, f"jobs/{job.pk}/{name}", session).status_code == 403
        assert put(client, f"jobs/{job.pk}/schedule", session).status_code == 403
