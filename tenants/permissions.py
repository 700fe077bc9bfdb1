"""Who may do what: the one table of roles and permissions."""

import enum
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase


class Role(models.TextChoices):
    """What a person is in an organization; each role includes those below it."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


class Permission(enum.StrEnum):
    """One thing that pages and API calls ask for."""

    SEE_ONESELF = "see_oneself"
    VIEW_LIBRARY = "view_library"
    DOWNLOAD_ORIGINALS = "download_originals"
    VIEW_SYNC = "view_sync"
    VIEW_MEMBERS = "view_members"
    EDIT_LIBRARY = "edit_library"
    IMPORT = "import"
    CONTROL_SYNC = "control_sync"
    UNDO_OTHERS = "undo_others"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_ORG = "manage_org"
    MANAGE_OWNERS = "manage_owners"
    MANAGE_FACES = "manage_faces"


_VIEWER = frozenset(
    {
        Permission.SEE_ONESELF,
        Permission.VIEW_LIBRARY,
        Permission.DOWNLOAD_ORIGINALS,
        Permission.VIEW_SYNC,
        Permission.VIEW_MEMBERS,
    }
)
_EDITOR = _VIEWER | {
    Permission.EDIT_LIBRARY,
    Permission.IMPORT,
    Permission.CONTROL_SYNC,
    Permission.MANAGE_TOKENS,
}
_ADMIN = _EDITOR | {
    Permission.UNDO_OTHERS,
    Permission.MANAGE_CONNECTIONS,
    Permission.MANAGE_MEMBERS,
    Permission.MANAGE_ORG,
}
_OWNER = _ADMIN | {Permission.MANAGE_OWNERS, Permission.MANAGE_FACES}

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _OWNER,
}

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
View = Callable[Concatenate[R, P], HttpResponseBase]


def requires(permission: Permission) -> Callable[[View[R, P]], View[R, P]]:
    """Let a page of an organization be used only by roles that hold ``permission``.

    The suite fails on a page below ``/o/<slug>/`` without this decorator, and reads
    ``view.required_permission`` to try every role on every page.
    """

    def decorate(view: View[R, P]) -> View[R, P]:
        @wraps(view)
        def guarded(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            membership: Any = getattr(request, "membership", None)
            if membership is None or not membership.allows(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined]  # read by tests
        return guarded

    return decorate
