"""What people said when they saved: board, tags, title and note; and taking all of it back."""

import uuid
from typing import Any

from django.db import transaction

from ingestion.models import Job
from media import operations
from media.models import Asset, Board, Operation
from media.operations import Selection
from media.operations.boards import board_to_be
from tenants.models import User


def apply(job: Job, asset_id: uuid.UUID, *, is_new: bool) -> None:
    """Put what came where it is wanted, as changes of the person who saved it.

    The second time nothing changes. What is here already keeps its title, and its note before the
    new one.
    """
    params, by = job.params, job.created_by
    asset = Asset.objects.get(pk=asset_id)
    only = Selection.of_ids([asset_id])
    done: list[Operation] = []
    if asset.removed_at is not None:
        done.append(operations.restore_selection(only, by))
    done += _onto_board(params, only, by)
    if params.get("tags"):
        done.append(operations.add_tags(only, params["tags"], by))
    title = params.get("own_title") or None if is_new else None
    note = _with_note(asset.own_text, params.get("note", ""))
    if title or note:
        done.append(operations.edit_asset(asset, title=title, text=note, by=by))
    made = [str(operation.pk) for operation in done if operation.changed_count]
    noted = {
        "asset": str(asset_id),
        "is_new": bool(params.get("is_new") or is_new),
        "operations": [*params.get("operations", []), *made],
    }
    Job.objects.filter(pk=job.pk).update(params=params | noted)


def _onto_board(params: dict[str, Any], only: Selection, by: User | None) -> list[Operation]:
    """Put it on the board that was chosen or named; one that is gone meanwhile is passed over."""
    key, name = params.get("board", ""), params.get("board_name", "")
    board = Board.objects.present().filter(pk=key).first() if key else None
    if board is None and name:
        board = board_to_be(name)
        if board is None:
            return [operations.add_to_new_board(only, name, by)[1]]
    return [operations.add_to_board(only, board, by)] if board is not None else []


def _with_note(text: str, note: str) -> str | None:
    """Return the text with the note behind it; None where it stays as it is."""
    if not note or note in text:
        return None
    return f"{text}\n\n{note}" if text else note


@transaction.atomic
def take_back(job: Job, by: User | None) -> None:
    """Undo what the capture changed; what it brought goes to the trash. The second time: nothing.

    What somebody changed since stays, as with every undo.
    """
    job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.params.get("is_undone") or "asset" not in job.params:
        return
    made = Operation.objects.filter(pk__in=job.params.get("operations", []))
    for operation in made.order_by("-created_at", "-pk"):
        operations.undo(operation, by)
    if job.params.get("is_new"):
        operations.trash_assets(Selection.of_ids([uuid.UUID(job.params["asset"])]), by)
    Job.objects.filter(pk=job.pk).update(params=job.params | {"is_undone": True})
