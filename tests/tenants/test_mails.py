"""Every mail about an account: what it is called, what it says, where it leads."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD, UserFactory
from tests.tenants.test_account_flows import code_in_mail, sign_in, sign_up

# An apostrophe shows whether a text was escaped as if it were a page.
EMAIL = "nina.o'hara@example.com"
SIGNATURE = "Magpie\nhttp://testserver/"

pytestmark = pytest.mark.django_db


def only_mail() -> tuple[str, list[str]]:
    """Return the subject of the only mail, and what stands between greeting and signature."""
    [message] = mail.outbox
    greeting, *paragraphs, signature = str(message.body).split("\n\n")
    assert (greeting, signature) == ("Hello,", SIGNATURE)
    assert message.to == [EMAIL]
    return str(message.subject), paragraphs


def ask_for_a_password(client: Client) -> None:
    client.post(reverse("account_reset_password"), {"email": EMAIL})


def test_of_a_sign_up_has_the_code(client: Client) -> None:
    sign_up(client, EMAIL)

    subject, paragraphs = only_mail()
    assert subject == "Magpie: Your code to sign up"
    assert paragraphs == [
        (
            "You are signing up for Magpie with this address. Enter this code on the page that is "
            "open in your browser:"
        ),
        code_in_mail(),
        (
            "It works for 15 minutes. If you did not sign up, do nothing: without the code nobody "
            "gets in."
        ),
    ]


def test_of_a_sign_up_with_a_known_address_leads_to_a_new_password(client: Client) -> None:
    UserFactory.create(email=EMAIL)

    sign_up(client, EMAIL)

    subject, paragraphs = only_mail()
    assert subject == "Magpie: You have an account already"
    assert paragraphs == [
        (
            f"You, or somebody else, wanted to sign up for Magpie with {EMAIL}. There is an "
            "account with this address already, so no other was made: sign in with it."
        ),
        "If you forgot its password, set a new one here:",
        "http://testserver" + reverse("account_reset_password"),
        "If it was not you, do nothing.",
    ]


def test_of_one_more_address_has_a_code(client: Client) -> None:
    user = UserFactory.create()
    sign_in(client, user.email)

    asked = client.post(reverse("account_email"), {"email": EMAIL, "action_add": ""})
    client.post(asked["Location"], {"password": PASSWORD})

    subject, paragraphs = only_mail()
    assert subject == "Magpie: Your code to confirm this address"
    assert paragraphs == [
        (
            "This address was given to Magpie as yours. To confirm it, enter this code on the page "
            "that is open in your browser:"
        ),
        code_in_mail(),
        "It works for 15 minutes. If you do not know what this is about, do nothing.",
    ]
    client.post(reverse("account_email_verification_sent"), {"code": code_in_mail()})
    assert EmailAddress.objects.get(email=EMAIL).verified


def test_of_a_forgotten_password_has_a_link(client: Client) -> None:
    UserFactory.create(email=EMAIL)

    ask_for_a_password(client)

    subject, [reason, link, otherwise] = only_mail()
    assert subject == "Magpie: Set a new password"
    assert reason == (
        "You, or somebody else, asked for a new password for your account at Magpie. To set one, "
        "open this link within 3 days:"
    )
    assert re.fullmatch(r"http://testserver/account/password/reset/key/\S+/", link)
    assert otherwise == "If it was not you, do nothing: your password stays as it is."


def test_of_a_password_for_nobody_leads_to_the_sign_up(client: Client) -> None:
    ask_for_a_password(client)

    subject, paragraphs = only_mail()
    assert subject == "Magpie: There is no account with this address"
    assert paragraphs == [
        (
            f"You, or somebody else, asked Magpie for a new password for {EMAIL}. There is no "
            "account with this address. Perhaps you signed up with another one; if you have none "
            "yet, make one here:"
        ),
        "http://testserver" + reverse("account_signup"),
        "If it was not you, do nothing.",
    ]
