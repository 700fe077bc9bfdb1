"""Parts of pages, asked for after the session has ended."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import Organization
from tests.factories import MembershipFactory
from tests.isolation.addresses import PLAIN_PARAMETERS, PUBLIC, Address, all_addresses

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE = "http://testserver/o/acme/runs/?state=failed"
# Each asks again by itself, or when the window comes to the front.
ASKED_AGAIN = {
    "ingestion:connections_live",
    "ingestion:import_progress",
    "ingestion:notification_count",
    "ingestion:pipelines_live",
    "ingestion:run_live",
    "ingestion:sync_status",
    "media:progress",
}
# A source leads a whole window there.
NO_PART = {"ingestion:connection_callback"}


def fragments() -> list[Address]:
    left_out = PUBLIC | NO_PART
    return [each for each in all_addresses() if not each.is_api and each.name not in left_out]


def signed_out(response: Any) -> dict[str, str]:
    return dict(json.loads(response["HX-Trigger"])["magpie:signed-out"])


def test_the_polling_parts_are_among_those_tried() -> None:
    assert {each.name for each in fragments()} >= ASKED_AGAIN


@pytest.mark.parametrize("address", fragments(), ids=lambda each: each.route)
def test_no_part_of_a_page_leads_to_the_sign_in(client: Client, address: Address) -> None:
    made_up = dict.fromkeys(address.parameters, "00000000-0000-7000-8000-000000000000")
    url = address.url(**made_up | PLAIN_PARAMETERS | {"org_slug": "acme"})

    response = client.get(url, headers=HTMX)

    assert response.status_code == 401
    assert "<" not in response.text


def test_says_so_and_leads_back_to_the_page(client: Client, org: Organization) -> None:
    url = reverse("ingestion:pipelines_live", args=[org.slug])

    response = client.get(url, headers=HTMX | {"HX-Current-URL": PAGE})

    said = signed_out(response)
    assert said["message"] == response.text
    assert said["href"].endswith(f"?next={quote('/o/acme/runs/?state=failed', safe='')}")
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]


def test_a_form_of_before_gets_what_makes_it_good_again(org: Organization) -> None:
    client = Client(enforce_csrf_checks=True)
    url = reverse("ingestion:upload_page", args=[org.slug])

    # Whoever signs in anew gets another cookie, or had none any more.
    stranger = client.post(url, headers=HTMX | {"HX-Current-URL": PAGE})
    client.force_login(MembershipFactory.create(org=org).user)
    stale = client.post(url, headers=HTMX)
    token = json.loads(stale["HX-Trigger"])["magpie:fresh-token"]["token"]
    again = client.post(url, headers=HTMX | {"X-CSRFToken": token})

    assert stranger.status_code == 401
    assert "next=" in signed_out(stranger)["href"]
    assert (stale.status_code, stale["Cache-Control"]) == (403, "no-store")
    assert again.status_code == 422
    # A page that is no script's gets the same words as ever, and no token.
    assert "HX-Trigger" not in client.post(url)


def test_leads_to_no_other_site(client: Client, org: Organization) -> None:
    url = reverse("ingestion:pipelines_live", args=[org.slug])

    response = client.get(url, headers=HTMX | {"HX-Current-URL": "https://elsewhere.example/"})

    assert signed_out(response)["href"] == reverse("account_login")


def test_a_page_leads_to_the_sign_in_as_ever(client: Client, org: Organization) -> None:
    response = client.get(reverse("ingestion:pipelines", args=[org.slug]))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
