"""What a token may be made for: the one table of scopes and the permissions that each opens.

A scope never gives more than the role of the token's person holds; it only leaves less. One
that lets change something also lets read it, since its calls answer with what they changed.
"""

from collections.abc import Iterable

from django.db import models

from tenants.permissions import Permission


class TokenScope(models.TextChoices):
    """One thing that a token is for, and what people read of it."""

    LIBRARY_READ = "library:read", "See the library: saved items, boards, tags, pictures"
    LIBRARY_WRITE = "library:write", "Change the library: edit, tag, sort into boards, remove"
    IMPORTS_WRITE = "imports:write", "Bring export files and import them"
    SYNC_READ = "sync:read", "See imports, jobs and runs, and how fresh everything is"
    SYNC_CONTROL = "sync:control", "Run, pause, cancel and schedule jobs"
    MEMBERS_READ = "members:read", "See who belongs to the organization"


READ_SCOPES = (TokenScope.LIBRARY_READ, TokenScope.SYNC_READ, TokenScope.MEMBERS_READ)

# What every token opens: whom it acts for, and where.
_ANY = frozenset({Permission.SEE_ONESELF})
_SEE_LIBRARY = _ANY | {Permission.VIEW_LIBRARY, Permission.DOWNLOAD_ORIGINALS}
_SEE_SYNC = _ANY | {Permission.VIEW_SYNC}

SCOPE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    TokenScope.LIBRARY_READ: _SEE_LIBRARY,
    TokenScope.LIBRARY_WRITE: _SEE_LIBRARY | {Permission.EDIT_LIBRARY, Permission.UNDO_OTHERS},
    TokenScope.IMPORTS_WRITE: _SEE_SYNC | {Permission.IMPORT},
    TokenScope.SYNC_READ: _SEE_SYNC,
    TokenScope.SYNC_CONTROL: _SEE_SYNC | {Permission.CONTROL_SYNC},
    TokenScope.MEMBERS_READ: _ANY | {Permission.VIEW_MEMBERS},
}


def only_reads(scopes: Iterable[str]) -> bool:
    """Return whether nothing can be changed with ``scopes``."""
    return set(scopes) <= set(READ_SCOPES)


def opens(scopes: Iterable[str], permission: Permission) -> bool:
    """Return whether one of ``scopes`` opens ``permission``."""
    return any(permission in SCOPE_PERMISSIONS[scope] for scope in scopes)


def scopes_with(permission: Permission) -> list[str]:
    """Return the scopes that open ``permission``, the narrowest first."""
    found = [scope for scope, opened in SCOPE_PERMISSIONS.items() if permission in opened]
    return sorted(found, key=lambda scope: len(SCOPE_PERMISSIONS[scope]))
