"""Connections: where things come from, and linking an account."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from connectors.base import Connector, Use
from connectors.models import Connection
from connectors.policy import gate_of
from ingestion.connections_page.accounts import Account
from ingestion.connections_page.reads import account_of, sources
from ingestion.connections_page.ways import NO_AI, WAYS, kept_of
from ingestion.pipelines.pulse import SLOW_S, Pulse, take_pulse
from ingestion.syncs.linking import go_there, may_connect, oauth_connector
from ingestion.views.listing import person
from ingestion.views.polling import answer_polling
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

HOME = "ingestion:connections"


@requires(Permission.VIEW_SYNC)
@require_safe
def connections(request: OrgRequest) -> HttpResponse:
    """Show each source as a card: what it reads, what is kept, and the accounts linked."""
    context = _live(request, take_pulse()) | {"ways": WAYS}
    return render(request, "ingestion/connections/connections.html", context)


@requires(Permission.VIEW_SYNC)
@require_safe
def connections_live(request: OrgRequest) -> HttpResponse:
    """Answer the page's question for what is new; 204 where nothing is, 286 once all is idle."""
    pulse = take_pulse()
    if pulse.version == request.GET.get("seen") and pulse.poll_s:
        return HttpResponse(status=204)
    template = "ingestion/connections/connections.html#live"
    return answer_polling(
        request, template, _live(request, pulse), goes_on=pulse.poll_s is not None
    )


def _live(request: OrgRequest, pulse: Pulse) -> dict[str, Any]:
    found = sources()
    return {
        "sources": found,
        "troubled": [each for source in found for each in source.accounts if each.needs_reconnect],
        "ai": NO_AI,
        "poll_s": pulse.poll_s,
        "reload_s": SLOW_S,
        "version": pulse.version,
        **_rights(request),
    }


@requires(Permission.VIEW_SYNC)
@require_safe
def connection_link(request: OrgRequest, connector: str) -> HttpResponseBase:
    """Say what a source will be asked for, before anybody leaves."""
    return _leaving(request, _connector(connector), None)


@requires(Permission.VIEW_SYNC)
@require_safe
def connection_reconnect(request: OrgRequest, connection_id: uuid.UUID) -> HttpResponseBase:
    """Say the same of an account that is to be linked anew."""
    connection = connection_of(request, connection_id)
    connector = oauth_connector(connection.connector)
    if connector is None:
        raise Http404
    return _leaving(request, connector, account_of(connection))


@requires(Permission.MANAGE_CONNECTIONS)
@require_POST
@never_cache
def connection_begin(request: OrgRequest, connector: str) -> HttpResponse:
    """Lead to the source, where an account grants access."""
    return _go(request, _connector(connector), None)


@requires(Permission.MANAGE_CONNECTIONS)
@require_POST
@never_cache
def connection_begin_again(request: OrgRequest, connection_id: uuid.UUID) -> HttpResponse:
    """Lead to the source, where the same account grants access anew."""
    connection = connection_of(request, connection_id)
    connector = oauth_connector(connection.connector)
    if connector is None:
        raise Http404
    return _go(request, connector, connection)


def _go(request: OrgRequest, connector: Connector, connection: Connection | None) -> HttpResponse:
    home = org_reverse(request.org, HOME)
    if why := _is_elsewhere(request):
        messages.error(request, why)
        return redirect(home)
    try:
        address = go_there(
            connector,
            request.session,
            org_id=request.org.pk,
            by=person(request),
            instead_of=connection,
        )
    except AppError as error:
        messages.error(request, error.message)
        return redirect(home)
    return redirect(address)


def _is_elsewhere(request: OrgRequest) -> str:
    """Return why nobody can connect from here: the source would lead back to another host."""
    if request.get_host() == urlsplit(settings.SITE_URL).netloc:
        return ""
    return (
        f"Accounts are connected at {settings.SITE_URL}, where their sources lead back to. Open "
        "Magpie there, sign in, and begin again."
    )


def _leaving(
    request: OrgRequest, connector: Connector, account: Account | None
) -> HttpResponseBase:
    endpoints = connector.oauth()
    if endpoints is None:
        raise Http404
    context: dict[str, Any] = {
        "connector": connector,
        "account": account,
        "why_not": may_connect(connector),
        "keeps": kept_of(gate_of(connector.name).retention),
        "ai": NO_AI,
        "may_store": Use.STORE in connector.terms.allows,
        "host": urlsplit(endpoints.authorize_url).netloc,
        **_rights(request),
    }
    # The form is sent to us and answered by a way to the source, which browsers hold to the same
    # rule as the form itself.
    parts = urlsplit(endpoints.authorize_url)
    policy = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}
    allowed: Callable[[HttpRequest], HttpResponseBase] = csp_update(policy)(
        lambda _: render(request, "ingestion/connections/link.html", context)
    )
    return allowed(request)


def _rights(request: OrgRequest) -> dict[str, bool]:
    allows = request.membership.allows
    return {
        "may_manage": allows(Permission.MANAGE_CONNECTIONS),
        "may_control": allows(Permission.CONTROL_SYNC),
        "may_import": allows(Permission.IMPORT),
        "is_operator": bool(getattr(request.user, "is_staff", False)),
    }


def _connector(name: str) -> Connector:
    found = oauth_connector(name)
    if found is None:
        raise Http404
    return found


def connection_of(request: OrgRequest, connection_id: uuid.UUID) -> Connection:
    """Return a connection of an account."""
    found: Connection = get_object_or_404(request.org.connections, pk=connection_id)
    return found
