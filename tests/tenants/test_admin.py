"""The admin: platform-wide tables, for staff."""

import datetime as dt
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tenants.models import User
from tenants.rls import is_tenant_model
from tests.conftest import MemberClient
from tests.factories import PASSWORD, UserFactory
from tests.operators import prove, sign_in_staff
from tests.tenants.test_account_flows import EMAIL, sign_in
from tests.tenants.test_second_factor import NEXT_CODE, give_code, set_up, totp_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def helper(client: Client) -> User:
    """Staff who may do all that permissions can give, signed in."""
    helper = sign_in_staff(client)
    helper.user_permissions.set(Permission.objects.all())
    return helper


def change(client: Client, user: User, **fields: str) -> int:
    """Send the form of a person; return the status of the answer."""
    return client.post(reverse("admin:tenants_user_change", args=[user.pk]), fields).status_code


class TestAdmin:
    def test_shows_platform_tables_to_staff(self, client: Client) -> None:
        staff = sign_in_staff(client, is_superuser=True)

        assert client.get(reverse("admin:index")).status_code == 200
        assert staff.email in client.get(reverse("admin:tenants_user_changelist")).text
        detail = client.get(reverse("admin:tenants_user_change", args=[staff.pk]))
        assert detail.status_code == 200
        assert client.get(reverse("admin:tenants_user_delete", args=[staff.pk])).status_code == 403

    def test_sends_strangers_to_the_one_sign_in_page(self, client: Client) -> None:
        response = client.get(reverse("admin:login"))

        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))

    def test_leads_to_the_one_page_that_changes_a_password(self, client: Client) -> None:
        sign_in_staff(client)

        response = client.post(reverse("admin:password_change"), {"old_password": PASSWORD})

        assert response["Location"] == reverse("account_change_password")

    def test_tells_people_who_are_not_staff_who_they_are(self, member_client: MemberClient) -> None:
        page = member_client.get(reverse("admin:index"), follow=True)

        assert page.status_code == 403
        assert f"You are signed in as {member_client.user.email}" in page.text
        assert reverse("account_logout") in page.text
        assert "Ask an owner" not in page.text

    def test_tells_staff_who_gives_them_a_right(self, client: Client) -> None:
        sign_in_staff(client)

        page = client.get(reverse("admin:tenants_user_changelist"))

        assert page.status_code == 403
        assert "A superuser of this installation" in page.text

    def test_shows_no_table_of_an_organization(self) -> None:
        tenant_models = {model for model in apps.get_models() if is_tenant_model(model)}

        assert tenant_models
        assert not tenant_models & set(admin.site._registry)

    def test_shows_only_what_is_listed(self) -> None:
        shown = {model._meta.label_lower for model in admin.site._registry}

        assert shown == {
            "tenants.user",
            "account.emailaddress",
            "connectors.connectorreview",
            "connectors.oauthapp",
        }


class TestWithoutASecondFactor:
    @pytest.fixture
    def staff(self, client: Client) -> Client:
        client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
        prove(client)
        return client

    def test_staff_are_led_to_where_one_is_set_up(self, staff: Client, settings: Settings) -> None:
        settings.IS_LOCAL = False

        for name in ("index", "status", "tenants_user_changelist"):
            page = staff.get(reverse(f"admin:{name}"), follow=True)

            assert page.redirect_chain == [(reverse("mfa_index"), 302)]
            assert "The administration asks for two-factor sign-in." in page.text

    def test_staff_come_in_once_they_have_set_one_up_and_shown_it(
        self, client: Client, settings: Settings
    ) -> None:
        settings.IS_LOCAL = False
        UserFactory.create(email=EMAIL, is_staff=True)
        index, asked = reverse("admin:index"), reverse("mfa_reauthenticate")
        before = Client()

        with time_machine.travel(dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC), tick=False) as clock:
            sign_in(before)
            secret = set_up(client)
            clock.shift(NEXT_CODE)

            # The password alone, be it given again, lets no session in that began before.
            prove(before)
            for each in (client, before):
                assert each.get(index)["Location"] == f"{asked}?{urlencode({'next': index})}"
            assert client.post(asked, {"code": totp_code(secret)}).status_code == 302

            assert client.get(index).status_code == 200

    def test_whoever_signs_in_with_it_is_not_asked_for_it_again(
        self, client: Client, settings: Settings
    ) -> None:
        settings.IS_LOCAL = False
        UserFactory.create(email=EMAIL, is_staff=True)

        with time_machine.travel(dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC), tick=False) as clock:
            secret = set_up(Client())
            clock.shift(NEXT_CODE)
            sign_in(client)
            give_code(client, totp_code(secret))

            assert client.get(reverse("admin:index")).status_code == 200

    def test_staff_are_let_in_on_a_machine_of_their_own_and_told(self, staff: Client) -> None:
        page = staff.get(reverse("admin:index"))

        assert page.status_code == 200
        assert "You sign in with a password alone." in page.text
        assert reverse("mfa_index") in page.text


