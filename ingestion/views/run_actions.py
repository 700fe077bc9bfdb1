"""What people do with one run."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from ingestion import control
from ingestion.control import Queued
from ingestion.models import SyncRun
from ingestion.views.listing import person
from tenants.errors import AppError
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

# The run that the page is to show next, and what to say of it.
Act = Callable[[SyncRun], tuple[SyncRun, str]]


@requires(Permission.CONTROL_SYNC)
@require_POST
def run_cancel(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """End a run: at once where it waits, with the batch in hand where it works."""

    def cancel(run: SyncRun) -> tuple[SyncRun, str]:
        if control.cancel(run, person(request)):
            return run, "It ends with the batch in hand. What was done until then is kept."
        return run, "It had ended already; nothing was stopped."

    return _act(request, run_id, cancel)


@requires(Permission.CONTROL_SYNC)
@require_POST
def run_retry_now(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """Let a run that waits go on now; of one that ended badly, begin another."""

    def retry(run: SyncRun) -> tuple[SyncRun, str]:
        return _said(control.retry_now(run, person(request)))

    return _act(request, run_id, retry)


@requires(Permission.CONTROL_SYNC)
@require_POST
def run_retry_failed(request: OrgRequest, run_id: uuid.UUID) -> HttpResponse:
    """Try again what failed in a run, and nothing else."""

    def retry(run: SyncRun) -> tuple[SyncRun, str]:
        return _said(control.retry_failed(run, person(request)))

    return _act(request, run_id, retry)


def _said(queued: Queued) -> tuple[SyncRun, str]:
    """Return the run that does it, and a sentence about that."""
    if not queued.is_new:
        return queued.run, "It goes on as soon as a worker is free."
    if queued.item_count is not None:
        plural = "" if queued.item_count == 1 else "s"
        return queued.run, f"{queued.item_count:,} item{plural} in line to be tried again."
    return queued.run, "Queued; this is the new run."


def _act(request: OrgRequest, run_id: uuid.UUID, act: Act) -> HttpResponse:
    """Do it, say so or why not, and lead to the run that does it."""
    run = get_object_or_404(request.org.runs.select_related("job"), pk=run_id)
    try:
        run, sentence = act(run)
    except AppError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, sentence)
    return redirect(org_reverse(request.org, "ingestion:run", run_id=run.pk))
