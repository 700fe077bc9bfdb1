"""What people were told: the list, the bell's number, and how they want to be told."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ingestion.notify import choices, inbox
from ingestion.notify.forms import ChoiceForm
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse
from tenants.views.requests import person


@requires(Permission.VIEW_LIBRARY)
@require_safe
def notifications(request: OrgRequest) -> HttpResponse:
    """List what the person was told, newest first; ``before`` names where a page begins."""
    user = person(request)
    page = inbox.inbox_page(user, _before(request))
    if request.htmx:
        response = render(request, "ingestion/notify/items.html", {"page": page})
    else:
        choice = choices.choice_of(user)
        initial = {"in_app": choice.in_app, "by_email": choice.by_email}
        context = {
            "page": page,
            "unread_count": inbox.unread_count(user),
            "kept_days": inbox.KEPT_FOR.days,
            "form": ChoiceForm(initial=initial),
            "is_listening": request.membership.allows(Permission.CONTROL_SYNC),
        }
        response = render(request, "ingestion/notify/notifications.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires(Permission.VIEW_LIBRARY)
@require_safe
def notification_count(request: OrgRequest) -> HttpResponse:
    """Say how many are unread, for the bell."""
    context = {"count": inbox.unread_count(person(request)), "most": inbox.COUNTED}
    return render(request, "ingestion/notify/count.html", context)


@requires(Permission.VIEW_LIBRARY)
@require_POST
def notification_read(request: OrgRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Open one: it is read then, and leads to where it is mended."""
    mine = inbox.told_to(person(request)).filter(pk=notification_id)
    path = get_object_or_404(mine).path
    inbox.mark_read(mine)
    return redirect(path)


@requires(Permission.VIEW_LIBRARY)
@require_POST
def notifications_read_all(request: OrgRequest) -> HttpResponse:
    """Mark all that the person was told as read."""
    inbox.mark_read(inbox.told_to(person(request)))
    return redirect(org_reverse(request.org, "ingestion:notifications"))


@requires(Permission.VIEW_LIBRARY)
@require_POST
def notification_choices(request: OrgRequest) -> HttpResponse:
    """Keep how the person wants to hear of this organization's data."""
    form = ChoiceForm(request.POST)
    if form.is_valid():
        choices.choose(request.org.pk, person(request).pk, **form.cleaned_data)
        messages.success(request, "Your choice is saved.")
    return redirect(org_reverse(request.org, "ingestion:notifications"))


# A mail program posts without a page of ours before it; the signed link alone says who may.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notifications_off(request: HttpRequest, token: str) -> HttpResponse:
    """End an organization's mails to a person, by the link in one of them; opening asks first."""
    found = choices.unseal(token)
    if found is None:
        return render(request, "ingestion/notify/off.html", {"is_unknown": True}, status=404)
    if request.method == "POST":
        choices.stop_mails(*found)
    org = choices.organization_of(*found)
    context = {"org": org, "is_done": request.method == "POST" or org is None}
    return render(request, "ingestion/notify/off.html", context)


def _before(request: OrgRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("before", ""))
    except ValueError:
        return None
