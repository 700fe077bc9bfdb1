"""What every page needs to know about the person who looks at it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tenants.demo_mail import is_shown_to
from tenants.models import Organization
from tenants.services.organizations import organizations_of

THEMES = {"system": "As the system", "light": "Light", "dark": "Dark"}
THEME_COOKIE = "theme"


def organizations(request: HttpRequest) -> dict[str, Any]:
    """Return ``nav_orgs``, read only if the page shows them, and the chosen ``theme``.

    ``has_demo_mail`` says whether mail is read on a page of the demo.
    """
    return {
        "nav_orgs": SimpleLazyObject(lambda: _organizations(request)),
        "theme": chosen_theme(request),
        "has_demo_mail": is_shown_to(request),
    }


def chosen_theme(request: HttpRequest) -> str:
    """Return the colours that this browser asked for, ``system`` if none."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "system"


def _organizations(request: HttpRequest) -> list[Organization]:
    user: Any = getattr(request, "user", None)
    return organizations_of(user) if user is not None and user.is_authenticated else []
