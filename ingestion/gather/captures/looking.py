"""The look of the small window: pictures that may be meant, stored so that it shows ours."""

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from ingestion.engine.claims import fence
from ingestion.engine.kinds import Slice
from ingestion.engine.runs import finish_run, yield_run
from ingestion.gather.bringing import Brought, Missed, bring_all
from ingestion.gather.captures.seeking import note_known, seek
from ingestion.gather.known import known_by_address
from ingestion.gather.ledger import (
    ALREADY_HERE,
    TOO_SMALL,
    Ended,
    put_back,
    queue_items,
    take_items,
    write_ended,
)
from ingestion.gather.storing import LEAST_PX
from ingestion.gather.wanted import Wanted
from ingestion.models import Job, RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.stages.base import Pace
from media.imaging.pool import RenditionPool
from tenants.errors import AppError
from tenants.scope import org_scope

# The best one alone, so that the window has something to show; then the others together.
FIRST, REST = 1, 40
LOOK_ERROR: Final = "look_error"


def look(turn: Slice, run: SyncRun) -> None:
    """Store what may be meant, and end; why nothing is found is said in the window alone."""
    try:
        is_over = _look(turn, run)
    except AppError as error:
        _note_error(turn, error)
        is_over = True
    held = turn.held
    with org_scope(held.org_id):
        fence(held)
        if not is_over:
            yield_run(held)
            return
        finish_run(held)


def _look(turn: Slice, run: SyncRun) -> bool:
    """Return whether all was looked at."""
    with org_scope(run.org_id):
        is_begun = RunItem.objects.filter(run=run).exists()
    if not is_begun:
        asset, target = seek(turn, run)
        with org_scope(run.org_id):
            run = fence(turn.held)
            if asset is not None:
                note_known(run, asset)
                return True
            queue_items(run, list(enumerate(target.wanted)))
            SyncRun.objects.filter(pk=run.pk).update(expected_count=len(target.wanted))
    with RenditionPool(settings.RENDITION_PROCESSES) as pool:
        count = FIRST
        while _store_some(turn, pool, count):
            if turn.is_over:
                return False
            count = REST
    return True


def _store_some(turn: Slice, pool: RenditionPool, count: int) -> bool:
    """Store the next pictures; return whether there was any."""
    held = turn.held
    with org_scope(held.org_id):
        run = fence(held)
        params = Job.objects.values_list("params", flat=True).get(pk=run.job_id)
        items = take_items(run.pk, count)
        batch = [(item, Wanted.of_payload(item.payload or {})) for item in items]
        here = known_by_address(run.org_id, [each for _, each in batch])
    if not items:
        return False
    missing = [(item, each) for item, each in batch if each.key not in here]
    found = bring_all(
        [each for _, each in missing],
        pool,
        org_id=held.org_id,
        pace=Pace(turn),
        referer=params.get("final_url", ""),
    )
    with org_scope(held.org_id):
        run = fence(held)
        put_back([item for (item, _), what in zip(missing, found, strict=True) if what is None])
        ended = [_here(item, here[each.key]) for item, each in batch if each.key in here]
        ended += _ended(missing, found)
        if ended:
            write_ended(run, ended)
    return True


def _here(item: RunItem, asset_id: uuid.UUID) -> Ended:
    return Ended(item.pk, ItemOutcome.SKIPPED, ALREADY_HERE, "", asset_id)


def _ended(
    missing: Sequence[tuple[RunItem, Wanted]], found: Sequence[Brought | Missed | None]
) -> list[Ended]:
    """Return what became of those that were asked for."""
    ended = []
    for (item, wanted), what in zip(missing, found, strict=True):
        if isinstance(what, Missed):
            ended.append(Ended(item.pk, ItemOutcome.FAILED, what.code, what.sentence))
        elif what is not None:
            ended.append(_stored(item, wanted, what))
    return ended


def _stored(item: RunItem, wanted: Wanted, what: Brought) -> Ended:
    width_px, height_px = what.rendered.width_px, what.rendered.height_px
    if max(width_px, height_px) < LEAST_PX:
        return Ended(item.pk, ItemOutcome.SKIPPED, TOO_SMALL)
    stored = dataclasses.replace(
        wanted, seen_sha256=what.sha256, width_px=width_px, height_px=height_px
    )
    return Ended(item.pk, ItemOutcome.NEW, wanted=stored)


def _note_error(turn: Slice, error: AppError) -> None:
    held = turn.held
    with org_scope(held.org_id):
        run = fence(held)
        job = Job.objects.select_for_update(no_key=True).get(pk=run.job_id)
        code = getattr(error, "fetch_code", error.code)
        said = {LOOK_ERROR: {"code": code, "sentence": error.message}}
        Job.objects.filter(pk=job.pk).update(params=job.params | said)
