"""Mirrored boards: many-to-many, and never undoing what people chose."""

from collections.abc import Iterable, Sequence

from django.db.backends.utils import CursorWrapper

from connectors.items import BoardRef, Page, RejectionReason
from ingestion.imports import staging, statements
from ingestion.imports.classify import Verdict, id_of
from ingestion.imports.packing import pack, unpacked
from ingestion.models import SyncRun
from ingestion.models.run import ItemOutcome
from tenants.ids import uuid7_texts


def place(cursor: CursorWrapper, run: SyncRun, page: Page, verdicts: Sequence[Verdict]) -> None:
    """Mirror the page's boards and put its assets on them; a new place is an update."""
    placed = [v for v in verdicts if v.asset_id and v.reason != RejectionReason.REMOVED_BY_YOU]
    ids = _ensure(cursor, run, page, placed)
    held = _held_places(cursor, run, placed)
    rows: dict[tuple[str, str], tuple[str, int | None]] = {}
    for verdict in placed:
        for board in verdict.item.boards:
            spot = (id_of(verdict), ids[_stored_key(run, board)])
            where = (board.section[:255], board.position)
            if spot in rows or held.get(spot) == where:
                continue
            rows[spot] = where
            is_moved = spot not in held or held[spot][0] != where[0]
            if is_moved and verdict.outcome == ItemOutcome.UNCHANGED:
                verdict.outcome = ItemOutcome.UPDATED
    if rows:
        fresh = uuid7_texts(len(rows))
        staging.copy_rows(
            cursor,
            "incoming_board_item",
            (
                (key, board, asset, *where)
                for key, ((asset, board), where) in zip(fresh, rows.items(), strict=True)
            ),
        )
        cursor.execute(statements.MERGE_BOARD_ITEMS, {"org": run.org_id})


def compare(cursor: CursorWrapper, run: SyncRun, verdicts: Sequence[Verdict]) -> None:
    """Turn ``unchanged`` into ``updated`` where a board is new to the asset; write nothing."""
    same = [v for v in verdicts if v.outcome == ItemOutcome.UNCHANGED and v.item.boards]
    if not same:
        return
    cursor.execute(
        "SELECT i.asset_id::text, b.source_key FROM media_boarditem i"
        " JOIN media_board b ON b.org_id = i.org_id AND b.id = i.board_id"
        " WHERE i.org_id = %(org)s AND i.in_source"
        f" AND i.asset_id = ANY({unpacked('assets', 'uuid')})",
        {"org": run.org_id, "assets": pack([v.asset_id for v in same])},
    )
    held = set(cursor.fetchall())
    for verdict in same:
        keys = {(verdict.asset_id, _stored_key(run, board)) for board in verdict.item.boards}
        if not keys <= held:
            verdict.outcome = ItemOutcome.UPDATED


def _ensure(
    cursor: CursorWrapper, run: SyncRun, page: Page, placed: Sequence[Verdict]
) -> dict[str, str]:
    """Return the key of every board that the page names, made where it is missing."""
    wanted: dict[str, BoardRef] = {}
    for board in (*page.boards, *(board for v in placed for board in v.item.boards)):
        key = _stored_key(run, board)
        if key not in wanted or (board.name and not wanted[key].name):
            wanted[key] = board
    if not wanted:
        return {}
    source = run.job.connection.source if run.job.connection else ""
    cursor.execute(
        statements.ENSURE_BOARDS,
        {
            "org": run.org_id,
            "source": source,
            "ids": uuid7_texts(len(wanted)),
            "keys": list(wanted),
            "names": [board.name[:255] for board in wanted.values()],
            "urls": [board.url for board in wanted.values()],
            "secret": [board.is_secret for board in wanted.values()],
        },
    )
    cursor.execute(
        "SELECT source_key, id::text FROM media_board"
        " WHERE org_id = %s AND source = %s AND source_key = ANY(%s)",
        [run.org_id, source, list(wanted)],
    )
    return dict(cursor.fetchall())


def _held_places(
    cursor: CursorWrapper, run: SyncRun, placed: Iterable[Verdict]
) -> dict[tuple[str, str], tuple[str, int | None]]:
    known = [v.asset_id for v in placed if v.outcome != ItemOutcome.NEW]
    if not known:
        return {}
    cursor.execute(
        "SELECT asset_id::text, board_id::text, section, position FROM media_boarditem"
        f" WHERE org_id = %(org)s AND asset_id = ANY({unpacked('assets', 'uuid')}) AND in_source",
        {"org": run.org_id, "assets": pack(known)},
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}


def _stored_key(run: SyncRun, board: BoardRef) -> str:
    """Return the board's key in the organization: names are only known within a connection."""
    if board.key.startswith("name:"):
        return f"{run.connection_id}/{board.key}"[:400]
    return board.key[:400]
