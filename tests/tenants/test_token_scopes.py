"""What tokens are made for, and the tokens that were there before they said so."""

from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from tenants.models import ApiToken, Membership, Organization
from tenants.permissions import ROLE_PERMISSIONS, Permission, Role
from tenants.scope import org_scope
from tenants.token_scopes import READ_SCOPES, SCOPE_PERMISSIONS, TokenScope, scopes_with
from tests.factories import ApiTokenFactory, MembershipFactory
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db

ME = "/api/v1/me"


class TestTable:
    def test_says_of_every_scope_what_it_opens(self) -> None:
        assert set(SCOPE_PERMISSIONS) == set(TokenScope)

    def test_lets_reading_scopes_open_what_viewers_may(self) -> None:
        opened = {each for scope in READ_SCOPES for each in SCOPE_PERMISSIONS[scope]}

        assert opened == ROLE_PERMISSIONS[Role.VIEWER]

    def test_names_the_narrowest_scope_first(self) -> None:
        assert scopes_with(Permission.VIEW_LIBRARY) == ["library:read", "library:write"]
        assert scopes_with(Permission.MANAGE_ORG) == []


class TestToken:
    def test_of_any_scope_may_ask_who_it_is(self, client: Client, editor: Membership) -> None:
        for scope in TokenScope:
            body = client.get(ME, headers=bearer(token_of(editor, scopes=[scope]))).json()
            assert body["scopes"] == [scope]

    def test_without_the_scope_is_told_which_one_it_lacks(
        self, client: Client, editor: Membership
    ) -> None:
        headers = bearer(token_of(editor, scopes=["library:read", "sync:read"]))

        response = client.get("/api/v1/members", headers=headers)

        assert response.status_code == 403
        assert response.json() == {
            "code": "scope_missing",
            "message": "This token is not for that: the call needs the scope members:read. Make a"
            " token that has it, on the page of API tokens.",
            "context": {"scopes": ["members:read"]},
        }

    def test_gives_nobody_more_than_their_role(self, client: Client, org: Organization) -> None:
        person = MembershipFactory.create(org=org, role=Role.EDITOR)
        headers = bearer(token_of(person))
        with org_scope(org.pk):
            Membership.objects.filter(pk=person.pk).update(role=Role.VIEWER)

        response = client.post("/api/v1/boards", {"name": "New"}, headers=headers)

        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")

    def test_may_ask_what_there_is_whatever_it_is_for(
        self, client: Client, editor: Membership
    ) -> None:
        headers = bearer(token_of(editor, scopes=["library:read"]))

        assert client.options("/api/v1/members", headers=headers).status_code == 200

    @pytest.mark.parametrize("scopes", [[], ["made:up"]])
    def test_is_not_stored_without_a_scope_that_is_known(
        self, in_scope: Organization, scopes: list[str]
    ) -> None:
        with pytest.raises(IntegrityError, match="scopes_known"), transaction.atomic():
            ApiTokenFactory.create(org=in_scope, scopes=scopes)

    def test_says_what_it_may_do_in_words(self) -> None:
        token = ApiToken(scopes=["sync:control", "members:read"])

        assert token.scope_labels == [
            "Run, pause, cancel and schedule jobs",
            "See who belongs to the organization",
        ]
        assert not token.only_reads


class TestSession:
    def test_has_no_scopes_and_may_do_what_its_person_may(self, member_client: Client) -> None:
        body = member_client.get(ME, headers={"X-Magpie-Org": "acme"}).json()

        assert body["scopes"] is None


class TestTokensOfBefore:
    """The statements of the migration, on a table that looks as the real one did."""

    @pytest.mark.parametrize(
        ("is_read_only", "kept"),
        [
            (True, {"library:read", "sync:read", "members:read"}),
            (False, set(TokenScope.values) - {"sync:control"}),
        ],
    )
    def test_keep_what_they_could_do_and_get_no_more(
        self, *, is_read_only: bool, kept: set[str]
    ) -> None:
        migration = import_module("tenants.migrations.0006_token_scopes")
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE tenants_apitoken (is_read_only bool, scopes varchar(24)[])"
                " ON COMMIT DROP"
            )
            cursor.execute("INSERT INTO tenants_apitoken VALUES (%s, '{}')", [is_read_only])

            cursor.execute(migration.FILL)

            cursor.execute("SELECT scopes FROM tenants_apitoken")
            [(scopes,)] = cursor.fetchall()
            cursor.execute("UPDATE tenants_apitoken SET is_read_only = NULL")
            cursor.execute(migration.FILL_BACK)
            cursor.execute("SELECT is_read_only FROM tenants_apitoken")
            assert cursor.fetchall() == [(is_read_only,)]
        assert set(scopes) == kept
