"""Which calls a role may make."""

from typing import Any, ClassVar

from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from tenants.api.credentials import Credential
from tenants.errors import OrgRequiredError
from tenants.permissions import Permission


class OrgPermission(BasePermission):
    """Ask for the permission that the view names for the method; none named refuses.

    A view says ``required_permissions = {"GET": Permission.VIEW_LIBRARY, …}``. HEAD is asked
    as GET; OPTIONS needs membership only.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the call may go on.

        Raises:
            OrgRequiredError: a session's call names no organization.
            PermissionDenied: the token can only read, or the role is too low.
        """
        credential = request.auth
        if not isinstance(credential, Credential):
            return False
        if credential.membership is None:
            raise OrgRequiredError
        method = "GET" if request.method == "HEAD" else request.method
        if credential.is_read_only and method not in SAFE_METHODS:
            raise exceptions.PermissionDenied(
                "This token can only read. Make one that can also change things.",
                code="token_read_only",
            )
        if method == "OPTIONS":
            return True
        wanted: dict[str, Permission] = getattr(view, "required_permissions", {})
        if method not in wanted:
            raise exceptions.MethodNotAllowed(str(method))
        return credential.membership.allows(wanted[method])


class SessionOnly(BasePermission):
    """Only for a person in a browser; a token belongs to one organization already."""

    message: ClassVar[str] = "This is not for API tokens: sign in as a person."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether a session is behind the call."""
        return isinstance(request.auth, Credential) and not request.auth.is_token
