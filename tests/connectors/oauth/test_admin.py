"""Applications in the admin: entered, changed, tested and deleted, and their secret never shown."""

import datetime as dt
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.credentials.platform import read_platform_secret
from connectors.models import OAuthApp, PlatformSecret
from tests.connectors.oauth.conftest import CALLBACK
from tests.operators import sign_in_staff
from tests.pinterest_api.fake import CLIENT, FakePinterest

pytestmark = pytest.mark.django_db

NAME = "pinterest_api.client_secret"
ADD = "admin:connectors_oauthapp_add"
CHANGE = "admin:connectors_oauthapp_change"


@pytest.fixture
def operator(client: Client, fake: FakePinterest) -> Client:
    """A browser of somebody who runs the installation."""
    sign_in_staff(client, is_superuser=True)
    return client


def enter(operator: Client, secret: str = CLIENT[1], **more: str) -> str:
    """Send the form of a new application; return what is said."""
    fields = {"connector": "pinterest_api", "client_id": CLIENT[0], "client_secret": secret}
    response = operator.post(reverse(ADD), {**fields, **more})
    assert response.status_code == 302, response.context["errors"]
    return " ".join(str(each) for each in get_messages(response.wsgi_request))


def change(operator: Client, **fields: str) -> str:
    address = reverse(CHANGE, args=["pinterest_api"])
    response = operator.post(address, {"client_id": CLIENT[0], "client_secret": "", **fields})
    assert response.status_code == 302
    return " ".join(str(each) for each in get_messages(response.wsgi_request))


def test_it_shows_the_address_to_register_before_anything_is_entered(operator: Client) -> None:
    text = operator.get(reverse(ADD)).text

    assert f"Pinterest: {CALLBACK}" in unescape(text)
    assert '<a href="https://developers.pinterest.com/apps/"' in text
    assert "DatabaseDefault" not in text
    assert "Secret entered at" not in text


def test_each_source_has_one(operator: Client) -> None:
    enter(operator)

    assert operator.get(reverse(ADD)).status_code == 403
    assert reverse(ADD) not in operator.get(reverse("admin:connectors_oauthapp_changelist")).text


def test_the_secret_is_sealed_and_never_shown_again(operator: Client) -> None:
    enter(operator)

    pages = [
        reverse(CHANGE, args=["pinterest_api"]),
        reverse("admin:connectors_oauthapp_changelist"),
    ]
    for page in pages:
        text = operator.get(page).text
        assert CLIENT[1] not in text
        assert "Pinterest" in text
    assert read_platform_secret(NAME) == CLIENT[1]
    assert CLIENT[1].encode() not in bytes(PlatformSecret.objects.get(pk=NAME).sealed)
    assert CLIENT[1] not in str(list(LogEntry.objects.values()))


def test_it_says_to_the_minute_when_the_secret_was_entered(operator: Client) -> None:
    enter(operator)
    entered = dt.datetime(2026, 3, 4, 15, 6, 7, 891011, tzinfo=dt.UTC)
    PlatformSecret.objects.update(changed_at=entered)

    text = operator.get(reverse(CHANGE, args=["pinterest_api"])).text

    assert "March 4, 2026, 3:06 p.m." in text
    assert "891011" not in text


def test_an_empty_secret_keeps_the_one_that_is_there(operator: Client) -> None:
    enter(operator)

    change(operator, client_id="another")

    assert OAuthApp.objects.get().client_id == "another"
    assert read_platform_secret(NAME) == CLIENT[1]


def test_the_first_secret_has_to_be_entered(operator: Client) -> None:
    response = operator.post(reverse(ADD), {"connector": "pinterest_api", "client_id": "1"})

    assert "Enter the application&#x27;s secret." in response.text
    assert not OAuthApp.objects.exists()


def test_it_is_tested_where_that_is_asked_for(operator: Client) -> None:
    good = enter(operator, _test="Save and test")
    bad = change(operator, client_secret="hush-wrong", _test="Save and test")

    assert "knows this application, and accepts its secret" in good
    assert "does not accept this id with this secret" in bad


def test_a_source_that_could_not_be_asked_is_no_verdict(
    operator: Client, settings: Settings
) -> None:
    settings.FETCH_HOST_MAP = {}

    said = enter(operator, _test="1")

    assert "Pinterest could not be asked: The name of the site is not known." in said


def test_after_the_test_one_is_where_it_can_be_mended(operator: Client) -> None:
    fields = {"connector": "pinterest_api", "client_id": "1", "client_secret": "hush-wrong"}

    response = operator.post(reverse(ADD), {**fields, "_test": "Save and test"})

    assert response["Location"] == reverse(CHANGE, args=["pinterest_api"])


def test_the_list_tests_those_that_are_selected(operator: Client, fake: FakePinterest) -> None:
    enter(operator)
    assert fake.asked == []

    response = operator.post(
        reverse("admin:connectors_oauthapp_changelist"),
        {"action": "test_selected", "_selected_action": "pinterest_api"},
    )

    said = [str(each) for each in get_messages(response.wsgi_request)]
    assert "accepts its secret" in said[-1]
    assert fake.asked == ["POST /v5/oauth/token"]


def test_deleted_its_secret_is_gone_too(operator: Client) -> None:
    enter(operator)

    operator.post(
        reverse("admin:connectors_oauthapp_delete", args=["pinterest_api"]), {"post": "1"}
    )

    assert not OAuthApp.objects.exists()
    assert not PlatformSecret.objects.exists()


def test_staff_without_the_right_cannot_see_it(client: Client, fake: FakePinterest) -> None:
    sign_in_staff(client)

    assert client.get(reverse(ADD)).status_code == 403
