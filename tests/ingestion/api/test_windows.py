"""What people ask of jobs beyond a plain run, over the API, and jobs that programs make."""

from typing import Any

import pytest
from django.test import Client

from connectors.models import Connection
from ingestion.models import CheckpointHistory, Job, RunItem, SourceCheckpoint
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.api.support import V1, make_job, make_run, post
from tests.ingestion.crawler import as_zip, quirky_rows
from tests.ingestion.support import import_bytes

pytestmark = pytest.mark.django_db

Headers = dict[str, str]
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def source(org: Organization) -> Connection:
    with org_scope(org.pk):
        return Connection.objects.create(org=org, source="pinterest", name="Pinterest")


@pytest.fixture
def drop(org: Organization, source: Connection) -> Job:
    return make_job(org, kind=JobKind.DROP, connection=source, params={"folder": ""})


def checkpoint_of(job: Job, stream: str = JobKind.DROP) -> CheckpointHistory:
    """Return where a stream of the job's connection stood after a run."""
    assert job.connection_id is not None
    with org_scope(job.org_id):
        mark = SourceCheckpoint.objects.create(
            org_id=job.org_id, connection_id=job.connection_id, stream=stream, sequence=5
        )
        return CheckpointHistory.objects.create(
            org_id=job.org_id, checkpoint=mark, sequence=3, run_id=make_run(job).pk, cursor={}
        )


