"""What people do with an account that is linked, and the way back from its source."""

import time
import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors.errors import LinkRefusedError
from connectors.models import Connection, Credential
from connectors.oauth.states import Came, linked_by, note_linked, take
from connectors.policy import gate_of
from ingestion import control
from ingestion.connections_page.reads import account_of
from ingestion.models import Job
from ingestion.models.job import JobKind
from ingestion.syncs.leaving import brought_by, disconnect, purge
from ingestion.syncs.linking import Linked, come_back, oauth_connector
from ingestion.views.connections import HOME, connection_of
from ingestion.views.listing import person
from ingestion.views.replies import Reply, answer
from tenants.errors import AppError, NotReadyError
from tenants.middleware import OrgRequest
from tenants.models import Membership, Organization
from tenants.permissions import Permission, requires
from tenants.scope import org_scope, user_scope
from tenants.urls_for import org_reverse

KEEP, PURGE = "keep", "purge"
INVALID = 422


class LeaveForm(forms.Form):
    """What becomes of what an account brought."""

    brought = forms.ChoiceField(choices=[(KEEP, "Keep it"), (PURGE, "Remove it")])


_SIGNED_OUT = (
    "You were signed out when {} led you back, so nothing was linked. Sign in, open Connections, "
    "and begin again."
)


@login_not_required
@require_safe
@never_cache
def connection_callback(request: HttpRequest, connector: str) -> HttpResponse:
    """Take in what a source answers, and lead to Connections, which says what became of it.

    The state says for which organization; whoever comes back has to belong to it still. Whoever is
    signed out begins again: a sign-in that led back here would carry the code in its address.
    """
    found = oauth_connector(connector)
    if found is None:
        raise Http404
    if not request.user.is_authenticated:
        messages.warning(request, _SIGNED_OUT.format(found.title))
        return redirect(settings.LOGIN_URL)
    by, state, now = person(request), request.GET.get("state", ""), time.time()
    came = linked_by(request.session, state, connector=connector, user_id=by.pk, now=now)
    if came is not None and (again := _say_linked_already(request, came)):
        return again
    try:
        way = take(request.session, state, connector=connector, user_id=by.pk, now=now)
    except LinkRefusedError as error:
        messages.error(request, error.message)
        return redirect("home")
    org = _org_of(request, way.org_id)
    try:
        linked = come_back(
            found,
            way,
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
            by=by,
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect(org_reverse(org, HOME))
    connection_id = linked.job.connection_id
    if connection_id is not None:
        note_linked(request.session, state, way, connection_id=connection_id, now=now)
    _say_linked(request, linked, title=found.title)
    return redirect(org_reverse(org, HOME))


def _org_of(request: HttpRequest, org_id: uuid.UUID) -> Organization:
    """Return an organization; none where the person may link nothing there any more."""
    by = person(request)
    with user_scope(by.pk):
        membership = (
            Membership.of_person.filter(user=by, org_id=org_id).select_related("org").first()
        )
    if membership is None or not membership.allows(Permission.MANAGE_CONNECTIONS):
        raise Http404
    return membership.org


def _say_linked_already(request: HttpRequest, came: Came) -> HttpResponse | None:
    """Lead to the account that this very answer linked; None where it was let go since."""
    org = _org_of(request, came.org_id)
    with org_scope(org.pk):
        credential = (
            Credential.objects.filter(connection=came.connection_id)
            .select_related("connection")
            .first()
        )
    if credential is None:
        return None
    name = credential.account_name or credential.connection.name
    messages.info(request, f"“{name}” is connected already; nothing more was done.")
    return redirect(_place(org, credential.connection))


def _say_linked(request: HttpRequest, linked: Linked, *, title: str) -> None:
    if linked.lacking:
        missing = " ".join(linked.lacking)
        messages.warning(
            request,
            f"“{linked.account_name}” is connected, but cannot be read: less was allowed than is "
            f"needed. Missing: {missing} Reconnect, and allow that too.",
        )
        return
    without = " ".join(linked.without)
    note = f" Left out, as you chose: {without}" if without else ""
    messages.success(
        request, f"“{linked.account_name}” at {title} is connected. Its first sync begins.{note}"
    )


@requires(Permission.CONTROL_SYNC)
@require_POST
def connection_sync(request: OrgRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Queue a sync of an account now."""
    connection = connection_of(request, connection_id)
    job: Job | None = request.org.jobs.filter(
        connection=connection, kind=JobKind.SYNC, is_one_off=False
    ).first()

    def sync() -> Reply:
        if job is None:
            raise NotReadyError("No account is linked here any more. Connect it first.")
        queued = control.run_now(job, by=person(request))
        if queued.is_new or queued.is_sooner:
            return Reply(f"{connection.name}: a sync begins shortly.")
        return Reply(f"{connection.name}: a sync is under way already.", "info")

    return answer(request, sync, back_to=_place(request.org, connection))


@requires(Permission.MANAGE_CONNECTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def connection_disconnect(request: OrgRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Ask what becomes of what an account brought, and let it go."""
    connection = connection_of(request, connection_id)
    account = account_of(connection)
    if account is None or account.connector is None:
        raise Http404
    form = LeaveForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        endpoints = account.connector.oauth()
        context = {
            "account": account,
            "brought": brought_by(connection),
            "days": gate_of(connection.connector).retention.days,
            "form": form,
            "settings_url": endpoints.settings_url if endpoints else "",
        }
        status = INVALID if request.method == "POST" else 200
        return render(request, "ingestion/connections/disconnect.html", context, status=status)
    if form.cleaned_data["brought"] == PURGE:
        run = purge(connection, by=person(request))
        messages.success(
            request,
            f"“{account.name}” is disconnected, and what only it brought is being removed. Take "
            f"Magpie off the list of apps at {account.source} too.",
        )
        return redirect(org_reverse(request.org, "ingestion:run", run_id=run.pk))
    disconnect(connection, by=person(request))
    days = gate_of(connection.connector).retention.days
    how_long = "" if days is None else f" for {days} days at most"
    messages.success(
        request,
        f"“{account.name}” is disconnected; what it brought stays{how_long}. Take Magpie off "
        f"the list of apps at {account.source} too.",
    )
    return redirect(org_reverse(request.org, HOME))


def _place(org: Organization, connection: Connection) -> str:
    return f"{org_reverse(org, HOME)}#connection-{connection.pk}"
