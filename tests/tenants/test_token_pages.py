"""Pages of API tokens."""

import re

import pytest
from django.urls import reverse

from tenants.models import ApiToken, Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tenants.services.tokens import is_wellformed
from tenants.token_scopes import READ_SCOPES, TokenScope
from tests.conftest import ClientFor
from tests.factories import ApiTokenFactory

pytestmark = pytest.mark.django_db


def page(name: str, *args: object, org: str = "acme") -> str:
    return reverse(f"tenants:{name}", args=[org, *args])


class TestTokensPage:
    def test_shows_a_new_token_only_once(self, client_for: ClientFor, org: Organization) -> None:
        editor = client_for(Role.EDITOR)

        response = editor.post(
            page("tokens"), {"name": "CI", "days": "30", "scopes": "library:read"}, follow=True
        )

        text = response.context["new_token"]
        assert is_wellformed(text)
        assert text in response.text
        again = editor.get(page("tokens"))
        assert text not in again.text
        with org_scope(org.pk):
            assert ApiToken.objects.get().name == "CI"

    def test_keeps_it_encrypted_in_the_session_meanwhile(self, client_for: ClientFor) -> None:
        editor = client_for(Role.EDITOR)

        editor.post(page("tokens"), {"name": "CI", "days": "30", "scopes": "library:read"})

        assert "mgp_" not in str(dict(editor.session))

    def test_is_never_kept_by_a_cache(self, client_for: ClientFor) -> None:
        response = client_for(Role.EDITOR).get(page("tokens"))

        assert "no-store" in response["Cache-Control"]

    def test_an_editor_sees_and_revokes_only_their_own(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        editor = client_for(Role.EDITOR)
        own = ApiTokenFactory.create(org=org, user=editor.user, name="My token")
        other = ApiTokenFactory.create(org=org, name="Another's token")

        listed = editor.get(page("tokens")).text
        revoked = editor.post(page("token_revoke", own.pk))
        refused = editor.post(page("token_revoke", other.pk))

        assert "My token" in listed
        assert "Another" not in listed
        assert (revoked.status_code, refused.status_code) == (302, 404)
        with org_scope(org.pk):
            assert list(ApiToken.objects.usable()) == [other]

    def test_refuses_a_lifetime_that_is_not_offered(self, client_for: ClientFor) -> None:
        response = client_for(Role.EDITOR).post(
            page("tokens"), {"name": "CI", "days": "3650", "scopes": "library:read"}
        )

        assert response.status_code == 422

    def test_offers_what_a_token_may_do_and_ticks_what_only_reads(
        self, client_for: ClientFor
    ) -> None:
        text = client_for(Role.EDITOR).get(page("tokens")).text

        boxes = dict(re.findall(r'name="scopes" value="([a-z:]+)"[^>]*?(checked|>)', text))
        ticked = {scope for scope, rest in boxes.items() if rest == "checked"}
        assert set(boxes) == set(TokenScope.values)
        assert ticked == set(READ_SCOPES)

    def test_makes_a_token_for_what_was_ticked(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        editor = client_for(Role.EDITOR)
        ticked = ["sync:control", "library:read"]

        response = editor.post(
            page("tokens"), {"name": "CI", "days": "30", "scopes": ticked}, follow=True
        )

        with org_scope(org.pk):
            assert ApiToken.objects.get().scopes == ["library:read", "sync:control"]
        assert "<li>Run, pause, cancel and schedule jobs</li>" in response.text

    def test_asks_for_one_thing_at_least_that_the_token_may_do(
        self, client_for: ClientFor, org: Organization
    ) -> None:
        response = client_for(Role.EDITOR).post(page("tokens"), {"name": "CI", "days": "30"})

        assert response.status_code == 422
        assert "Tick at least one thing that the token may do." in response.text
        with org_scope(org.pk):
            assert not ApiToken.objects.exists()
