"""Tokens of API clients."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from tenants import crypto
from tenants.forms import TokenForm
from tenants.middleware import OrgRequest
from tenants.models.token import ApiTokenQuerySet
from tenants.permissions import Permission, requires
from tenants.services import tokens
from tenants.session_secrets import NEW_TOKEN
from tenants.urls_for import org_reverse
from tenants.views.requests import act


@requires(Permission.MANAGE_TOKENS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("text")
def token_list(request: OrgRequest) -> HttpResponse:
    """List the tokens that the person may see, and make new ones."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token, text = tokens.create_token(membership=request.membership, **form.cleaned_data)
        secret = crypto.encrypt(text, purpose=NEW_TOKEN, context=str(token.pk))
        request.session[NEW_TOKEN] = [str(token.pk), secret]
        return redirect(_back_to(request))
    context = {
        "tokens": _visible(request).select_related("user").newest_first(),
        "form": form,
        "new_token": _take_new_token(request),
        "now": timezone.now(),
    }
    return render(request, "tenants/tokens.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_TOKENS)
@require_POST
def token_revoke(request: OrgRequest, token_id: UUID) -> HttpResponse:
    """Make a token open nothing."""
    token = get_object_or_404(_visible(request), pk=token_id)
    return act(
        request,
        lambda: tokens.revoke_token(actor=request.membership, token=token),
        done=f"{token.name} opens nothing any more.",
        back_to=_back_to(request),
    )


def _visible(request: OrgRequest) -> ApiTokenQuerySet:
    tokens_of_org: ApiTokenQuerySet = request.org.api_tokens.all()
    return tokens_of_org.visible_to(request.membership)


def _take_new_token(request: OrgRequest) -> str:
    if request.method != "GET" or NEW_TOKEN not in request.session:
        return ""
    token_id, secret = request.session.pop(NEW_TOKEN)
    return crypto.decrypt(secret, purpose=NEW_TOKEN, context=token_id)


def _back_to(request: OrgRequest) -> str:
    return org_reverse(request.org, "tenants:tokens")
