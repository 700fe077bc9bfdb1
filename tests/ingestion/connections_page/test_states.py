"""What comes back from a source is of the session, the person and the way that began."""

import pytest
from django.test import Client

from tenants.models import Membership, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import MemberClient
from tests.ingestion.connections_page.support import (
    CALLBACK,
    begin,
    come_back,
    credentials,
    page,
    said,
)
from tests.pinterest_api.fake import FakePinterest

# The connector looks at the database beside its event loop, by connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)


class TestStates:
    def test_a_forged_one_links_nothing(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        begin(admin_client, org)

        response = come_back(admin_client, fake, "forged")

        assert "belongs to nothing that was begun here" in said(response)
        assert credentials(org) == []
        assert fake.asked == []

    def test_one_of_another_session_of_the_same_person_links_nothing(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        other = Client()
        other.force_login(admin_client.user)

        response = come_back(other, fake, begin(admin_client, org))

        assert "belongs to nothing that was begun here" in said(response)
        assert (credentials(org), fake.asked) == ([], [])

    def test_one_that_was_used_leads_to_what_it_linked_and_links_nothing_more(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        state = begin(admin_client, org)
        come_back(admin_client, fake, state, code=fake.give_code("http://testserver" + CALLBACK))
        (credential,) = credentials(org)
        fake.asked.clear()

        response = come_back(admin_client, fake, state, code="hush-code")

        assert "“exampleuser” is connected already; nothing more was done." in said(response)
        assert "Nothing was linked" not in said(response)
        assert response["Location"] == f"{page(org)}#connection-{credential.connection_id}"
        (after,) = credentials(org)
        assert (fake.asked, after.version) == ([], credential.version)
        kept = str(dict(admin_client.session))
        assert state not in kept
        assert "hush-" not in kept

    def test_one_that_was_used_says_no_more_once_the_account_was_let_go(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        state = begin(admin_client, org)
        come_back(admin_client, fake, state)
        (credential,) = credentials(org)
        keys = {"connection_id": credential.connection_id}
        admin_client.post(page(org, "connection_disconnect", **keys), {"brought": "keep"})
        fake.asked.clear()

        response = come_back(admin_client, fake, state)

        assert "was used before" in said(response)
        assert (fake.asked, credentials(org)) == ([], [])

    def test_one_that_linked_nothing_links_nothing_the_second_time(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        state = begin(admin_client, org)
        come_back(admin_client, fake, state, error="access_denied")

        response = come_back(admin_client, fake, state)

        assert "was used before" in said(response)
        assert (fake.asked, credentials(org)) == ([], [])

    def test_it_links_into_the_organization_that_began_and_no_other(
        self,
        fake: FakePinterest,
        org: Organization,
        other_org: Organization,
        admin_client: MemberClient,
    ) -> None:
        with org_scope(other_org.pk):
            Membership.objects.create(org=other_org, user=admin_client.user, role=Role.OWNER)
        state = begin(admin_client, org)
        admin_client.get(page(other_org))

        response = come_back(admin_client, fake, state)

        assert response["Location"] == page(org)
        assert len(credentials(org)) == 1
        assert credentials(other_org) == []

    def test_whoever_left_meanwhile_links_nothing(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        state = begin(admin_client, org)
        with org_scope(org.pk):
            Membership.objects.filter(user=admin_client.user).update(role=Role.EDITOR)

        assert come_back(admin_client, fake, state).status_code == 404
        assert (credentials(org), fake.asked) == ([], [])

    def test_it_is_of_one_connector(self, fake: FakePinterest, admin_client: MemberClient) -> None:
        response = admin_client.get("/connections/callback/nothing/?state=x&code=y")

        assert response.status_code == 404

    def test_whoever_is_signed_out_begins_again_and_carries_no_code_on(
        self, fake: FakePinterest, org: Organization, admin_client: MemberClient
    ) -> None:
        state = begin(admin_client, org)
        admin_client.logout()

        response = come_back(admin_client, fake, state, code="hush-code")

        assert response["Location"] == "/account/login/"
        assert "hush-code" not in str(response.headers)
        page_of_sign_in = admin_client.get(response["Location"])
        assert "You were signed out when Pinterest led you back" in page_of_sign_in.text
        assert "hush-code" not in page_of_sign_in.text
        assert (fake.asked, credentials(org)) == ([], [])
