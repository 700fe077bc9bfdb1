"""Sign-up, sign-in, and the ways back in, over HTTP."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from tenants.models import User
from tenants.services.organizations import organizations_of
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

EMAIL = "nina@example.com"


def sign_up(client: Client, email: str = EMAIL, name: str = "Nina Holm") -> Any:
    return client.post(
        reverse("account_signup"), {"email": email, "name": name, "password1": PASSWORD}
    )


def code_in_mail() -> str:
    match = re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert match is not None, mail.outbox[-1].body
    return match[1]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def sign_in(client: Client, email: str = EMAIL, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


class TestSignUp:
    def test_makes_the_person_and_their_organization_at_once(self, client: Client) -> None:
        response = sign_up(client)

        assert response.status_code == 302
        user = User.objects.get()
        assert (user.email, user.name) == (EMAIL, "Nina Holm")
        [org] = organizations_of(user)
        assert (org.name, org.slug, org.is_personal) == ("Nina's library", "nina", True)

    def test_the_code_in_the_mail_proves_the_address_and_signs_in(self, client: Client) -> None:
        sign_up(client)
        assert not is_signed_in(client)

        response = client.post(reverse("account_email_verification_sent"), {"code": code_in_mail()})

        assert response.status_code == 302
        assert is_signed_in(client)
        assert EmailAddress.objects.get().verified

    def test_a_wrong_code_proves_nothing(self, client: Client) -> None:
        sign_up(client)

        client.post(reverse("account_email_verification_sent"), {"code": "WRONG1"})

        assert not is_signed_in(client)
        assert not EmailAddress.objects.get().verified

    def test_an_address_that_is_taken_is_not_given_away(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)

        response = sign_up(client)

        assert response.status_code == 302
        assert response["Location"] == reverse("account_email_verification_sent")
        assert User.objects.count() == 1
        assert "already" in str(mail.outbox[-1].body)

    def test_a_weak_password_is_refused(self, client: Client) -> None:
        response = client.post(reverse("account_signup"), {"email": EMAIL, "password1": "password"})

        assert not User.objects.exists()
        assert "too short" in response.text

    def test_a_failing_organization_leaves_no_person_behind(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(**_: object) -> None:
            raise RuntimeError("no free slug")

        monkeypatch.setattr("tenants.adapters.create_personal_organization", fail)

        with pytest.raises(RuntimeError):
            sign_up(client)

        assert not User.objects.exists()


class TestSignIn:
    def test_with_the_right_password(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)

        response = sign_in(client)

        assert response.status_code == 302
        assert response["Location"] == reverse("home")
        assert is_signed_in(client)

    def test_whatever_the_case_of_the_address(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)

        sign_in(client, email="Nina@Example.com")

        assert is_signed_in(client)

    def test_a_wrong_password_and_an_unknown_address_look_alike(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)

        wrong = sign_in(client, password="wrong")
        unknown = sign_in(client, email="nobody@example.com")

        error = "This email address and this password do not go together."
        assert error in wrong.text
        assert error in unknown.text
        assert not is_signed_in(client)

    def test_somebody_switched_off_stays_out(self, client: Client) -> None:
        UserFactory.create(email=EMAIL, is_active=False)

        sign_in(client)

        assert not is_signed_in(client)

    def test_leads_to_the_page_that_was_asked_for(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        wanted = reverse("account_settings")

        refused = client.get(wanted)
        response = client.post(refused["Location"], {"login": EMAIL, "password": PASSWORD})

        assert response["Location"] == wanted

    def test_leads_to_no_other_site(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)

        response = client.post(
            reverse("account_login") + "?next=https://evil.example/",
            {"login": EMAIL, "password": PASSWORD},
        )

        assert response["Location"] == reverse("home")


class TestPasswordReset:
    def test_the_link_in_the_mail_sets_a_new_password(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        client.post(reverse("account_reset_password"), {"email": EMAIL})
        match = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
        assert match is not None

        form = client.get(match[1])
        client.post(
            form["Location"],
            {"password1": "another long password", "password2": "another long password"},
        )

        assert sign_in(Client(), password=PASSWORD).status_code == 200
        assert sign_in(client, password="another long password").status_code == 302

    def test_an_unknown_address_gets_the_same_answer(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)

        known = client.post(reverse("account_reset_password"), {"email": EMAIL})
        unknown = client.post(reverse("account_reset_password"), {"email": "no@example.com"})

        assert known.status_code == unknown.status_code == 302
        assert known["Location"] == unknown["Location"]


class TestAddressesPage:
    def test_offers_changes_once_there_are_several(self, client: Client) -> None:
        user = UserFactory.create(email=EMAIL)
        sign_in(client)

        alone = client.get(reverse("account_email"))
        EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
        several = client.get(reverse("account_email"))

        assert [page.text.count("Make primary") for page in (alone, several)] == [0, 1]
        assert [page.text.count('name="action_remove"') for page in (alone, several)] == [0, 1]


class TestSessionsPage:
    def test_lists_the_sessions_and_ends_the_others(self, client: Client) -> None:
        UserFactory.create(email=EMAIL)
        sign_in(client)
        other = Client()
        sign_in(other)
        other.get(reverse("account_settings"))

        page = client.get(reverse("usersessions_list"))
        client.post(reverse("usersessions_list"))

        assert page.status_code == 200
        assert client.get(reverse("account_settings")).status_code == 200
        assert other.get(reverse("account_settings")).status_code == 302