class TestRewinding:
    def test_queues_a_run_from_there_and_one_only(
        self, drop: Job, client: Client, headers: Headers
    ) -> None:
        key = str(checkpoint_of(drop).pk)

        first, second = (
            post(client, f"jobs/{drop.pk}/rewind", headers, checkpoint=key) for _ in range(2)
        )

        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json()["run"]["mode"] == "rewind"
        assert first.json()["run"]["id"] == second.json()["run"]["id"]

    def test_to_a_checkpoint_of_another_stream_or_organization_is_refused_alike(
        self, drop: Job, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        with org_scope(other_org.pk):
            theirs = Connection.objects.create(org=other_org, source="pinterest", name="Theirs")
        foreign = make_job(other_org, kind=JobKind.DROP, connection=theirs)
        keys = [checkpoint_of(drop, "another").pk, checkpoint_of(foreign).pk, NOBODYS]

        answers = [
            post(client, f"jobs/{drop.pk}/rewind", headers, checkpoint=str(key)) for key in keys
        ]

        assert {answer.status_code for answer in answers} == {400}
        assert {answer.text for answer in answers} == {answers[0].text}
        assert answers[0].json()["fields"] == {"checkpoint": ["The job has no such checkpoint."]}


class TestBackfilling:
    def test_reads_a_window_by_a_run_of_its_own(
        self, drop: Job, client: Client, headers: Headers
    ) -> None:
        window = {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}

        first, second = (
            post(client, f"jobs/{drop.pk}/backfill", headers, **window) for _ in range(2)
        )

        run = first.json()["run"]
        assert (first.status_code, second.status_code) == (202, 200)
        assert (run["mode"], run["window_from"], run["window_to"]) == ("backfill", *window.values())
        assert second.json()["run"]["id"] == run["id"]

    @pytest.mark.parametrize(
        ("window", "code"),
        [
            ({}, "params_invalid"),
            ({"start": "2026-02-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "params_invalid"),
            ({"start": "soon"}, "invalid"),
        ],
    )
    def test_of_no_window_is_refused(
        self, drop: Job, client: Client, headers: Headers, window: dict[str, Any], code: str
    ) -> None:
        response = post(client, f"jobs/{drop.pk}/backfill", headers, **window)

        assert (response.status_code, response.json()["code"]) == (400, code)

    def test_of_a_job_that_knows_no_times_is_refused(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        response = post(
            client, f"jobs/{make_job(org).pk}/backfill", headers, start="2026-01-01T00:00:00Z"
        )

        assert (response.status_code, response.json()["code"]) == (409, "not_ready")


class TestRehearsing:
    def test_queues_a_run_that_writes_nothing(
        self, drop: Job, client: Client, headers: Headers
    ) -> None:
        first, second = (post(client, f"jobs/{drop.pk}/rehearse", headers) for _ in range(2))

        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json()["run"]["is_dry_run"] is True
        assert first.json()["run"]["id"] == second.json()["run"]["id"]


class TestRetryingWhatFailed:
    def test_queues_a_run_over_the_items_that_failed(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        run = import_bytes(org, as_zip(quirky_rows()))
        with org_scope(org.pk):
            RunItem.objects.filter(run=run, ordinal__lt=2).update(outcome="failed")

        first, second = (post(client, f"runs/{run.pk}/retry-failed", headers) for _ in range(2))

        assert (first.status_code, second.status_code) == (202, 200)
        assert (first.json()["item_count"], first.json()["run"]["mode"]) == (2, "failed")
        assert first.json()["run"]["id"] == second.json()["run"]["id"] != str(run.pk)

    def test_where_nothing_failed_is_refused_and_says_so(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        run = make_run(make_job(org))

        response = post(client, f"runs/{run.pk}/retry-failed", headers)

        assert (response.status_code, response.json()["code"]) == (409, "nothing_to_run")


class TestMaking:
    def test_watches_a_folder(self, source: Connection, client: Client, headers: Headers) -> None:
        response = post(
            client, "jobs", headers, kind="drop", connection=str(source.pk),
            params={"folder": "exports"}, interval_s=3600,
        )  # fmt: skip

        body = response.json()
        assert response.status_code == 201, response.text
        assert (body["kind"], body["params"]) == ("drop", {"folder": "exports"})
        assert body["connection"]["id"] == str(source.pk)
        assert (body["interval_s"], body["is_one_off"]) == (3600, False)
        assert [(run["state"], run["trigger"]) for run in body["open_runs"]] == [("queued", "api")]

    def test_needs_no_connection_where_a_source_is_named(
        self, org: Organization, client: Client, headers: Headers
    ) -> None:
        answers = [post(client, "jobs", headers, kind="drop", source="pinterest") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        first, second = (answer.json() for answer in answers)
        assert (first["id"], first["connection"]) == (second["id"], second["connection"])
        assert first["connection"]["source"] == "pinterest"
        with org_scope(org.pk):
            assert Connection.objects.get().is_default

    @pytest.mark.parametrize("value", [["a"], {"a": 1}, 5, True, None])
    def test_of_a_folder_that_is_no_text_is_refused_and_moves_nothing(
        self, source: Connection, client: Client, headers: Headers, value: Any
    ) -> None:
        wanted = {"kind": "drop", "connection": str(source.pk)}
        job = post(client, "jobs", headers, **wanted, params={"folder": "exports"}).json()

        response = post(client, "jobs", headers, **wanted, params={"folder": value})

        assert (response.status_code, response.json()["code"]) == (400, "invalid")
        assert "This must be of the type string." in response.text
        kept = client.get(f"{V1}/jobs/{job['id']}", headers=headers).json()
        assert kept["params"] == {"folder": "exports"}

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"kind": "import"}, {"kind"}),
            ({"params": {"folder": "../theirs"}}, {"params"}),
            ({"params": {"path": "exports"}}, {"params"}),
            ({"connection": NOBODYS}, {"connection"}),
            ({"connection": None}, {"connection"}),
            ({"source": "pinterest"}, {"connection"}),
            ({"connection": None, "source": "nowhere"}, {"source"}),
        ],
    )
    def test_of_what_does_not_fit_is_refused_field_by_field(
        self,
        source: Connection,
        client: Client,
        headers: Headers,
        changes: dict[str, Any],
        fields: set[str],
    ) -> None:
        wanted = {"kind": "drop", "connection": str(source.pk), "params": {"folder": "exports"}}

        response = post(client, "jobs", headers, **wanted | changes)

        assert (response.status_code, response.json()["code"]) == (400, "invalid")
        assert set(response.json()["fields"]) == fields

    def test_for_anothers_connection_is_refused_like_for_a_made_up_one(
        self, other_org: Organization, client: Client, headers: Headers
    ) -> None:
        with org_scope(other_org.pk):
            theirs = Connection.objects.create(org=other_org, source="pinterest", name="Theirs")

        answers = [
            post(client, "jobs", headers, kind="drop", connection=str(key))
            for key in (theirs.pk, NOBODYS)
        ]

        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[0].text == answers[1].text
