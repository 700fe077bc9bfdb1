"""What every page needs to know about the person who looks at it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tenants.services.organizations import organizations_of

THEMES = ("system", "light", "dark")


def organizations(request: HttpRequest) -> dict[str, Any]:
    """Return ``nav_orgs``, read only if the page shows them, and the chosen ``theme``."""
    theme = request.COOKIES.get("theme", "")
    return {
        "nav_orgs": SimpleLazyObject(lambda: _organizations(request)),
        "theme": theme if theme in THEMES else THEMES[0],
    }


def _organizations(request: HttpRequest) -> list[Any]:
    user: Any = getattr(request, "user", None)
    return organizations_of(user) if user is not None and user.is_authenticated else []
