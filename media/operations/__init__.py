"""Changing the library: every change by people is one operation with its inverse.

All functions run in the scope of an organization and in one transaction, set-based, so that
a change of many assets is one change. Each returns its ``Operation``; where nothing was to be
changed it has a ``changed_count`` of 0 and is not kept. A change of more than
``BULK_MAX_AT_ONCE`` assets goes on behind the request, in batches: see ``batches``.
"""

from media.operations.batches import cancel, cancel_current, fail_current, work_next_batch
from media.operations.boards import create_board, remove_board, rename_board
from media.operations.changes import (
    add_tags,
    add_to_board,
    add_to_new_board,
    remove_from_board,
    remove_tags,
    restore_assets,
    restore_selection,
    trash_assets,
    undo,
)
from media.operations.history import history_of
from media.operations.places import move_on_board
from media.operations.selection import Selection
from media.operations.text import edit_asset

__all__ = [
    "Selection",
    "add_tags",
    "add_to_board",
    "add_to_new_board",
    "cancel",
    "cancel_current",
    "create_board",
    "edit_asset",
    "fail_current",
    "history_of",
    "move_on_board",
    "remove_board",
    "remove_from_board",
    "remove_tags",
    "rename_board",
    "restore_assets",
    "restore_selection",
    "trash_assets",
    "undo",
    "work_next_batch",
]
