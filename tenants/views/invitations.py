"""The link of an invitation, seen by the one who was invited."""

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants.errors import AppError, InvitationGoneError
from tenants.invited import forget_invitation, remember_invitation, remembered_invitation
from tenants.middleware import LAST_ORG
from tenants.models import User
from tenants.services import invitations
from tenants.views.requests import person


@login_not_required
@never_cache
@require_safe
def invitation_open(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep the secret in the session, so that it leaves the address bar and the history."""
    remember_invitation(request, secret)
    return redirect("tenants:invitation_accept")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_accept(request: HttpRequest) -> HttpResponse:
    """Show the offer; whoever it is for accepts it here, or signs up to do so."""
    secret = remembered_invitation(request) or ""
    if request.method == "POST" and request.user.is_authenticated:
        return _accept(request, secret)
    try:
        offer = invitations.find_offer(secret)
    except InvitationGoneError as error:
        return _refuse(request, error)
    is_for_me = isinstance(request.user, User) and offer.email in _proven(request.user)
    context = {"offer": offer, "is_for_me": is_for_me}
    return render(request, "tenants/invitation.html", context)


def _accept(request: HttpRequest, secret: str) -> HttpResponse:
    user = person(request)
    try:
        membership = invitations.accept_invitation(
            secret=secret, user=user, addresses=_proven(user)
        )
    except AppError as error:
        return _refuse(request, error)
    forget_invitation(request)
    messages.success(request, f"Welcome to {membership.org}.")
    request.session[LAST_ORG] = membership.org.slug
    return redirect("home")


def _refuse(request: HttpRequest, error: AppError) -> HttpResponse:
    return render(request, "tenants/invitation.html", {"error": error}, status=error.status)


def _proven(user: User) -> set[str]:
    """Return the addresses that a person has shown to be theirs."""
    proven = EmailAddress.objects.filter(user=user, verified=True)
    return {email.lower() for email in proven.values_list("email", flat=True)}
