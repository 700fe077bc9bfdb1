"""The words of a board's assets: its name is one of them."""

import uuid

from django.conf import settings

from media.models import Operation
from media.operations.freezing import freeze
from media.search.index import reindex
from media.sql import fetch_rows
from tenants.scope import current_org_id

_MEMBERS = """
SELECT asset_id AS id FROM media_boarditem
 WHERE org_id = %(org)s AND board_id = %(board)s AND is_member
"""


def follow_board(operation: Operation, board_id: uuid.UUID) -> None:
    """Let the words follow a board that ``operation`` changed.

    Where its assets are very many they follow behind the request: the change itself is made,
    so that there is nothing of it to wait for or to cancel.
    """
    params = {"org": current_org_id(), "board": board_id}
    ids = [asset_id for (asset_id,) in fetch_rows(_MEMBERS, params)]
    if len(ids) > settings.BULK_MAX_AT_ONCE:
        freeze(operation, _MEMBERS, params)
    else:
        reindex(ids)
