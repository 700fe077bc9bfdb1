"""The records of a run, as both the call of the run and that of its import list them."""

from django.db.models import QuerySet
from rest_framework.request import Request

from ingestion.api.filters import read_filter
from ingestion.api.serializers.runs import ItemFilter
from ingestion.models import RunItem, SyncRun


def items_of(run: SyncRun | None, request: Request) -> QuerySet[RunItem]:
    """Return those of the run's records that the request asks for; of no run, none."""
    wanted = read_filter(ItemFilter, request)
    return RunItem.objects.filter(run=run, **wanted) if run is not None else RunItem.objects.none()
