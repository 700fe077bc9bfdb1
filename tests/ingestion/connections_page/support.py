"""What the tests of Connections share: a person who goes to the stand-in and comes back."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.credentials import Tokens
from connectors.models import Connection, Credential
from connectors.pinterest_api.connector import Pinterest
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.syncs.services import link_account
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tenants.urls_for import org_reverse
from tests.conftest import MemberClient
from tests.ingestion.support import work
from tests.pinterest_api.fake import ALL_SCOPES, FakePinterest

DAY = dt.timedelta(days=1)
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


def linked(
    org: Organization,
    name: str = "exampleuser",
    *,
    scopes: tuple[str, ...] = ALL_SCOPES,
    tokens: Tokens | None = None,
) -> Job:
    """Link an account, without the way there."""
    now = timezone.now()
    tokens = tokens or Tokens(
        f"hush-a-{name}", f"hush-r-{name}", now + 30 * DAY, now + 60 * DAY, scopes
    )
    with org_scope(org.pk):
        return link_account(Pinterest(), tokens, account_id=name, account_name=name, by=None)


def note(org: Organization, **fields: Any) -> None:
    """Write what is known of the credentials."""
    with org_scope(org.pk):
        Credential.objects.update(**fields)


def leave(client: MemberClient, org: Organization, brought: str) -> str:
    """Let the one account go; return what the next page would say."""
    (credential,) = credentials(org)
    address = page(org, "connection_disconnect", connection_id=credential.connection_id)
    response = client.post(address, {"brought": brought})
    assert response.status_code == 302
    return said(response)


def refs(org: Organization) -> set[str]:
    """Return what the assets are called at their source."""
    with org_scope(org.pk):
        return set(Asset.objects.values_list("source_ref", flat=True))
