"""Base classes of all API views of an organization."""

from contextlib import ExitStack
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from tenants.api.permissions import is_allowed
from tenants.models import Membership, Organization
from tenants.permissions import Permission
from tenants.scope import org_scope


class OrgScopeMixin(APIView):
    """Runs a view in the scope, and so in one transaction, of the organization called for.

    The scope opens when authentication, permission and throttling are done, and ends when
    the answer is rendered. A refusal undoes what the view has written.
    """

    required_permissions: ClassVar[dict[str, Permission]] = {}
    # Actions that do slow work first, and then call ``open_scope`` themselves.
    opening_scope_themselves: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, rendering included, before the scope ends."""
        with ExitStack() as scopes:
            self._scopes = scopes
            self._is_scoped = False
            response = super().dispatch(request, *args, **kwargs)
            render = getattr(response, "render", None)
            if render is not None:
                render()
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Open the scope once the caller is known and allowed."""
        super().initial(request, *args, **kwargs)
        if getattr(self, "action", None) not in self.opening_scope_themselves:
            self.open_scope()

    def open_scope(self) -> None:
        """Open the organization's scope for the rest of the call."""
        self._scopes.enter_context(org_scope(self.membership.org_id))
        self._is_scoped = True

    def handle_exception(self, exc: Exception) -> Any:
        """Answer a failure, with nothing of the view's writing left."""
        response = super().handle_exception(exc)
        if self._is_scoped:
            transaction.set_rollback(True)
        return response

    def demand(self, permission: Permission) -> None:
        """Ask for a permission beyond that of the method: what the object of the call needs.

        Raises:
            PermissionDenied: the role does not hold it.
            ScopeMissingError: the token was not made for it.
        """
        credential: Any = self.request.auth
        if not is_allowed(credential, permission):
            self.permission_denied(self.request)

    @property
    def membership(self) -> Membership:
        """The caller's membership in the organization."""
        credential: Any = self.request.auth
        membership: Membership = credential.membership
        return membership

    @property
    def org(self) -> Organization:
        """The organization of the call."""
        return self.membership.org


class OrgAPIView(OrgScopeMixin):
    """An API view of an organization."""


class OrgViewSet(OrgScopeMixin, GenericViewSet[Any]):
    """A viewset of an organization; ``get_queryset`` starts from ``self.org``.

    For routers: ``SimpleRouter(use_regex_path=False)`` and a ``lookup_value_converter``.
    """

    lookup_value_converter = "uuid"
    # Of its pages: see ``KeysetPagination``.
    ordering: tuple[str, ...]
