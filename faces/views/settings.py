"""What an organization allows: faces on and off, sources that it vouches for, and receipts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from faces import consent
from faces.errors import FacesError
from faces.forms import ConsentForm, KeepingForm, SourceForm
from faces.models import FaceConsent, FaceReceipt, FaceSource
from faces.queries import eligible_blobs, live_consent
from faces.receipts import COUNTED, KEPT, download, held_now
from faces.wording import ATTESTATION, CONSENT, CONSENTS
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.sign_in import has_proven_themself
from tenants.urls_for import org_reverse
from tenants.views.requests import act, person

RECEIPTS_SHOWN = 20
# While something is being deleted.
POLL_S = 3


@requires(Permission.VIEW_LIBRARY)
@require_safe
def faces_settings(request: OrgRequest) -> HttpResponse:
    """Show what is looked for, what is kept and why, to every member; owners change it here."""
    return _page(request)


@requires(Permission.MANAGE_FACES)
@require_http_methods(["GET", "HEAD", "POST"])
def switch_on(request: OrgRequest) -> HttpResponse:
    """Let an owner who has just proven who they are agree to the statement, and record it."""
    if not has_proven_themself(request):
        query = urlencode({REDIRECT_FIELD_NAME: org_reverse(request.org, "faces:switch_on")})
        return redirect(f"{reverse('account_reauthenticate')}?{query}")
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        return act(
            request,
            lambda: consent.switch_on(
                org=request.org,
                actor=person(request),
                lawful_basis=said["lawful_basis"],
                text_version=said["text_version"],
            ),
            done="Faces are on. Vouch for the first source below.",
            back_to=_back_to(request),
        )
    context = {"form": form, "statement": CONSENT}
    return render(request, "faces/switch_on.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_FACES)
@require_POST
def switch_off(request: OrgRequest) -> HttpResponse:
    """Withdraw the consent."""
    return act(
        request,
        lambda: consent.withdraw_consent(org=request.org, actor=person(request)),
        done="Faces are off. What was kept is being deleted; its receipt follows below.",
        back_to=_back_to(request),
    )


@requires(Permission.MANAGE_FACES)
@require_POST
def source_attest(request: OrgRequest) -> HttpResponse:
    """Vouch for a source."""
    form = SourceForm(request.POST)
    if not form.is_valid():
        return _page(request, source_form=form, status=422)
    said = form.cleaned_data
    try:
        source = consent.attest_source(
            org=request.org,
            actor=person(request),
            source=said["source"],
            site=said["site"],
            relation=said["relation"],
        )
    except FacesError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{source}: people in these pictures may be analysed.")
    return redirect(_back_to(request))


@requires(Permission.MANAGE_FACES)
@require_POST
def source_revoke(request: OrgRequest, source_id: UUID) -> HttpResponse:
    """Vouch for a source no longer."""
    source = get_object_or_404(FaceSource.objects.live(), pk=source_id)
    return act(
        request,
        lambda: consent.revoke_source(actor=person(request), source=source),
        done=f"{source}: what only this source allowed is being deleted.",
        back_to=_back_to(request),
    )


@requires(Permission.MANAGE_FACES)
@require_POST
def keeping(request: OrgRequest) -> HttpResponse:
    """Change how long vectors of nobody are kept, and what a machine may decide."""
    form = KeepingForm(request.POST)
    if not form.is_valid():
        return _page(request, keeping_form=form, status=422)
    consent.change_settings(org=request.org, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect(_back_to(request))


@requires(Permission.VIEW_LIBRARY)
@require_safe
def receipts(request: OrgRequest) -> HttpResponse:
    """Answer the page's question how far a deletion is."""
    return render(request, "faces/settings.html#receipts", _receipts_context(request))


@requires(Permission.MANAGE_FACES)
@require_safe
def receipt(request: OrgRequest, receipt_id: UUID) -> HttpResponse:
    """Give out the receipt of a withdrawal that has ended."""
    found = get_object_or_404(FaceReceipt.objects.exclude(completed_at=None), pk=receipt_id)
    response = HttpResponse(download(found), content_type="application/json")
    name = f"faces-receipt-{found.requested_at:%Y-%m-%d}-{found.pk.hex[:8]}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(
    request: OrgRequest,
    *,
    source_form: Form | None = None,
    keeping_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    settings = consent.face_settings(request.org)
    given = live_consent()
    context = {
        "consent": given,
        "last_consent": given or FaceConsent.objects.newest_first().first(),
        "statement": CONSENTS.get(given.text_version) if given else None,
        "attestation": ATTESTATION,
        "settings": settings,
        "held": held_now(),
        "eligible_count": eligible_blobs().count() if given else 0,
        "sources": FaceSource.objects.live().by_name().select_related("attested_by"),
        "source_form": source_form or SourceForm(),
        "keeping_form": keeping_form
        or KeepingForm(
            initial={
                "retention_days": settings.retention_days,
                "auto_assign": settings.auto_assign,
            }
        ),
        **_receipts_context(request),
    }
    return render(request, "faces/settings.html", context, status=status)


def _receipts_context(request: OrgRequest) -> dict[str, object]:
    receipts = _receipts()
    return {
        "receipts": receipts,
        "is_deleting": any(not row["receipt"].completed_at for row in receipts),
        "poll_s": POLL_S,
        "may_manage": request.membership.allows(Permission.MANAGE_FACES),
    }


def _receipts() -> list[dict[str, Any]]:
    """Return the newest receipts, each with what it counts in words."""
    found = FaceReceipt.objects.newest_first().select_related("source", "requested_by")
    return [
        {
            "receipt": each,
            "kept": each.counts.get(KEPT),
            "counts": [
                (count, nouns[count != 1])
                for name, nouns in COUNTED.items()
                if (count := each.counts.get(name))
            ],
        }
        for each in found[:RECEIPTS_SHOWN]
    ]


def _back_to(request: OrgRequest) -> str:
    return org_reverse(request.org, "faces:settings")
