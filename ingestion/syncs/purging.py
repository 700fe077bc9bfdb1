"""The job that removes what one connection brought, and nothing that came by another as well."""

import uuid
from functools import partial
from typing import ClassVar, Final

from django.db import connection as database

from connectors.base import connector_named
from connectors.models import Connection, Credential
from ingestion.engine.kinds import Kind, Slice
from ingestion.engine.steps import AnyStep, LongStep, Step, work_steps
from ingestion.errors import StepSkippedError
from ingestion.imports.merge import lock_merges
from ingestion.models import AssetOrigin, Job, Sighting, SourceCheckpoint, SyncRun
from ingestion.models.job import JobKind
from ingestion.policy.expiry import drop_empty_boards
from ingestion.shares import Batches, OrphanBlobs
from ingestion.syncs.state import Mark
from media.models import Asset, Board, BoardItem
from media.sql import fetch_rows
from tenants.errors import NotReadyError
from tenants.scope import current_org_id, org_scope

# Assets with all that hangs on them: a second at the most.
BATCH: Final = 500

_ONLY_HERE: Final = """
SELECT o.asset_id
  FROM ingestion_assetorigin o
 WHERE o.org_id = %(org)s AND o.connection_id = %(connection)s
   AND NOT EXISTS (
     SELECT FROM ingestion_assetorigin other
      WHERE other.org_id = %(org)s AND other.asset_id = o.asset_id
        AND other.connection_id <> %(connection)s)
 ORDER BY o.asset_id LIMIT %(most)s
"""

# Boards of the source that were empty all along, unnamed, and brought by no other connection: those
# that this account alone is known to have had, or all where nothing else brought anything. What is
# older than the account may be of a file that was read before boards remembered that.
_EMPTY_BOARDS: Final = """
SELECT b.id
  FROM media_board b
 WHERE b.org_id = %(org)s AND b.source = %(source)s AND b.source_key <> '' AND b.own_name = ''
   AND NOT b.is_from_file
   AND NOT EXISTS (
     SELECT FROM media_boarditem i WHERE i.org_id = %(org)s AND i.board_id = b.id)
   AND (
     b.source_key = ANY(%(alone)s) AND b.created_at >= (
       SELECT created_at FROM connectors_connection
        WHERE org_id = %(org)s AND id = %(connection)s)
     OR NOT EXISTS (
       SELECT FROM ingestion_assetorigin o
         JOIN connectors_connection c ON c.org_id = %(org)s AND c.id = o.connection_id
        WHERE o.org_id = %(org)s AND c.source = %(source)s AND c.id <> %(connection)s))
"""


class PurgeKind(Kind):
    """Removes what a connection brought, for good: no trash, and no tombstone.

    Whoever links the account again has it all again. Files that nothing shows any more follow,
    those of the last day by the nightly upkeep.
    """

    name: ClassVar[str] = JobKind.PURGE
    label: ClassVar[str] = "Remove what an account brought"
    pauses_itself: ClassVar[bool] = False

    def check(self, job: Job) -> None:
        """Refuse where the account was linked again."""
        if job.connection is None or Credential.objects.filter(connection=job.connection).exists():
            raise NotReadyError("This account is linked again. Disconnect it first.")

    def work(self, turn: Slice) -> None:
        """Remove assets batch by batch, then what else tells of them."""
        with org_scope(turn.held.org_id):
            run = SyncRun.objects.select_related("job__connection").get(pk=turn.held.run_id)
        work_steps(turn, steps_of(run.job.connection))


def steps_of(connection: Connection | None) -> tuple[AnyStep, ...]:
    """Return what is done for a connection."""
    if connection is None:
        return ()
    key, source = connection.pk, connection.source
    return (
        LongStep("brought_assets", partial(Batches, partial(remove_some, key))),
        Step("brought_traces", partial(remove_traces, key, source)),
        LongStep("orphan_blobs", OrphanBlobs, is_optional=True),
    )


def remove_some(connection_id: uuid.UUID) -> int:
    """Remove some assets that this connection alone brought; return how many.

    Raises:
        StepSkippedError: the account was linked again.
    """
    _check_gone(connection_id)
    org_id = current_org_id()
    with database.cursor() as cursor:
        # No import gives one of them another origin meanwhile.
        lock_merges(cursor, org_id)
    keys = {"org": org_id, "connection": connection_id, "most": BATCH}
    ids = [key for (key,) in fetch_rows(_ONLY_HERE, keys)]
    if ids:
        boards = set(
            BoardItem.objects.filter(asset__in=ids, in_source=True).values_list(
                "board_id", flat=True
            )
        )
        # Through the models: what hangs on an asset is known to apps above its own, too.
        Asset.objects.filter(pk__in=ids).delete()
        drop_empty_boards(boards)
    return len(ids)


def remove_traces(connection_id: uuid.UUID, source: str) -> int:
    """Forget that the connection brought what stays, its place, and its empty boards."""
    _check_gone(connection_id)
    keys = {"org": current_org_id(), "connection": connection_id, "source": source}
    alone = _boards_only_of(connection_id, source)
    AssetOrigin.objects.filter(connection=connection_id).delete()
    Sighting.objects.filter(connection=connection_id).delete()
    SourceCheckpoint.objects.filter(connection=connection_id).delete()
    ids = [key for (key,) in fetch_rows(_EMPTY_BOARDS, {**keys, "alone": list(alone)})]
    Board.objects.filter(pk__in=ids).delete()
    return len(ids)


def _boards_only_of(connection_id: uuid.UUID, source: str) -> set[str]:
    """Return the keys of boards that an account had, and no other account of the source has."""
    checkpoints = SourceCheckpoint.objects.filter(
        connection__source=source, stream=JobKind.SYNC.value
    )
    ours: set[str] = set()
    theirs: set[str] = set()
    for checkpoint in checkpoints.select_related("connection"):
        is_ours = checkpoint.connection_id == connection_id
        (ours if is_ours else theirs).update(_boards_at(checkpoint))
    return ours - theirs


def _boards_at(checkpoint: SourceCheckpoint) -> frozenset[str]:
    try:
        connector = connector_named(checkpoint.connection.connector)
    except KeyError:
        return frozenset()
    return connector.boards_of(Mark.unpacked(checkpoint.cursor).cursor)


def _check_gone(connection_id: uuid.UUID) -> None:
    if Credential.objects.filter(connection=connection_id).exists():
        raise StepSkippedError("The account was linked again, so nothing more is removed.")
