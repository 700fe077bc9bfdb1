"""Mails that tell people of a change of their account, in case it was somebody else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tenants.models import User
from tests.factories import PASSWORD, UserFactory
from tests.tenants.test_account_flows import EMAIL, sign_in
from tests.tenants.test_second_factor import set_up

NEW_PASSWORD = "Kestrels over the marsh 7"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

# Some wait for the commit, which has to come within the request.
pytestmark = pytest.mark.django_db(transaction=True)


class DeafServer(BaseEmailBackend):
    """A mail server that is not there."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


@pytest.fixture
def person(client: Client) -> User:
    user = UserFactory.create(email=EMAIL)
    client.defaults["HTTP_USER_AGENT"] = FIREFOX
    sign_in(client)
    return user


def confirmed(client: Client, name: str, fields: dict[str, str]) -> None:
    """Send a form that asks for the password in between."""
    asked = client.post(reverse(name), fields)
    client.post(asked["Location"], {"password": PASSWORD})


def change_password(client: Client) -> None:
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(reverse("account_change_password"), fields)


def reset_password(client: Client) -> None:
    client.logout()
    client.post(reverse("account_reset_password"), {"email": EMAIL})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox.pop().body))
    assert link is not None
    form = client.get(link[1])["Location"]
    client.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


def remove_address(client: Client) -> None:
    user = User.objects.get(email=EMAIL)
    EmailAddress.objects.create(user=user, email="old@example.com", verified=True)
    confirmed(client, "account_email", {"email": "old@example.com", "action_remove": ""})


def set_up_app(client: Client) -> None:
    set_up(client)


def remove_app(client: Client) -> None:
    set_up(client)
    mail.outbox.clear()
    client.post(reverse("mfa_deactivate_totp"))


def make_codes(client: Client) -> None:
    set_up(client)
    mail.outbox.clear()
    client.post(reverse("mfa_generate_recovery_codes"))


@pytest.mark.parametrize(
    ("change", "subject", "sentence"),
    [
        (change_password, "Your password was changed", "The password of your account at Magpie"),
        (reset_password, "Your password was changed", "A new password was set for your account"),
        (remove_address, "An email address was removed", "old@example.com does not belong to"),
        (set_up_app, "An authenticator app was set up", "now asks for a code"),
        (remove_app, "The authenticator app was removed", "the password alone lets in"),
        (make_codes, "You have new recovery codes", "Older ones do not work any more"),
    ],
)
def test_a_change_is_told_to_its_person(
    client: Client,
    person: User,
    change: Callable[[Client], None],
    subject: str,
    sentence: str,
) -> None:
    change(client)

    told = {str(message.subject): message for message in mail.outbox}
    message = told[f"Magpie: {subject}"]
    assert message.to == [EMAIL]
    assert sentence in str(message.body)
    assert "with Firefox on Linux" in str(message.body)
    assert "http://testserver" + reverse("account_reset_password") in str(message.body)


def test_a_deaf_mail_server_undoes_no_change(
    client: Client, person: User, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.tenants.test_notices.DeafServer"

    change_password(client)

    person.refresh_from_db()
    assert person.check_password(NEW_PASSWORD)
