"""When a session was last used is kept, and costs nothing on most pages."""

import datetime as dt

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tenants.activity import RECORDED_EVERY_S

pytestmark = pytest.mark.django_db

PAGE = reverse("account_settings")
EVERY = dt.timedelta(seconds=RECORDED_EVERY_S)


def visit(client: Client, **headers: str) -> list[str]:
    """Look at a page; return the statements about sessions that it took."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE, headers=headers).status_code == 200
    return [query["sql"] for query in captured if "usersessions" in query["sql"]]


def test_the_first_page_records_and_the_next_cost_nothing(member_client: Client) -> None:
    assert visit(member_client) != []
    assert visit(member_client) == []


def test_last_seen_is_renewed_every_few_minutes(member_client: Client) -> None:
    start = timezone.now()

    def seen_at(after: dt.timedelta) -> dt.datetime:
        with time_machine.travel(start + after, tick=False):
            visit(member_client)
        seen: dt.datetime = UserSession.objects.get().last_seen_at
        return seen

    first = seen_at(EVERY)
    assert seen_at(EVERY * 1.9) == first
    assert seen_at(EVERY * 2.1) == start + EVERY * 2.1


def test_another_browser_or_address_is_recorded_at_once(member_client: Client) -> None:
    visit(member_client)

    visit(member_client, user_agent="curl/8")
    assert UserSession.objects.get().user_agent == "curl/8"

    member_client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    visit(member_client, user_agent="curl/8")
    assert UserSession.objects.get().ip == "192.0.2.7"


def test_strangers_cost_nothing(client: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("account_login"))

    assert len(captured) == 0
    assert not UserSession.objects.exists()
