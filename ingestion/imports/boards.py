"""Mirrored boards: many-to-many, and never undoing what people chose."""

from collections.abc import Iterable, Sequence

from django.db.backends.utils import CursorWrapper

from connectors.items import BoardRef, Page, RejectionReason
from ingestion.imports import staging, statements
from ingestion.imports.classify import Verdict, id_of
from ingestion.imports.packing import pack, unpacked
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.models.job import JobKind
from tenants.ids import uuid7_texts


class BoardKeys:
    """What boards of a page are stored under.

    A board is known by its source's id. Where a record gives only a name, it is the oldest
    board of that source with this name; where there is none yet, one of this connection that
    becomes the board with an id once a record tells it.
    """

    def __init__(self, cursor: CursorWrapper, run: SyncRun, boards: Sequence[BoardRef]) -> None:
        self.source = run.job.connection.source if run.job.connection else ""
        self._connection_id = run.connection_id
        self._by_name: dict[str, str] = {}
        named = {board.name.lower() for board in boards if _is_name(board)}
        if named:
            for board in boards:
                if not _is_name(board):
                    self._by_name.setdefault(board.name.casefold(), board.key[:400])
            cursor.execute(
                "SELECT source_name, source_key FROM media_board"
                " WHERE org_id = %s AND source = %s AND source_key LIKE 'board:%%'"
                " AND lower(source_name) = ANY(%s) ORDER BY id DESC",
                [run.org_id, self.source, list(named)],
            )
            self._by_name |= {name.casefold(): key for name, key in cursor.fetchall()}

    def of(self, board: BoardRef) -> str:
        """Return the key that ``board`` is stored under."""
        if not _is_name(board):
            return board.key[:400]
        return self._by_name.get(board.name.casefold()) or self.by_name(board)

    def by_name(self, board: BoardRef) -> str:
        """Return the key of a board of which only the name is known."""
        return f"{self._connection_id}/name:{board.name.casefold()}"[:400]


def place(cursor: CursorWrapper, run: SyncRun, page: Page, verdicts: Sequence[Verdict]) -> None:
    """Mirror the page's boards and put its assets on them; a new place is an update."""
    placed = [v for v in verdicts if v.asset_id and v.reason != RejectionReason.REMOVED_BY_YOU]
    keys = BoardKeys(cursor, run, [*page.boards, *_boards_of(placed)])
    ids = _ensure(cursor, run, page, placed, keys)
    held = _held_places(cursor, run, placed)
    rows: dict[tuple[str, str], tuple[str, int | None]] = {}
    for verdict in placed:
        for board in verdict.item.boards:
            spot = (id_of(verdict), ids[keys.of(board)])
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
    keys = BoardKeys(cursor, run, _boards_of(same))
    for verdict in same:
        if not {(verdict.asset_id, keys.of(board)) for board in verdict.item.boards} <= held:
            verdict.outcome = ItemOutcome.UPDATED


def _ensure(
    cursor: CursorWrapper,
    run: SyncRun,
    page: Page,
    placed: Sequence[Verdict],
    keys: BoardKeys,
) -> dict[str, str]:
    """Return, by stored key, the board of every name on the page, made where it is missing."""
    wanted = _by_key((*page.boards, *_boards_of(placed)), keys)
    if not wanted:
        return {}
    by_id = {key: board for key, board in wanted.items() if not _is_name(board) and board.name}
    cursor.execute(
        statements.ADOPT_NAMED_BOARDS,
        {
            "org": run.org_id,
            "source": keys.source,
            "keys": list(by_id),
            "named": [keys.by_name(board) for board in by_id.values()],
        },
    )
    cursor.execute(
        statements.ENSURE_BOARDS,
        {
            "org": run.org_id,
            "source": keys.source,
            "ids": uuid7_texts(len(wanted)),
            "keys": list(wanted),
            "names": [board.name[:255] for board in wanted.values()],
            "urls": [board.url for board in wanted.values()],
            "secret": [board.is_secret for board in wanted.values()],
            "from_file": _is_of_file(run),
        },
    )
    cursor.execute(
        "SELECT source_key, id::text FROM media_board"
        " WHERE org_id = %s AND source = %s AND source_key = ANY(%s)",
        [run.org_id, keys.source, list(wanted)],
    )
    return dict(cursor.fetchall())


def _by_key(boards: Iterable[BoardRef], keys: BoardKeys) -> dict[str, BoardRef]:
    """Return each board once, by stored key: as it is named, where it is somewhere."""
    found: dict[str, BoardRef] = {}
    for board in boards:
        key = keys.of(board)
        if key not in found or (board.name and not found[key].name):
            found[key] = board
    return found


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


def _is_of_file(run: SyncRun) -> bool:
    """Return whether a run reads a file that goes with no account."""
    account = run.job.connection.connector if run.job.connection else ""
    return run.kind == JobKind.IMPORT and not account


def _is_name(board: BoardRef) -> bool:
    return board.key.startswith("name:")


def _boards_of(verdicts: Iterable[Verdict]) -> list[BoardRef]:
    return [board for verdict in verdicts for board in verdict.item.boards]
