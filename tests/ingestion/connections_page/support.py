"""What the tests of Connections share: a person who goes to the stand-in and comes back."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection, Credential
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.ingestion.support import work
from tests.pinterest_api.fake import FakePinterest

CALLBACK = reverse("ingestion:connection_callback", kwargs={"connector": "pinterest_api"})


def page(org: Organization, name: str = "connections", **keys: Any) -> str:
    return org_reverse(org, f"ingestion:{name}", **keys)


def begin(client: Client, org: Organization, connection: Connection | None = None) -> str:
    """Begin a way, and return the state that the source is to bring back."""
    if connection is None:
        address = page(org, "connection_begin", connector="pinterest_api")
    else:
        address = page(org, "connection_begin_again", connection_id=connection.pk)
    response = client.post(address)
    assert response.status_code == 302, response.content
    asked = parse_qs(urlsplit(response["Location"]).query)
    assert "state" in asked, response["Location"]
    return asked["state"][0]


def come_back(client: Client, fake: FakePinterest, state: str, **brought: str) -> Any:
    """Come back with a code that is good, unless ``brought`` says otherwise."""
    given = brought or {"code": fake.give_code("http://testserver" + CALLBACK)}
    return client.get(f"{CALLBACK}?{urlencode({'state': state, **given})}")


def link(client: Client, org: Organization, fake: FakePinterest) -> Any:
    return come_back(client, fake, begin(client, org))


def said(response: Any) -> str:
    """Return what the next page would say."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def credentials(org: Organization) -> list[Credential]:
    with org_scope(org.pk):
        return list(Credential.objects.select_related("connection").order_by("account_id"))


def sync_job(org: Organization) -> Job:
    with org_scope(org.pk):
        return Job.objects.select_related("connection").get(kind=JobKind.SYNC)


def work_all(org: Organization, kind: str) -> SyncRun:
    """Work the newest run of a kind to its end."""
    with org_scope(org.pk):
        run = SyncRun.objects.filter(kind=kind).order_by("-created_at").first()
        assert run is not None
        due = timezone.now() - dt.timedelta(hours=1)
        SyncRun.objects.filter(pk=run.pk).update(run_after=due)
    return work(run)
