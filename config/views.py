"""The front door."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from tenants.middleware import LAST_ORG
from tenants.models import User
from tenants.services.organizations import organizations_of
from tenants.urls_for import org_reverse


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the library of the organization that was looked at last, or to a first one."""
    assert isinstance(request.user, User)  # noqa: S101  # the middleware lets nobody else in
    mine = {org.slug: org for org in organizations_of(request.user)}
    if not mine:
        return redirect("tenants:create_organization")
    org = mine.get(request.session.get(LAST_ORG, "")) or next(iter(mine.values()))
    return redirect(org_reverse(org, "media:library"))
