"""Changes of very many assets: frozen when a person asks, made in batches behind the request."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from media.models import Operation, OperationBatch
from media.operations.log import MAX_SUMMARY, finish, parameters
from media.operations.selection import Selection
from media.operations.steps import apply, done_sentence, going_on_sentence
from media.signals import operation_queued
from media.sql import fetch_row

# Assets; a batch holds locks, and a cancellation waits for it.
BATCH_SIZE = 1_000

_FREEZE = """
WITH chosen AS (
  SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s::integer AS number
    FROM ({selected}) selected),
made AS (
  INSERT INTO media_operationbatch (id, org_id, operation_id, number, asset_ids)
  SELECT gen_random_uuid(), %(org)s, %(operation)s, number, array_agg(id ORDER BY id)
    FROM chosen GROUP BY number
  RETURNING cardinality(asset_ids) AS size)
SELECT coalesce(sum(size), 0) FROM made
"""


def carry_out(operation: Operation, selection: Selection) -> Operation:
    """Make a change that is not stored yet: now, or in batches where it is of very many assets.

    In batches the operation ``is_going_on`` when it is returned.
    """
    if selection.is_larger_than(settings.BULK_MAX_AT_ONCE):
        return _queue(operation, selection)
    operation.changed_count = apply(operation, selection)
    return finish(operation, changed=operation.changed_count, summary=done_sentence(operation))


@transaction.atomic
def work_next_batch() -> bool:
    """Work the oldest batch of the organization in scope; return whether there was one.

    It commits with the progress of its operation or not at all, so a worker that dies in it
    neither loses nor repeats anything.
    """
    waiting = OperationBatch.objects.order_by("operation_id", "number")
    operation_id = waiting.values_list("operation_id", flat=True).first()
    if operation_id is None:
        return False
    operation = Operation.objects.select_for_update().get(pk=operation_id)
    # Read behind the lock: somebody may have called it off meanwhile.
    batch = waiting.filter(operation=operation).first()
    if batch is not None:
        operation.changed_count += apply(operation, Selection.of_ids(batch.asset_ids))
        operation.done_count += len(batch.asset_ids)
        batch.delete()
        _save_progress(operation)
    return True


@transaction.atomic
def cancel(operation: Operation) -> Operation:
    """Call off what is left of ``operation``; what was changed stays, and can be undone.

    The second time nothing changes, nor where it has ended.
    """
    operation = Operation.objects.select_for_update().get(pk=operation.pk)
    if operation.is_going_on:
        operation.batches.all().delete()
        operation.cancelled_at = timezone.now()
        _save_progress(operation)
    return operation


def _queue(operation: Operation, selection: Selection) -> Operation:
    selected, params = selection.as_sql()
    operation.save(force_insert=True)
    params = {**params, **parameters(operation), "size": BATCH_SIZE}
    (operation.total_count,) = fetch_row(_FREEZE.replace("{selected}", selected), params)
    operation.summary = going_on_sentence(operation)[:MAX_SUMMARY]
    operation.save(update_fields=["total_count", "summary"])
    operation_queued.send(sender=Operation, operation=operation)
    return operation


def _save_progress(operation: Operation) -> None:
    if not operation.is_going_on:
        operation.summary = _ended_sentence(operation)[:MAX_SUMMARY]
        _settle_undone(operation)
    operation.save(
        update_fields=["changed_count", "kept_count", "done_count", "cancelled_at", "summary"]
    )


def _ended_sentence(operation: Operation) -> str:
    sentence = done_sentence(operation)
    if operation.cancelled_at is None:
        return sentence
    return f"{sentence} (stopped after {operation.done_count:,} of {operation.total_count:,})"


def _settle_undone(operation: Operation) -> None:
    """Let what was not undone, or only in part, be undone later."""
    is_whole = operation.changed_count and operation.cancelled_at is None
    if operation.undoes_id is not None and not is_whole:
        Operation.objects.filter(pk=operation.undoes_id).update(undone_at=None, undone_by=None)
