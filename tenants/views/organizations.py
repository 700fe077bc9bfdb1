"""Pages of an organization itself: make one, rename it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tenants.forms import OrganizationForm
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.services import organizations
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@require_http_methods(["GET", "HEAD", "POST"])
def organization_create(request: HttpRequest) -> HttpResponse:
    """Make an organization for a team, or a first one for somebody without any."""
    form = OrganizationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        org = organizations.create_organization(owner=person(request), **form.cleaned_data)
        messages.success(request, f"{org} is ready. Invite the others.")
        return redirect(org_reverse(org, "tenants:members"))
    status = 422 if form.errors else 200
    return render(request, "tenants/organization_create.html", {"form": form}, status=status)


@requires(Permission.VIEW_LIBRARY)
@require_http_methods(["GET", "HEAD"])
def organization_settings(request: OrgRequest) -> HttpResponse:
    """Show what the organization is; who may manage it finds the form here."""
    return _page(request, OrganizationForm(initial={"name": request.org.name}))


@requires(Permission.MANAGE_ORG)
@require_http_methods(["POST"])
def organization_rename(request: OrgRequest) -> HttpResponse:
    """Give the organization another name."""
    form = OrganizationForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    organizations.rename_organization(org=request.org, **form.cleaned_data)
    messages.success(request, f"The organization is called {request.org} now.")
    return redirect(org_reverse(request.org, "tenants:settings"))


def _page(request: OrgRequest, form: OrganizationForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "may_rename": request.membership.allows(Permission.MANAGE_ORG),
        "may_have_tokens": request.membership.allows(Permission.MANAGE_TOKENS),
    }
    return render(request, "tenants/settings.html", context, status=status)
