"""What people choose about a dataset: when to be reminded of it, and when to hear nothing of it."""

import uuid
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST

from ingestion.freshness import services as freshness
from ingestion.models import DatasetStatus
from ingestion.pipelines.forms import MuteForm, ReminderForm
from ingestion.pipelines.names import dataset_label
from ingestion.views.listing import person
from ingestion.views.replies import Reply, answer, ask
from tenants.middleware import OrgRequest
from tenants.permissions import Permission, requires
from tenants.urls_for import org_reverse

HEARD = "Everybody hears of it again."


@requires(Permission.CONTROL_SYNC)
@require_http_methods(["GET", "HEAD", "POST"])
def dataset_reminder(request: OrgRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Set after how many days people want to be reminded of bringing a new export."""
    status = _dataset(request, dataset_id)
    form = ReminderForm(request.POST if request.method == "POST" else None, status=status)
    if not form.is_valid():
        return ask(request, "reminder", _context(status, form))
    days = form.cleaned_data["days"]

    def remind() -> Reply:
        freshness.set_reminder(status, days, by=person(request))
        if days is None:
            return Reply("You will not be reminded of a new export.")
        return Reply(f"You will be reminded when the export is {days} days old.")

    return answer(request, remind)


@requires(Permission.CONTROL_SYNC)
@require_http_methods(["GET", "HEAD", "POST"])
def dataset_mute(request: OrgRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Keep banners and messages about a dataset away for some days; 0 lets them come again."""
    status = _dataset(request, dataset_id)
    sent = request.POST if request.method == "POST" else None
    form = MuteForm(sent, auto_id=f"id_%s_{status.pk}")
    if not form.is_valid():
        return ask(request, "mute", _context(status, form))
    until = form.until

    def mute() -> Reply:
        freshness.mute(status, until, by=person(request))
        if until is None:
            return Reply(HEARD)
        sentence = f"Muted for everybody until {until:%-d %B %Y, %H:%M} UTC."
        undo = org_reverse(request.org, "ingestion:dataset_unmute", dataset_id=status.pk)
        return Reply(sentence, undo_url=undo)

    return answer(request, mute)


@requires(Permission.CONTROL_SYNC)
@require_POST
def dataset_unmute(request: OrgRequest, dataset_id: uuid.UUID) -> HttpResponse:
    """Let banners and messages speak of a dataset again."""
    status = _dataset(request, dataset_id)

    def unmute() -> Reply:
        freshness.mute(status, None, by=person(request))
        return Reply(HEARD)

    return answer(request, unmute)


def _dataset(request: OrgRequest, dataset_id: uuid.UUID) -> DatasetStatus:
    datasets = request.org.datasets.select_related("connection", "job")
    status: DatasetStatus = get_object_or_404(datasets, pk=dataset_id)
    return status


def _context(status: DatasetStatus, form: Form) -> dict[str, Any]:
    return {"status": status, "name": dataset_label(status), "form": form}