class TestBeingAskedAgain:
    BEGUN = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)

    def at(self, minutes: float) -> time_machine.travel:
        return time_machine.travel(self.BEGUN + dt.timedelta(minutes=minutes), tick=False)

    def test_nobody_comes_in_by_a_session_alone(self, client: Client) -> None:
        staff = UserFactory.create(is_staff=True, is_superuser=True)
        client.force_login(staff)
        address = reverse("admin:tenants_user_change", args=[staff.pk]) + "?a=b"

        for response in (client.get(address), client.post(address, {"is_active": ""})):
            query = urlencode({"next": address})
            assert response["Location"] == f"{reverse('account_reauthenticate')}?{query}"
        staff.refresh_from_db()
        assert staff.is_active

    def test_whoever_has_just_signed_in_is_not_asked(self, client: Client) -> None:
        UserFactory.create(email=EMAIL, is_staff=True)
        sign_in(client)

        assert client.get(reverse("admin:index")).status_code == 200

    def test_it_happens_after_a_while_but_no_form_is_lost(self, client: Client) -> None:
        person = UserFactory.create()
        address = reverse("admin:index")
        with self.at(0):
            sign_in_staff(client, is_superuser=True)
        with self.at(14):
            assert client.get(address).status_code == 200
        with self.at(16):
            assert client.get(address).status_code == 302
        with self.at(59):
            change(client, person)
        person.refresh_from_db()
        assert not person.is_active
        with self.at(61):
            change(client, person, is_active="on")
        person.refresh_from_db()
        assert not person.is_active

    def test_the_page_of_figures_may_stand_open_and_everybody_may_leave(
        self, client: Client
    ) -> None:
        with self.at(0):
            sign_in_staff(client)
        with self.at(600):
            assert client.get(reverse("admin:status")).status_code == 200
            assert client.post(reverse("admin:logout")).status_code == 302
            assert client.get(reverse("admin:status")).status_code == 302


class TestStaffWhoAreNoSuperusers:
    def test_switch_people_off(self, client: Client, helper: User) -> None:
        person = UserFactory.create()

        assert change(client, person) == 302

        person.refresh_from_db()
        assert not person.is_active

    def test_give_nobody_rights(self, client: Client, helper: User) -> None:
        person = UserFactory.create()

        change(client, person, is_active="on", is_staff="on", is_superuser="on", groups="1")

        person.refresh_from_db()
        assert not person.is_staff
        assert not person.is_superuser
        assert not person.groups.exists()

    @pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
    def test_change_no_other_staff(
        self, client: Client, helper: User, rights: dict[str, bool]
    ) -> None:
        assert change(client, UserFactory.create(**rights)) == 403
        assert change(client, helper, is_active="on", is_superuser="on") == 403

    def test_change_no_address(self, client: Client, helper: User) -> None:
        address = EmailAddress.objects.create(
            user=UserFactory.create(is_superuser=True), email="boss@example.com"
        )
        page = reverse("admin:account_emailaddress_change", args=[address.pk])
        listing = reverse("admin:account_emailaddress_changelist")

        assert client.get(page).status_code == 200
        assert client.post(page, {"email": "helper@example.com"}).status_code == 403
        client.post(listing, {"action": "make_verified", "_selected_action": address.pk})

        address.refresh_from_db()
        assert (address.email, address.verified) == ("boss@example.com", False)


class TestSuperusers:
    def test_give_rights_and_change_addresses(self, client: Client) -> None:
        sign_in_staff(client, is_superuser=True)
        person = UserFactory.create()
        address = EmailAddress.objects.create(user=person, email="new@example.com")

        assert change(client, person, is_active="on", is_staff="on") == 302
        client.post(
            reverse("admin:account_emailaddress_changelist"),
            {"action": "make_verified", "_selected_action": address.pk},
        )

        person.refresh_from_db()
        address.refresh_from_db()
        assert person.is_staff
        assert address.verified
