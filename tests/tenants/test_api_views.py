"""The base class of API views: its scope, its permissions, its refusals."""

from collections.abc import Collection
from typing import Any, ClassVar

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.views import OrgAPIView
from tenants.errors import NotReadyError
from tenants.models import Membership, Organization
from tenants.permissions import Permission
from tenants.scope import org_scope
from tenants.token_scopes import READ_SCOPES, TokenScope
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db


class ThingsView(OrgAPIView):
    """A view that writes, then fails or not."""

    required_permissions: ClassVar[dict[str, Permission]] = {
        "GET": Permission.VIEW_LIBRARY,
        "POST": Permission.EDIT_LIBRARY,
        "PUT": Permission.EDIT_LIBRARY,
        "DELETE": Permission.MANAGE_ORG,
    }
    failure: Exception | None = None

    def get(self, request: Request) -> Response:
        return Response({"org": self.org.slug})

    def post(self, request: Request) -> Response:
        self.org.name = "Written"
        self.org.save(update_fields=["name"])
        if self.failure is not None:
            raise self.failure
        return Response({})

    def delete(self, request: Request) -> Response:
        return Response(status=204)

    def patch(self, request: Request) -> Response:
        return Response({})


class TestOrgAPIView:
    def call(
        self,
        membership: Membership,
        method: str,
        failure: Exception | None = None,
        *,
        scopes: Collection[str] = TokenScope.values,
    ) -> Any:
        token = token_of(membership, scopes=scopes)
        request: HttpRequest = RequestFactory().generic(
            method, "/things", headers=bearer(token), content_type="application/json"
        )
        return ThingsView.as_view(failure=failure)(request)

    def name(self, org: Organization) -> str:
        with org_scope(org.pk):
            org.refresh_from_db()
        return org.name

    def test_a_change_is_kept(self, editor: Membership, org: Organization) -> None:
        assert self.call(editor, "POST").status_code == 200

        assert self.name(org) == "Written"

    def test_an_expected_failure_undoes_the_change_and_says_why(
        self, editor: Membership, org: Organization
    ) -> None:
        response = self.call(editor, "POST", NotReadyError("Not yet.", seconds=3))

        assert response.status_code == 409
        assert response.data == {
            "code": "not_ready",
            "message": "Not yet.",
            "context": {"seconds": 3},
        }
        assert self.name(org) == "Acme"

    def test_a_programming_mistake_undoes_the_change_and_rises(
        self, editor: Membership, org: Organization
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            self.call(editor, "POST", ZeroDivisionError())

        assert self.name(org) == "Acme"

    def test_no_scope_is_left_behind(self, editor: Membership) -> None:
        self.call(editor, "GET")

        with pytest.raises(Exception, match="outside an organization's scope"):
            Membership.objects.count()

    def test_a_role_that_is_too_low_is_refused(self, editor: Membership) -> None:
        response = self.call(editor, "DELETE")

        assert (response.status_code, response.data["code"]) == (403, "permission_denied")

    def test_a_method_without_a_named_permission_is_refused(self, editor: Membership) -> None:
        assert self.call(editor, "PATCH").status_code == 405

    @pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 403)])
    def test_a_token_that_only_reads_changes_nothing(
        self, editor: Membership, org: Organization, method: str, status: int
    ) -> None:
        response = self.call(editor, method, scopes=READ_SCOPES)

        assert response.status_code == status
        assert self.name(org) == "Acme"

    def test_a_view_without_any_permission_named_lets_nobody_in(self, editor: Membership) -> None:
        class Unnamed(OrgAPIView):
            def get(self, request: Request) -> Response:
                return Response({})

        request = RequestFactory().get("/", headers=bearer(token_of(editor)))

        assert Unnamed.as_view()(request).status_code == 405
