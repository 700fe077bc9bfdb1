"""Which calls a role may make, and of these a token."""

from typing import Any, ClassVar

from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.api.credentials import Credential
from tenants.errors import OrgRequiredError, ScopeMissingError
from tenants.permissions import Permission
from tenants.token_scopes import scopes_with


class OrgPermission(BasePermission):
    """Ask for the permission that the view names for the method; none named refuses.

    A view says ``required_permissions = {"GET": Permission.VIEW_LIBRARY, …}``. HEAD is asked
    as GET; OPTIONS needs membership only. The role must hold it, and a token be made for it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the call may go on.

        Raises:
            OrgRequiredError: a session's call names no organization.
            ScopeMissingError: the role would allow it, but the token was not made for it.
        """
        credential = request.auth
        if not isinstance(credential, Credential):
            return False
        if credential.membership is None:
            raise OrgRequiredError
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return True
        wanted: dict[str, Permission] = getattr(view, "required_permissions", {})
        if method not in wanted:
            raise exceptions.MethodNotAllowed(str(method))
        return is_allowed(credential, wanted[method])


def is_allowed(credential: Credential, permission: Permission) -> bool:
    """Return whether the role behind a call in an organization holds ``permission``.

    Raises:
        ScopeMissingError: it does, but the token was not made for it.
    """
    if credential.membership is None or not credential.membership.allows(permission):
        return False
    if not credential.is_for(permission):
        raise ScopeMissingError(scopes_with(permission))
    return True


class SessionOnly(BasePermission):
    """Only for a person in a browser; a token belongs to one organization already."""

    message: ClassVar[str] = "This is not for API tokens: sign in as a person."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether a session is behind the call."""
        return isinstance(request.auth, Credential) and not request.auth.is_token
