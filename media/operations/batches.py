"""Changes of very many assets: frozen when a person asks, made in batches behind the request."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from media.models import Operation, OperationBatch
from media.models.operation import OperationTarget
from media.operations.freezing import freeze
from media.operations.log import MAX_SUMMARY, finish
from media.operations.made_boards import remove_made_board
from media.operations.selection import Selection
from media.operations.steps import apply, done_sentence, going_on_sentence
from media.search.index import reindex


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
    waiting = _waiting()
    operation_id = waiting.values_list("operation_id", flat=True).first()
    if operation_id is None:
        return False
    operation = Operation.objects.select_for_update().get(pk=operation_id)
    # Read behind the lock: somebody may have called it off meanwhile.
    batch = waiting.filter(operation=operation).first()
    if batch is not None:
        _work(operation, batch)
    return True


def _work(operation: Operation, batch: OperationBatch) -> None:
    batch.delete()
    if operation.target == OperationTarget.BOARDS:
        # The board was changed within the request; the words of its assets follow.
        reindex(batch.asset_ids)
        return
    operation.changed_count += apply(operation, Selection.of_ids(batch.asset_ids))
    operation.done_count += len(batch.asset_ids)
    _save_progress(operation)


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


@transaction.atomic
def cancel_current() -> Operation | None:
    """Call off the operation whose turn it is; None for none.

    That of a board has ended well before: only its words are late, and they follow.
    """
    first = _waiting().select_related("operation").first()
    return cancel(first.operation) if first is not None else None


@transaction.atomic
def fail_current(*, code: str) -> Operation | None:
    """End the operation whose turn it is, since its work failed for good; None for none.

    What was changed stays, and can be undone; the operations behind it have their turn. That of
    a board has ended well before: only words are late, and are tried again behind all others.
    """
    first = _waiting().first()
    if first is None:
        return None
    operation = Operation.objects.select_for_update().get(pk=first.operation_id)
    if operation.target == OperationTarget.BOARDS:
        OperationBatch.objects.filter(pk=first.pk).update(put_off_count=F("put_off_count") + 1)
        return operation
    operation.batches.all().delete()
    operation.failed_at = timezone.now()
    operation.error_code = code
    _save_progress(operation)
    return operation


def _waiting() -> "models.QuerySet[OperationBatch]":
    """Return what waits, in the order of its turns: what was put off comes last."""
    return OperationBatch.objects.order_by("put_off_count", "operation_id", "number")


def _queue(operation: Operation, selection: Selection) -> Operation:
    selected, params = selection.as_sql()
    operation.save(force_insert=True)
    operation.total_count = freeze(operation, selected, params)
    operation.summary = going_on_sentence(operation)[:MAX_SUMMARY]
    operation.save(update_fields=["total_count", "summary"])
    return operation


def _save_progress(operation: Operation) -> None:
    if operation.total_count and not operation.is_going_on:
        operation.summary = _ended_sentence(operation)[:MAX_SUMMARY]
        _settle_undone(operation)
        if not operation.changed_count:
            remove_made_board(operation)
    operation.save(
        update_fields=[
            *("changed_count", "kept_count", "done_count", "cancelled_at", "failed_at"),
            *("error_code", "summary"),
        ]
    )


def _ended_sentence(operation: Operation) -> str:
    sentence = done_sentence(operation)
    done = f"{operation.done_count:,} of {operation.total_count:,}"
    if operation.failed_at is not None:
        return f"{sentence} (failed after {done})"
    return sentence if operation.cancelled_at is None else f"{sentence} (stopped after {done})"


def _settle_undone(operation: Operation) -> None:
    """Let what was not undone, or only in part, be undone later."""
    is_whole = operation.changed_count and operation.done_count == operation.total_count
    if operation.undoes_id is not None and not is_whole:
        Operation.objects.filter(pk=operation.undoes_id).update(undone_at=None, undone_by=None)
