"""The authenticator app and the recovery codes, over HTTP."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.factories import PASSWORD, UserFactory
from tests.tenants.test_account_flows import EMAIL, is_signed_in, sign_in

pytestmark = pytest.mark.django_db

WRONG_CODE = "This code is wrong, or was used before. Wait for the next one."
NEXT_CODE = dt.timedelta(seconds=30)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Stand still, so that a code is the same until a test goes on to the next."""
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


def totp_code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def open_setup(client: Client, email: str = EMAIL) -> str:
    """Open the page that sets up an authenticator app, and return the secret it shows."""
    sign_in(client, email)
    asked = client.get(reverse("mfa_activate_totp"))
    page = client.post(asked["Location"], {"password": PASSWORD}, follow=True)
    secret: str = page.context["form"].secret
    return secret


def confirm_setup(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_activate_totp"), {"code": code})


def set_up(client: Client) -> str:
    """Set up an authenticator app and return its secret."""
    secret = open_setup(client)
    response = confirm_setup(client, totp_code(secret))
    assert response.status_code == 302, response.text
    return secret


def give_code(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": code})


class TestSetup:
    def test_ends_with_the_recovery_codes(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        secret = open_setup(client)

        response = confirm_setup(client, totp_code(secret))

        assert response["Location"] == reverse("mfa_view_recovery_codes")
        assert {row.type for row in Authenticator.objects.all()} == {"totp", "recovery_codes"}
        assert SECRET_SESSION_KEY not in client.session

    def test_a_wrong_code_keeps_the_secret_that_was_scanned(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        secret = open_setup(client)

        page = confirm_setup(client, "000000")

        assert page.context["form"].secret == secret
        assert page.context["form"].errors == {"code": [WRONG_CODE]}
        assert confirm_setup(client, totp_code(secret)).status_code == 302

    def test_keeps_no_secret_in_the_session_that_others_could_read(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        secret = open_setup(client)

        confirm_setup(client, "000000")

        row = Session.objects.get(pk=client.session.session_key)
        kept = row.get_decoded()
        assert SECRET_SESSION_KEY in kept
        assert secret not in str(kept)

    def test_shows_a_fresh_secret_where_the_kept_one_cannot_be_read(
        self, client: Client, settings: Settings
    ) -> None:
        UserFactory.create(email=EMAIL)
        secret = open_setup(client)
        settings.MASTER_KEYS = ["another key than the one before it"]

        page = confirm_setup(client, totp_code(secret))

        fresh = page.context["form"].secret
        assert fresh != secret
        assert confirm_setup(client, totp_code(fresh)).status_code == 302

    def test_opens_the_kept_secret_for_no_other_person(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        UserFactory.create(email="else@example.com")
        secret = open_setup(client)
        sealed = client.session[SECRET_SESSION_KEY]
        other = Client()
        open_setup(other, "else@example.com")
        session = other.session
        session[SECRET_SESSION_KEY] = sealed
        session.save()

        page = confirm_setup(other, totp_code(secret))

        assert page.context["form"].secret != secret
        assert not Authenticator.objects.exists()


class TestAuthenticator:
    def test_is_asked_for_a_code_at_sign_in(
        self, client: Client, clock: time_machine.Traveller
    ) -> None:
        UserFactory.create(email=EMAIL)
        secret = set_up(client)
        clock.shift(NEXT_CODE)
        browser = Client()

        response = sign_in(browser)

        assert response["Location"].startswith(reverse("mfa_authenticate"))
        assert not is_signed_in(browser)
        give_code(browser, "000000")
        assert not is_signed_in(browser)
        give_code(browser, totp_code(secret))
        assert is_signed_in(browser)

    def test_lets_in_once_with_each_code(
        self, client: Client, clock: time_machine.Traveller
    ) -> None:
        UserFactory.create(email=EMAIL)
        secret = set_up(client)
        clock.shift(NEXT_CODE)
        code = totp_code(secret)
        first, second = Client(), Client()

        sign_in(first)
        give_code(first, code)
        sign_in(second)
        give_code(second, code)
        give_code(second, f"{code[:3]} {code[3:]}")

        assert is_signed_in(first)
        assert not is_signed_in(second)
        # Until the very end of its half minute.
        clock.shift(NEXT_CODE - dt.timedelta(milliseconds=1))
        assert totp_code(secret) == code
        give_code(second, code)
        assert not is_signed_in(second)

    def test_lets_nobody_in_with_the_code_that_set_it_up(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        secret = set_up(client)
        browser = Client()
        sign_in(browser)

        page = give_code(browser, totp_code(secret))

        assert page.context["form"].errors == {"code": [WRONG_CODE]}
        assert not is_signed_in(browser)

    def test_has_its_secrets_encrypted_with_the_master_key(
        self, client: Client, settings: Settings, clock: time_machine.Traveller
    ) -> None:
        UserFactory.create(email=EMAIL)
        secret = set_up(client)
        clock.shift(NEXT_CODE)

        stored = str([row.data for row in Authenticator.objects.all()])

        assert secret not in stored
        settings.SECRET_KEY = "a new secret key"
        totp = Authenticator.objects.get(type=Authenticator.Type.TOTP).wrap()
        assert totp.validate_code(totp_code(secret))


def test_a_recovery_code_lets_in_once(client: Client) -> None:
    UserFactory.create(email=EMAIL)
    set_up(client)
    page = client.get(reverse("mfa_view_recovery_codes"))
    code = page.context["unused_codes"][0]

    for is_let_in in [True, False]:
        browser = Client()
        sign_in(browser)
        give_code(browser, code)
        assert is_signed_in(browser) is is_let_in


class TestALostMasterKey:
    def test_is_said_at_sign_in_instead_of_an_error(
        self, client: Client, settings: Settings, clock: time_machine.Traveller
    ) -> None:
        UserFactory.create(email=EMAIL)
        secret = set_up(client)
        clock.shift(NEXT_CODE)
        settings.MASTER_KEYS = ["another key than the one before it"]
        browser = Client()
        sign_in(browser)

        page = give_code(browser, totp_code(secret))

        assert page.status_code == 503
        assert "master_key_missing" in page.text
        assert "Ask whoever runs this installation" in page.text
        assert not is_signed_in(browser)

    def test_is_mended_by_a_reset(
        self, client: Client, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        UserFactory.create(email=EMAIL)
        set_up(client)
        settings.MASTER_KEYS = ["another key than the one before it"]

        call_command("reset_second_factor", EMAIL.upper())

        assert "signs in with the password alone" in capsys.readouterr().out
        browser = Client()
        sign_in(browser)
        assert is_signed_in(browser)


class TestReset:
    def test_says_when_nobody_has_the_address(self) -> None:
        with pytest.raises(CommandError, match="Nobody signs in with"):
            call_command("reset_second_factor", "nobody@example.com")

    def test_says_when_there_is_nothing_to_reset(self) -> None:
        UserFactory.create(email=EMAIL)

        with pytest.raises(CommandError, match="has no second factor"):
            call_command("reset_second_factor", EMAIL)

    def test_leaves_the_others_alone(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        UserFactory.create(email="else@example.com")
        set_up(client)
        other = Client()
        open_setup_code = open_setup(other, "else@example.com")
        confirm_setup(other, totp_code(open_setup_code))

        call_command("reset_second_factor", EMAIL)

        assert {row.user.email for row in Authenticator.objects.all()} == {"else@example.com"}
