"""The records of a run over single pictures: what is still to do, and what became of each."""

import dataclasses
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from psycopg.types.json import Jsonb

from ingestion import codes
from ingestion.engine.claims import lease_end
from ingestion.gather.wanted import Wanted
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import UNFINISHED, ItemOutcome
from ingestion.stages.fetch import site_of

ALREADY_HERE, SAME_BYTES, TOO_SMALL = "already_here", "same_bytes", "too_small"

_WRITE: Final = """
UPDATE ingestion_runitem i
   SET outcome = r.outcome, reason = r.reason, detail = r.detail, asset_id = r.asset_id,
       payload = coalesce(r.payload, i.payload)
  FROM unnest(%(ids)s::uuid[], %(outcomes)s::text[], %(reasons)s::text[], %(details)s::text[],
              %(assets)s::uuid[], %(payloads)s::jsonb[])
       AS r (id, outcome, reason, detail, asset_id, payload)
 WHERE i.org_id = %(org)s AND i.id = r.id AND i.outcome IN ('queued', 'processing')
RETURNING i.outcome
"""
_HOLD_BACK: Final = """
UPDATE ingestion_runitem i
   SET payload = i.payload || jsonb_build_object(
         'due', %(due)s::float8, 'waits', greatest((i.payload ->> 'waits')::int, 1))
 WHERE i.org_id = %(org)s AND i.run_id = %(run)s AND i.outcome = 'queued' AND i.asset_id IS NULL
   AND starts_with(i.payload ->> 'url', %(site)s)
   AND coalesce((i.payload ->> 'due')::float8, 0) < %(due)s
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """What is written of one picture; one that is tried again is queued anew.

    Attributes:
        wanted: in place of what was known of it; None where that stands.
    """

    item_id: uuid.UUID
    outcome: ItemOutcome
    reason: str = ""
    detail: str = ""
    asset_id: uuid.UUID | None = None
    wanted: Wanted | None = None


def queue_items(run: SyncRun, wanted: Sequence[tuple[int, Wanted]]) -> None:
    """Write what ``run`` is to bring, each with its place on the page (from 0)."""
    RunItem.objects.bulk_create(
        [
            RunItem(
                org_id=run.org_id,
                run=run,
                ordinal=ordinal,
                outcome=ItemOutcome.QUEUED,
                source_ref=each.key[:2048],
                payload=each.as_payload(),
            )
            for ordinal, each in wanted
        ],
        batch_size=500,
    )


def unfinished(run_id: uuid.UUID) -> QuerySet[RunItem]:
    """Return the pictures of a run that are not done with, in their order."""
    return RunItem.objects.filter(run_id=run_id, outcome__in=UNFINISHED).order_by("ordinal")


def _to_bring(run_id: uuid.UUID) -> QuerySet[RunItem]:
    """Return those that are not here yet; the others wait for what follows."""
    return unfinished(run_id).filter(asset_id=None)


def take_items(run_id: uuid.UUID, count: int) -> list[RunItem]:
    """Return the next pictures that are due, and note that they are in hand.

    In the scope and the transaction of the fence. Those that a lost worker had in hand come again.
    """
    due = Coalesce(Cast(KT("payload__due"), FloatField()), Value(0.0))
    items: list[RunItem] = []
    items += _to_bring(run_id).annotate(due=due).filter(due__lte=time.time())[:count]
    ids = [item.pk for item in items]
    RunItem.objects.filter(pk__in=ids).update(outcome=ItemOutcome.PROCESSING)
    return items


def next_due(run_id: uuid.UUID) -> float | None:
    """Return when the first of those that wait is tried again; None where nothing is left."""
    dues = [
        (payload or {}).get("due", 0.0)
        for payload in _to_bring(run_id).values_list("payload", flat=True)
    ]
    return min(dues, default=None)


def put_back(items: Sequence[RunItem]) -> None:
    """Queue again what had no turn."""
    RunItem.objects.filter(pk__in=[item.pk for item in items]).update(outcome=ItemOutcome.QUEUED)


def write_ended(run: SyncRun, ended: Sequence[Ended]) -> None:
    """Write what became of pictures, and count them; in the transaction of the fence."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "org": run.org_id,
                "ids": [each.item_id for each in ended],
                "outcomes": [each.outcome.value for each in ended],
                "reasons": [each.reason[:32] for each in ended],
                "details": [_detail(each) for each in ended],
                "assets": [each.asset_id for each in ended],
                "payloads": [
                    Jsonb(each.wanted.as_payload()) if each.wanted else None for each in ended
                ],
            },
        )
        counts = Counter(outcome for (outcome,) in cursor.fetchall())
    _count(run, counts)


def _detail(what: Ended) -> str:
    return codes.ended(what.detail) if what.outcome == ItemOutcome.FAILED else what.detail


def hold_back(run: SyncRun, ended: Sequence[Ended]) -> None:
    """Let all that is still to come from the sites that want to be left alone wait as long.

    Args:
        ended: as it was written; what waits for its site among it.
    """
    dues: dict[str, float] = {}
    for each in ended:
        if each.outcome == ItemOutcome.QUEUED and each.wanted and each.wanted.waits:
            site = site_of(each.wanted.url)
            dues[site] = max(each.wanted.due, dues.get(site, 0.0))
    with connection.cursor() as cursor:
        for site, due in dues.items():
            cursor.execute(_HOLD_BACK, {"org": run.org_id, "run": run.pk, "site": site, "due": due})


def end_unfinished(run: SyncRun, *, code: str, sentence: str) -> int:
    """Let what ``run`` did not come to fail with ``code``; return how many.

    What is in the library is done, whatever was to follow.
    """
    here = unfinished(run.pk).exclude(asset_id=None).update(outcome=ItemOutcome.NEW)
    left = unfinished(run.pk).update(
        outcome=ItemOutcome.FAILED, reason=code, detail=codes.ended(sentence)
    )
    if here or left:
        SyncRun.objects.filter(pk=run.pk).update(
            raw_count=F("raw_count") + here + left,
            new_count=F("new_count") + here,
            with_picture_count=F("with_picture_count") + here,
            failed_count=F("failed_count") + left,
        )
    return left


def _count(run: SyncRun, counts: Counter[str]) -> None:
    ended = {name: n for name, n in counts.items() if name not in UNFINISHED}
    changes: dict[str, Any] = {f"{name}_count": F(f"{name}_count") + n for name, n in ended.items()}
    SyncRun.objects.filter(pk=run.pk).update(
        **changes,
        raw_count=F("raw_count") + sum(ended.values()),
        with_picture_count=F("with_picture_count") + ended.get(ItemOutcome.NEW, 0),
        progress_at=timezone.now(),
        lost_streak=0,
        lease_expires_at=lease_end(),
    )
