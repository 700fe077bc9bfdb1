"""What people do with a job over single pictures."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from ingestion.gather import services
from ingestion.models import Job
from ingestion.uploads_page import looks, reads
from ingestion.views.listing import person
from ingestion.views.replies import Reply, answer
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

# Of a place on a page; more of them are none.
DIGITS = 6


@requires(Permission.IMPORT)
@require_POST
def upload_retry(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Try again what failed: the pictures, or the page where that could not be read."""

    def retry(job: Job) -> Reply:
        services.retry(job, services.Asking(person(request)))
        return Reply("What failed is tried again.")

    return _act(request, job_id, retry)


@requires(Permission.IMPORT)
@require_POST
def upload_cancel(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """End a job: at once where it waits, with the pictures in hand where it works."""

    def cancel(job: Job) -> Reply:
        awaited_choice = reads.find(job).awaits_choice
        if services.cancel(job, services.Asking(person(request))):
            stays = "Nothing was taken." if awaited_choice else "What came in until now stays."
            return Reply(f"Cancelled. {stays}")
        return Reply("It had ended already; nothing was cancelled.", "info")

    return _act(request, job_id, cancel)


@requires(Permission.IMPORT)
@require_POST
def upload_delete(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Take a job off the list; its pictures stay, and it can be put back."""

    def delete(job: Job) -> Reply:
        found = reads.find(job)
        services.hide(job, services.Asking(person(request)))
        title = looks.title_of(found)
        cancelled = "" if found.is_over else " and cancelled"
        sentence = f"“{title}” is off the list{cancelled}. Its pictures stay."
        return Reply(sentence, undo_url=_address(request, "upload_restore", job.pk))

    return _act(request, job_id, delete, back_to=org_reverse(request.org, "ingestion:uploads"))


@requires(Permission.IMPORT)
@require_POST
def upload_restore(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Put a job back on the list."""
    job = get_object_or_404(reads.hidden_jobs(), pk=job_id)

    def restore() -> Reply:
        services.show(job)
        return Reply("It is on the list again.")

    return answer(request, restore, back_to=org_reverse(request.org, "ingestion:uploads"))


@requires(Permission.IMPORT)
@require_POST
def upload_choose(request: OrgRequest, job_id: uuid.UUID) -> HttpResponse:
    """Take the chosen pictures of a page."""
    job = get_object_or_404(reads.jobs(), pk=job_id)
    sent = request.POST.getlist("ids")
    chosen = [
        int(text) for text in sent if text.isascii() and text.isdecimal() and len(text) < DIGITS
    ]
    try:
        services.take_chosen(job, chosen, services.Asking(person(request)))
    except AppError as error:
        messages.error(request, error.message)
    return redirect(_address(request, "upload", job.pk))


def _act(
    request: OrgRequest, job_id: uuid.UUID, act: Callable[[Job], Reply], *, back_to: str = ""
) -> HttpResponse:
    job = get_object_or_404(reads.jobs(), pk=job_id)
    own = _address(request, "upload", job.pk)
    return answer(request, lambda: act(job), back_to=back_to or own)


def _address(request: OrgRequest, name: str, job_id: uuid.UUID) -> str:
    return org_reverse(request.org, f"ingestion:{name}", job_id=job_id)
