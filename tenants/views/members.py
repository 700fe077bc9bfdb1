"""Who belongs to the organization, and who is invited."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tenants.errors import AppError
from tenants.forms import InvitationForm, RoleForm, roles_given_by
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, Role, requires
from tenants.services import invitations, members
from tenants.urls_for import org_reverse
from tenants.views.requests import act


@requires(Permission.VIEW_LIBRARY)
@require_safe
def member_list(request: OrgRequest) -> HttpResponse:
    """List the members, and to those who manage them also the open invitations."""
    return _page(request, InvitationForm(actor=request.membership, initial={"role": Role.EDITOR}))


@requires(Permission.MANAGE_MEMBERS)
@require_POST
def member_invite(request: OrgRequest) -> HttpResponse:
    """Invite somebody by mail."""
    form = InvitationForm(request.POST, actor=request.membership)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        invitation = invitations.invite(
            actor=request.membership, link=_link(request), **form.cleaned_data
        )
    except AppError as error:
        form.add_error("email", error.message)
        return _page(request, form, status=422)
    messages.success(request, f"An invitation is on its way to {invitation.email}.")
    return redirect(_back_to(request))


@requires(Permission.MANAGE_MEMBERS)
@require_POST
def member_role(request: OrgRequest, membership_id: UUID) -> HttpResponse:
    """Give a member another role."""
    membership = get_object_or_404(request.org.memberships.select_related("user"), pk=membership_id)
    form = RoleForm(request.POST, actor=request.membership)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles that you may give.")
        return redirect(_back_to(request))
    role: Role = form.cleaned_data["role"]
    return act(
        request,
        lambda: members.change_role(actor=request.membership, membership=membership, role=role),
        done=f"{membership.user} is {role.label.lower()} now.",
        back_to=_back_to(request),
    )


@requires(Permission.MANAGE_MEMBERS)
@require_POST
def member_remove(request: OrgRequest, membership_id: UUID) -> HttpResponse:
    """Take a person out of the organization."""
    membership = get_object_or_404(request.org.memberships.select_related("user"), pk=membership_id)
    return act(
        request,
        lambda: members.remove_member(actor=request.membership, membership=membership),
        done=f"{membership.user} does not belong to {request.org} any more.",
        back_to=_back_to(request),
    )


@requires(Permission.VIEW_LIBRARY)
@require_POST
def member_leave(request: OrgRequest) -> HttpResponse:
    """Leave the organization, unless one is its last owner."""
    try:
        members.leave(membership=request.membership)
    except AppError as error:
        messages.error(request, error.message)
        return redirect(_back_to(request))
    messages.success(request, f"You have left {request.org}.")
    return redirect("home")


@requires(Permission.MANAGE_MEMBERS)
@require_POST
def invitation_revoke(request: OrgRequest, invitation_id: UUID) -> HttpResponse:
    """Make the link of an invitation open nothing."""
    invitation = get_object_or_404(request.org.invitations.all(), pk=invitation_id)
    return act(
        request,
        lambda: invitations.revoke_invitation(actor=request.membership, invitation=invitation),
        done=f"The invitation of {invitation.email} is withdrawn.",
        back_to=_back_to(request),
    )


@requires(Permission.MANAGE_MEMBERS)
@require_POST
def invitation_resend(request: OrgRequest, invitation_id: UUID) -> HttpResponse:
    """Send a fresh link in place of the one before."""
    invitation = get_object_or_404(request.org.invitations.unanswered(), pk=invitation_id)
    return act(
        request,
        lambda: invitations.invite(
            actor=request.membership,
            email=invitation.email,
            role=Role(invitation.role),
            link=_link(request),
        ),
        done=f"A new link is on its way to {invitation.email}; the one before opens nothing.",
        back_to=_back_to(request),
    )


def _page(request: OrgRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    actor = request.membership
    may_manage = actor.allows(Permission.MANAGE_MEMBERS)
    context = {
        "members": request.org.memberships.with_people(),
        "invitations": (
            request.org.invitations.unanswered()
            .select_related("invited_by")
            .order_by("-created_at", "pk")
            if may_manage
            else []
        ),
        "form": form,
        "may_manage": may_manage,
        "may_manage_owners": actor.allows(Permission.MANAGE_OWNERS),
        "roles": roles_given_by(actor),
    }
    return render(request, "tenants/members.html", context, status=status)


def _back_to(request: OrgRequest) -> str:
    return org_reverse(request.org, "tenants:members")


def _link(request: HttpRequest) -> Callable[[str], str]:
    """Return what makes the absolute address of an invitation from its secret."""
    return lambda secret: request.build_absolute_uri(
        reverse("tenants:invitation", kwargs={"secret": secret})
    )
