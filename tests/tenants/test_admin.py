"""The admin: platform-wide tables, for staff."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tenants.rls import is_tenant_model
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class TestAdmin:
    def test_shows_platform_tables_to_staff(self, client: Client) -> None:
        staff = UserFactory.create(is_staff=True, is_superuser=True)
        client.force_login(staff)

        assert client.get(reverse("admin:index")).status_code == 200
        assert staff.email in client.get(reverse("admin:tenants_user_changelist")).text
        detail = client.get(reverse("admin:tenants_user_change", args=[staff.pk]))
        assert detail.status_code == 200
        assert client.get(reverse("admin:tenants_user_delete", args=[staff.pk])).status_code == 403

    def test_sends_strangers_to_the_one_sign_in_page(self, client: Client) -> None:
        response = client.get(reverse("admin:login"))

        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))

    def test_refuses_people_who_are_not_staff(self, member_client: Client) -> None:
        assert member_client.get(reverse("admin:index")).status_code in {302, 403}
        assert member_client.get(reverse("admin:login")).status_code == 403

    def test_shows_no_table_of_an_organization(self) -> None:
        tenant_models = {model for model in apps.get_models() if is_tenant_model(model)}

        assert tenant_models
        assert not tenant_models & set(admin.site._registry)

    def test_shows_only_what_is_listed(self) -> None:
        shown = {model._meta.label_lower for model in admin.site._registry}

        assert shown == {"tenants.user", "account.emailaddress"}
