"""Runs of an import that take only some records of its files.

A run over what failed in another one accounts for those records alone. One over a window of time
accounts for all: what was saved at another time is skipped, and says so.
"""

import dataclasses
import datetime as dt

from connectors.items import Outcome, Page, Rejection, RejectionReason, SavedItem
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.run import RunMode
from tenants.scope import org_scope

_UNDATED = "The source does not say when it was saved."


def narrowed(run: SyncRun, page: Page) -> Page:
    """Return what ``run`` takes of ``page``; call it outside of a transaction."""
    if run.mode == RunMode.FAILED:
        return _what_failed(run, page)
    if run.mode == RunMode.BACKFILL:
        return _within_window(run, page)
    return page


def _what_failed(run: SyncRun, page: Page) -> Page:
    places = [item.index for item in page.items] + [each.index for each in page.rejections]
    if not places:
        return page
    with org_scope(run.org_id):
        failed = RunItem.objects.filter(
            run=run.of_run_id,
            outcome=ItemOutcome.FAILED,
            ordinal__range=(min(places), max(places)),
        )
        wanted = set(failed.values_list("ordinal", flat=True))
    return dataclasses.replace(
        page,
        items=tuple(item for item in page.items if item.index in wanted),
        rejections=tuple(each for each in page.rejections if each.index in wanted),
        boards=(),
    )


def _within_window(run: SyncRun, page: Page) -> Page:
    inside = [item for item in page.items if _is_inside(run, item)]
    outside = [_skipped(item) for item in page.items if not _is_inside(run, item)]
    return dataclasses.replace(
        page, items=tuple(inside), rejections=(*page.rejections, *outside), boards=()
    )


def _is_inside(run: SyncRun, item: SavedItem) -> bool:
    moment = _moment_of(item)
    if moment is None:
        return False
    is_early = run.window_from is not None and moment < run.window_from
    is_late = run.window_to is not None and moment >= run.window_to
    return not is_early and not is_late


def _moment_of(item: SavedItem) -> dt.datetime | None:
    """Return when it was saved; where the source names one time only, that is it."""
    return item.saved_at or item.created_at


def _skipped(item: SavedItem) -> Rejection:
    return Rejection(
        index=item.index,
        outcome=Outcome.SKIPPED,
        reason=RejectionReason.OUTSIDE_WINDOW,
        ref=item.ref,
        detail=_UNDATED if _moment_of(item) is None else "",
        excerpt=item.title[:200],
    )
