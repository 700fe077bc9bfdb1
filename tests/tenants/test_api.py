"""The base of the API: who may call, in which organization, and what refusals look like."""

import datetime as dt

import pytest
import time_machine
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request

from tenants.api.authentication import TokenAuthentication
from tenants.models import ApiToken, Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.members import remove_member
from tenants.services.tokens import revoke_token
from tests.conftest import ClientFor
from tests.factories import MembershipFactory
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db

ME = "/api/v1/me"


class TestToken:
    def test_opens_the_api_of_its_organization(self, client: Client, editor: Membership) -> None:
        response = client.get(ME, headers=bearer(token_of(editor)))

        assert response.status_code == 200
        body = response.json()
        assert (body["org"]["slug"], body["role"]) == ("acme", "editor")
        assert body["user"] == {
            "id": str(editor.user_id),
            "name": editor.user.name,
            "email": editor.user.email,
        }

    def test_may_name_its_organization_in_a_header(
        self, client: Client, editor: Membership
    ) -> None:
        response = client.get(ME, headers={**bearer(token_of(editor)), "X-Magpie-Org": "acme"})

        assert response.json()["org"]["slug"] == "acme"

    @pytest.mark.parametrize("slug", ["other", "missing"])
    def test_opens_no_organization_but_its_own(
        self, client: Client, editor: Membership, other_org: Organization, slug: str
    ) -> None:
        response = client.get(ME, headers={**bearer(token_of(editor)), "X-Magpie-Org": slug})

        assert response.status_code == 403
        assert response.json() == {
            "code": "token_of_another_org",
            "message": "This token is for another organization than the header X-Magpie-Org names."
            " Use one of its tokens, or leave the header out.",
        }

    @pytest.mark.parametrize("text", ["", "mgp_made_up", "\x00", "ü"])
    def test_other_text_opens_nothing(self, client: Client, text: str) -> None:
        response = client.get(ME, headers=bearer(text))

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert response.json()["code"] == "token_refused"

    def test_opens_nothing_once_revoked(self, client: Client, editor: Membership) -> None:
        text = token_of(editor)
        with org_scope(editor.org_id):
            revoke_token(actor=editor, token=ApiToken.objects.get())

        assert client.get(ME, headers=bearer(text)).status_code == 401

    def test_opens_nothing_once_expired(self, client: Client, editor: Membership) -> None:
        with time_machine.travel(timezone.now() - dt.timedelta(days=2)):
            text = token_of(editor, days=1)

        assert client.get(ME, headers=bearer(text)).status_code == 401

    def test_opens_nothing_once_its_owner_left(
        self, client: Client, editor: Membership, owner_membership: Membership
    ) -> None:
        text = token_of(editor)
        with org_scope(editor.org_id):
            remove_member(actor=owner_membership, membership=editor)
            # As if the token had been forgotten when its owner left.
            ApiToken.objects.update(revoked_at=None)

        assert client.get(ME, headers=bearer(text)).status_code == 401

    def test_opens_nothing_once_its_owner_is_switched_off(
        self, client: Client, editor: Membership
    ) -> None:
        text = token_of(editor)
        editor.user.is_active = False
        editor.user.save()

        assert client.get(ME, headers=bearer(text)).status_code == 401

    def test_opens_no_page(self, client: Client, editor: Membership) -> None:
        response = client.get(
            reverse("tenants:members", args=["acme"]), headers=bearer(token_of(editor))
        )

        assert response.status_code == 302

    def test_its_use_is_recorded_now_and_then(self, client: Client, editor: Membership) -> None:
        text = token_of(editor)
        start = timezone.now()

        def used_at(after: dt.timedelta) -> dt.datetime | None:
            with time_machine.travel(start + after, tick=False):
                client.get(ME, headers=bearer(text))
            with org_scope(editor.org_id):
                return ApiToken.objects.get().last_used_at

        assert used_at(dt.timedelta()) == start
        assert used_at(dt.timedelta(minutes=9)) == start
        assert used_at(dt.timedelta(minutes=11)) == start + dt.timedelta(minutes=11)


class TestSession:
    def test_names_its_organization_in_a_header(self, member_client: Client) -> None:
        response = member_client.get(ME, headers={"X-Magpie-Org": "acme"})

        assert response.json()["org"]["slug"] == "acme"

    def test_without_the_header_is_asked_for_it(self, member_client: Client) -> None:
        response = member_client.get(ME)

        assert response.status_code == 400
        assert response.json() == {
            "code": "org_required",
            "message": "Name the organization in the header X-Magpie-Org.",
        }

    def test_an_organization_of_others_does_not_exist(
        self, member_client: Client, other_org: Organization
    ) -> None:
        foreign = member_client.get(ME, headers={"X-Magpie-Org": "other"})
        missing = member_client.get(ME, headers={"X-Magpie-Org": "missing"})

        assert foreign.status_code == missing.status_code == 404
        assert foreign.json() == missing.json()

    def test_lists_the_organizations_of_the_person(
        self, member_client: Client, other_org: Organization
    ) -> None:
        assert [org["slug"] for org in member_client.get("/api/v1/orgs").json()] == ["acme"]

    def test_a_token_cannot_list_organizations(self, client: Client, editor: Membership) -> None:
        response = client.get("/api/v1/orgs", headers=bearer(token_of(editor)))

        assert response.status_code == 403

    def test_a_stranger_is_asked_to_sign_in(self, client: Client) -> None:
        for address in (ME, "/api/v1/orgs", "/api/v1/members"):
            response = client.get(address)
            assert response.status_code == 401
            assert response.json()["code"] == "not_authenticated"


class TestMembers:
    def test_another_organizations_member_does_not_exist(
        self, client: Client, editor: Membership, other_org: Organization
    ) -> None:
        foreign = MembershipFactory.create(org=other_org)

        response = client.get(f"/api/v1/members/{foreign.pk}", headers=bearer(token_of(editor)))

        assert response.status_code == 404
        assert response.json()["code"] == "not_found"

    def test_one_can_be_read(self, client: Client, editor: Membership) -> None:
        response = client.get(f"/api/v1/members/{editor.pk}", headers=bearer(token_of(editor)))

        assert response.json()["role"] == "editor"


class TestSchema:
    def test_describes_the_calls(self, client: Client) -> None:
        response = client.get("/api/v1/schema/", headers={"Accept": "application/json"})

        assert response.status_code == 200
        paths = response.json()["paths"]
        assert {"/api/v1/me", "/api/v1/orgs", "/api/v1/members"} <= set(paths)

    def test_the_way_to_sign_in_makes_a_refusal_a_401(self) -> None:
        assert TokenAuthentication().authenticate_header(Request(HttpRequest())) == "Bearer"


class TestClientFor:
    def test_signs_in_a_member_with_the_role(self, client_for: ClientFor) -> None:
        client = client_for(Role.ADMIN)

        assert client.membership.role == Role.ADMIN
