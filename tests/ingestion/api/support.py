"""Calls of the API in tests, and the jobs and runs that they are about."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.scope import org_scope

V1 = "/api/v1"


def post(client: Client, path: str, headers: dict[str, str], /, **body: Any) -> Any:
    """Send a body in JSON, and return the answer."""
    return client.post(f"{V1}/{path}", body, content_type="application/json", headers=headers)


def put(client: Client, path: str, headers: dict[str, str], /, **body: Any) -> Any:
    """Replace something by a body in JSON, and return the answer."""
    return client.put(f"{V1}/{path}", body, content_type="application/json", headers=headers)


def listed(client: Client, path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return the rows of a list, one page of it."""
    response = client.get(f"{V1}/{path}", headers=headers)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["results"]
    return rows


def make_job(org: Organization, *, kind: str = JobKind.RENDITION, **fields: Any) -> Job:
    """Return a job that runs only when somebody asks, unless ``fields`` say otherwise."""
    values: dict[str, Any] = {
        "org": org,
        "kind": kind,
        "is_one_off": False,
        "connection": None,
    } | fields
    with org_scope(org.pk):
        if not values["is_one_off"]:
            # One that came with the organization would be a second one.
            Job.objects.filter(
                kind=kind, is_one_off=False, connection=values["connection"]
            ).delete()
        return Job.objects.create(**values)


def make_run(job: Job, **fields: Any) -> SyncRun:
    """Return a run of ``job`` that has ended well, unless ``fields`` say otherwise."""
    with org_scope(job.org_id):
        return SyncRun.objects.create(
            org_id=job.org_id,
            job=job,
            kind=job.kind,
            **{"connection_id": job.connection_id, "state": "succeeded"} | fields,
        )


def queries_of(client: Client, path: str, headers: dict[str, str]) -> list[str]:
    """Return what a call asks of the tables of this app."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"{V1}/{path}", headers=headers).status_code == 200
    return [query["sql"] for query in captured if "ingestion_" in query["sql"]]
