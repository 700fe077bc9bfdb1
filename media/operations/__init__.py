"""Changing the library: every change by people is one operation with its inverse.

All functions run in the scope of an organization and in one transaction, set-based, so that
a change of many assets is one change. Each returns its ``Operation``; where nothing was to be
changed it has a ``changed_count`` of 0 and is not kept.
"""

from media.operations.boards import create_board, remove_board, rename_board
from media.operations.history import history_of
from media.operations.places import add_to_board, move_on_board, remove_from_board
from media.operations.selection import Selection
from media.operations.tags import add_tags, remove_tags
from media.operations.text import edit_asset
from media.operations.trash import restore_assets, restore_selection, trash_assets
from media.operations.undo import undo

__all__ = [
    "Selection",
    "add_tags",
    "add_to_board",
    "create_board",
    "edit_asset",
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
]
