"""Binds each request below ``/o/<slug>/`` to the organization that its address names."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.errors import SecretUnreadableError
from tenants.models import Membership
from tenants.scope import org_scope, user_scope

logger = logging.getLogger(__name__)

LAST_ORG = "last_org"

View = TypeVar("View", bound=Callable[..., Any])


class OrgRequest(HttpRequest):
    """A request of a member to a page of an organization.

    Attributes:
        open_scope: opens the organization's scope for the rest of the request; for a view
            that ``opens_scope_itself``.
    """

    org: Any
    membership: Membership
    htmx: Any
    open_scope: Callable[[], None]


def opens_scope_itself(view: View) -> View:
    """Let a page do slow work before the organization's scope, which is a transaction.

    The page is for members all the same. It calls ``request.open_scope()`` before it reads
    or writes anything of the organization.
    """
    view.opens_scope_itself = True  # type: ignore[attr-defined]  # read by the middleware
    return view


class OrgMiddleware:
    """Checks membership on each request and opens the organization's scope around the view.

    The session only remembers the last organization for the way back; it grants nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; the scope's transaction ends before the first byte leaves."""
        with ExitStack() as scopes:
            request.org_scopes = scopes  # type: ignore[attr-defined]  # private to this class
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> None:
        """Find the membership behind the address, or answer as if nothing were there."""
        user: Any = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return
        scopes: ExitStack = request.org_scopes  # type: ignore[attr-defined]
        slug = kwargs.pop("org_slug", None)
        if slug is None:
            return
        is_deferred = getattr(view, "opens_scope_itself", False)
        with ExitStack() as lookup:
            (lookup if is_deferred else scopes).enter_context(user_scope(user.pk))
            membership = (
                Membership.of_person.filter(user=user, org__slug=slug).select_related("org").first()
            )
        if membership is None:
            raise Http404
        request.org = membership.org  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        if is_deferred:
            request.open_scope = partial(_open_scopes, request, scopes)  # type: ignore[attr-defined]
        else:
            scopes.enter_context(org_scope(membership.org_id))
            request.is_scoped = True  # type: ignore[attr-defined]
        if request.session.get(LAST_ORG) != slug:
            request.session[LAST_ORG] = slug

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Undo what a failed view has written, as ATOMIC_REQUESTS would."""
        if getattr(request, "is_scoped", False):
            transaction.set_rollback(True)


class SecretsMiddleware:
    """Says what is the matter where a stored secret cannot be opened, which no retry mends."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer with a page for the person; the operator finds the reason in the log."""
        if not isinstance(exception, SecretUnreadableError):
            return None
        logger.error("%s (%s) %s", exception.message, exception.code, exception.context)
        context = {"code": exception.code}
        return render(request, "tenants/secret_unreadable.html", context, status=503)


def _open_scopes(request: Any, scopes: ExitStack) -> None:
    scopes.enter_context(user_scope(request.user.pk))
    scopes.enter_context(org_scope(request.org.pk))
    request.is_scoped = True
