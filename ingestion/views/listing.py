"""Imports: what was brought so far, and bringing more."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from ingestion.forms import ACCEPTED, UploadForm
from ingestion.imports.queries import import_page
from ingestion.imports.services import receive_files
from ingestion.models import Job
from tenants.errors import AppError
from tenants.middleware import OrgRequest, opens_scope_itself
from tenants.models import User
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse


@requires(Permission.VIEW_LIBRARY)
@require_safe
def import_list(request: OrgRequest) -> HttpResponse:
    """List the imports, newest first, below the place to drop files on."""
    return _page(request, UploadForm())


@requires(Permission.IMPORT)
@opens_scope_itself
@csrf_exempt
@require_POST
def import_upload(request: OrgRequest) -> HttpResponse:
    """Store the files of one import and queue its pre-flight.

    The check against forged requests reads the form, and with it the files. It is put off
    until the person's role has been looked at.
    """
    return _receive(request)


@csrf_protect
def _receive(request: OrgRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    job = _store(request, form) if form.is_valid() else None
    request.open_scope()
    if job is None:
        return _refusal(request, form)
    address = org_reverse(request.org, "ingestion:import_detail", job_id=job.pk)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _store(request: OrgRequest, form: UploadForm) -> Job | None:
    """Store the files of a form that is in order; note in it why one was refused."""
    files = [(file.name or "file", file) for file in form.cleaned_data["files"]]
    try:
        return receive_files(
            request.org,
            files,
            by=person(request),
            starts_itself=form.cleaned_data["starts_itself"],
        )
    except AppError as error:
        form.add_error("files", error.message)
        return None


def person(request: HttpRequest) -> User:
    """Return who is signed in; the middleware lets nobody else reach a page."""
    assert isinstance(request.user, User)  # noqa: S101  # narrows for the type checker
    return request.user


def _refusal(request: OrgRequest, form: UploadForm) -> HttpResponse:
    """Answer with what is wrong; a script gets the sentence alone, so that the files stay."""
    if request.htmx:
        return render(request, "ingestion/imports.html#errors", {"form": form}, status=422)
    return _page(request, form, status=422)


def _page(request: OrgRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    imports, following = import_page(request.org, before=_before(request))
    context = {
        "form": form,
        "accept": ACCEPTED,
        "imports": imports,
        "following": following,
        "is_first_page": _before(request) is None,
        "may_import": request.membership.allows(Permission.IMPORT),
    }
    return render(request, "ingestion/imports.html", context, status=status)


def _before(request: OrgRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("before", ""))
    except ValueError:
        return None
