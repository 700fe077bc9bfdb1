"""Makes and revokes the tokens of API clients.

A token is ``mgp_``, 160 random bits in base 32, and a CRC-32 of both, by which scanners of
leaked secrets tell it from chance. Only its SHA-256 is stored.
"""

import base64
import datetime as dt
import hashlib
import secrets
import zlib
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from tenants.errors import RoleTooLowError
from tenants.models import ApiToken, Membership
from tenants.permissions import Permission
from tenants.token_scopes import TokenScope

TOKEN_PREFIX = "mgp_"  # noqa: S105  # what tokens begin with, not one of them
SECRET_BYTES = 20
CHECKSUM_LENGTH = 8
SHOWN_LENGTH = 12
MAX_DAYS = 365


@transaction.atomic
def create_token(
    *, membership: Membership, name: str, days: int, scopes: Collection[str]
) -> tuple[ApiToken, str]:
    """Make a token that acts for ``membership``; its text is known here and never again.

    Args:
        membership: whose rights it has, as they are when it is used.
        name: what its owner knows it by.
        days: until it expires; 1 to ``MAX_DAYS``.
        scopes: what it is for (``TokenScope``); one at least.

    Returns:
        The stored token, and its text.

    Raises:
        RoleTooLowError: the role may not have tokens.
    """
    if not membership.allows(Permission.MANAGE_TOKENS):
        raise RoleTooLowError("Viewers cannot make API tokens. Ask for the role of an editor.")
    if not 1 <= days <= MAX_DAYS:
        raise ValueError(f"A token lasts 1 to {MAX_DAYS} days, not {days}.")
    if not scopes or not set(scopes) <= set(TokenScope.values):
        raise ValueError(f"A token is for some of {TokenScope.values}, not {list(scopes)}.")
    text = _new_text()
    token = ApiToken.objects.create(
        org=membership.org,
        user=membership.user,
        name=name,
        prefix=text[:SHOWN_LENGTH],
        token_sha256=token_digest(text),
        scopes=[scope for scope in TokenScope.values if scope in scopes],
        expires_at=timezone.now() + dt.timedelta(days=days),
    )
    return token, text


def revoke_token(*, actor: Membership, token: ApiToken) -> None:
    """Make a token open nothing; a second time changes nothing.

    Raises:
        RoleTooLowError: it is somebody else's, and ``actor`` does not manage members.
    """
    if token.user_id != actor.user_id and not actor.allows(Permission.MANAGE_MEMBERS):
        raise RoleTooLowError("Only owners and admins can revoke somebody else's token.")
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def token_digest(text: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_wellformed(text: str) -> bool:
    """Return whether ``text`` could be a token at all, before the database is asked."""
    body, checksum = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    return body.startswith(TOKEN_PREFIX) and checksum == _checksum(body)


def _new_text() -> str:
    random = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().lower()
    body = TOKEN_PREFIX + random
    return body + _checksum(body)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):0{CHECKSUM_LENGTH}x}"
