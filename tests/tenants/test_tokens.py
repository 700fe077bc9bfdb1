"""Tokens of API clients."""

import hashlib
import re

import pytest

from tenants.errors import RoleTooLowError
from tenants.models import ApiToken, Organization
from tenants.permissions import Role
from tenants.services.tokens import create_token, is_wellformed, revoke_token
from tenants.token_scopes import READ_SCOPES
from tests.factories import ApiTokenFactory, MembershipFactory

pytestmark = pytest.mark.django_db


class TestCreateToken:
    def test_its_text_is_returned_and_only_its_digest_stored(self, in_scope: Organization) -> None:
        editor = MembershipFactory.create(org=in_scope, role=Role.EDITOR)

        token, text = create_token(membership=editor, name="CI", days=30, scopes=READ_SCOPES)

        assert re.fullmatch(r"mgp_[a-z2-7]{32}[0-9a-f]{8}", text)
        assert is_wellformed(text)
        stored = ApiToken.objects.get()
        assert stored == token
        assert stored.token_sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert text.startswith(stored.prefix)
        assert len(stored.prefix) == 12

    def test_a_viewer_gets_none(self, in_scope: Organization) -> None:
        viewer = MembershipFactory.create(org=in_scope, role=Role.VIEWER)

        with pytest.raises(RoleTooLowError):
            create_token(membership=viewer, name="CI", days=30, scopes=READ_SCOPES)

    @pytest.mark.parametrize("days", [0, 366])
    def test_lasts_a_day_to_a_year(self, in_scope: Organization, days: int) -> None:
        editor = MembershipFactory.create(org=in_scope, role=Role.EDITOR)

        with pytest.raises(ValueError, match="1 to 365 days"):
            create_token(membership=editor, name="CI", days=days, scopes=READ_SCOPES)

    @pytest.mark.parametrize("scopes", [[], ["everything"], ["library:read", ""]])
    def test_is_for_something_that_is_known(
        self, in_scope: Organization, scopes: list[str]
    ) -> None:
        editor = MembershipFactory.create(org=in_scope, role=Role.EDITOR)

        with pytest.raises(ValueError, match="A token is for some of"):
            create_token(membership=editor, name="CI", days=30, scopes=scopes)


class TestIsWellformed:
    def test_a_changed_letter_is_found_without_the_database(self, in_scope: Organization) -> None:
        editor = MembershipFactory.create(org=in_scope, role=Role.EDITOR)
        _, text = create_token(membership=editor, name="CI", days=30, scopes=READ_SCOPES)

        for place in range(len(text)):
            changed = text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]
            assert not is_wellformed(changed)

    @pytest.mark.parametrize("text", ["", "mgp_", "ghp_abc", "é" * 50])
    def test_other_text_is_none(self, text: str) -> None:
        assert not is_wellformed(text)


class TestRevokeToken:
    def test_an_editor_revokes_only_their_own(self, in_scope: Organization) -> None:
        editor = MembershipFactory.create(org=in_scope, role=Role.EDITOR)
        own = ApiTokenFactory.create(org=in_scope, user=editor.user)
        others = ApiTokenFactory.create(org=in_scope)

        revoke_token(actor=editor, token=own)
        with pytest.raises(RoleTooLowError):
            revoke_token(actor=editor, token=others)

        assert list(ApiToken.objects.usable()) == [others]

    def test_an_admin_revokes_anybodys(self, in_scope: Organization) -> None:
        admin = MembershipFactory.create(org=in_scope, role=Role.ADMIN)
        token = ApiTokenFactory.create(org=in_scope)

        revoke_token(actor=admin, token=token)

        assert not ApiToken.objects.usable().exists()
