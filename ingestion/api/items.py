"""The items of a run: the records of what it read, or the pictures of its stage."""

import datetime as dt
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import QuerySet
from rest_framework.response import Response

from ingestion.api.serializers.runs import ItemFilter, RunItemSerializer
from ingestion.models import RunItem, SyncRun
from ingestion.runs_page.items import EARLIER, UNIT_LABELS, unit_rows, units_with
from media.models import StageState
from media.models.stage import Stage, StageStatus
from tenants.api.filters import read_filter
from tenants.api.views import OrgViewSet


def answer_items(view: OrgViewSet, run: SyncRun | None) -> Response:
    """Answer with a page of those items of ``run`` that are asked for; of no run, there is none.

    Raises:
        ValidationError: a filter is unknown, or a value does not fit.
    """
    wanted = read_filter(ItemFilter, view.request)
    if run is not None and run.kind in Stage.values:
        view.ordering = ("pk",)
        units = view.paginate_queryset(_units(run, **wanted))
        return view.get_paginated_response(_shown(run, units or []))
    view.ordering = ("ordinal",)
    records = RunItem.objects.none() if run is None else RunItem.objects.filter(run=run, **wanted)
    page = view.paginate_queryset(records)
    return view.get_paginated_response(RunItemSerializer(page, many=True).data)


def _units(run: SyncRun, *, outcome: str = "", reason: str = "") -> QuerySet[StageState]:
    """Return the pictures of the run's stage that the page of the run lists."""
    if outcome and outcome not in UNIT_LABELS:
        return StageState.objects.none()
    names = [outcome] if outcome else list(UNIT_LABELS)
    found: QuerySet[StageState] = reduce(or_, (units_with(run, name) for name in names))
    return found.filter(error_code=reason) if reason else found


def _shown(run: SyncRun, units: list[StageState]) -> list[dict[str, Any]]:
    """Return pictures in the shape of records; they have no place in a source."""
    begun_at = run.started_at or run.created_at
    return [
        {
            "ordinal": None,
            "outcome": EARLIER if _is_earlier(unit, begun_at) else row.outcome,
            "reason": row.code,
            "explanation": row.why,
            "source_ref": "",
            "asset_id": row.asset_id,
            "excerpt": row.title,
        }
        for unit, row in zip(units, unit_rows(run, units), strict=True)
    ]


def _is_earlier(unit: StageState, begun_at: dt.datetime) -> bool:
    return unit.status == StageStatus.FAILED and unit.updated_at < begun_at
