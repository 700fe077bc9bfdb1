"""Who calls the API: a token of an organization, or a session that names one."""

import copy
import datetime as dt
import uuid
from typing import Any

from django.db import connection
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from tenants.api.credentials import Credential
from tenants.errors import TokenOfAnotherOrgError
from tenants.models import ApiToken, Membership, User
from tenants.scope import org_scope, user_scope
from tenants.services.tokens import is_wellformed, token_digest

ORG_HEADER = "X-Magpie-Org"
SCHEME = "bearer"
# How exactly "last used" is kept: often enough to recognise a token that nobody needs.
USE_RECORDED_EVERY = dt.timedelta(minutes=10)


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer mgp_…``. A token has an organization, a person and scopes.

    All are looked at on every call: who left the organization, or was switched off, is out at
    once, and scopes open no more than the person's role. ``X-Magpie-Org`` is not needed; if
    it is there, it names the same one.
    """

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        """Return the token's person and credential, or None when there is no token.

        Raises:
            AuthenticationFailed: the token opens nothing.
            TokenOfAnotherOrgError: the header names another organization.
        """
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        found = _find_token(text.strip())
        if found is None:
            raise _refused()
        token_id, org_id, user_id = found
        with org_scope(org_id):
            membership = _membership(org_id=org_id, user_id=user_id)
            token = ApiToken.objects.usable().filter(pk=token_id).first()
            if membership is None or token is None:
                raise _refused()
            if request.headers.get(ORG_HEADER) not in {None, "", membership.org.slug}:
                raise TokenOfAnotherOrgError
            _record_use(token)
        return membership.user, Credential(membership, scopes=frozenset(token.scopes))

    def authenticate_header(self, request: Request) -> str:
        """Make a refusal a 401 that says how to sign in."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a browser; ``X-Magpie-Org: <slug>`` names the org.

    A call that changes something has the CSRF token in the header ``X-CSRFToken``.
    """

    def authenticate(self, request: Request) -> tuple[User, Credential] | None:
        """Return the session's person and credential, or None without a session.

        Raises:
            NotFound: the person is no member of the organization that is named.
            PermissionDenied: the CSRF token is missing or wrong.
        """
        found = super().authenticate(request)
        if found is None:
            return None
        user: Any = found[0]
        slug = request.headers.get(ORG_HEADER, "")
        membership = _membership_by_slug(user, slug) if slug else None
        if slug and membership is None:
            raise exceptions.NotFound
        return user, Credential(membership=membership)

    def enforce_csrf(self, request: Request) -> None:
        """Refuse a call without the right token in its header.

        Django looks for it in the form first, and would so receive gigabytes of files before
        anybody asks whether the caller may send them.

        Raises:
            PermissionDenied: the CSRF token is missing or wrong.
        """
        without_body = copy.copy(request._request)  # noqa: SLF001  # DRF's own does so too
        without_body.POST = QueryDict()
        super().enforce_csrf(without_body)  # type: ignore[arg-type]  # Django's request will do


def _find_token(text: str) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID] | None:
    """Find a usable token before its organization is known: its key, org and person."""
    if not is_wellformed(text):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT token_id, org_id, user_id FROM engine_token(%s)", [token_digest(text)]
        )
        row: tuple[uuid.UUID, uuid.UUID, uuid.UUID] | None = cursor.fetchone()
    return row


def _membership(*, org_id: uuid.UUID, user_id: uuid.UUID) -> Membership | None:
    return (
        Membership.objects.select_related("org", "user")
        .filter(org_id=org_id, user_id=user_id, user__is_active=True)
        .first()
    )


def _membership_by_slug(user: User, slug: str) -> Membership | None:
    with user_scope(user.pk):
        mine = Membership.of_person.select_related("org", "user")
        return mine.filter(user=user, org__slug=slug).first()


def _record_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_RECORDED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _refused() -> exceptions.AuthenticationFailed:
    return exceptions.AuthenticationFailed(
        "This token is wrong, expired or revoked, or its owner left the organization.",
        code="token_refused",
    )
