"""One page of records into the library: staged with COPY, merged with a few statements."""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from connectors.items import MediaCandidate, MediaStatus, Page, RejectionReason, SavedItem
from ingestion.errors import MergesBusyError
from ingestion.imports import boards, staging, statements, tags
from ingestion.imports.classify import Verdict, give_keys, id_of, judge_page
from ingestion.imports.ledger import Tally, write_ledger
from ingestion.imports.packing import pack, unpacked
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from media.colors import name_color
from media.search.index import document_of, reindex
from media.search.words import org_key
from tenants.ids import uuid7_texts

# By asset, then by the picture's key: its position and itself.
Pictures: TypeAlias = dict[str, dict[str, tuple[int, MediaCandidate]]]

# How soon somebody who waits for another's merge looks up.
LOOK_EVERY_MS: Final = 250


def merge_page(run: SyncRun, page: Page, *, via: str) -> Tally:
    """Write ``page`` into the organization in scope, inside the caller's transaction.

    Rows that do not differ are not touched; nothing is deleted that the page lacks; columns
    that belong to people are never written.
    """
    verdicts = merge_items(run, page, via=via)
    with connection.cursor() as cursor:
        return write_ledger(cursor, run, page, verdicts)


def merge_items(run: SyncRun, page: Page, *, via: str) -> list[Verdict]:
    """Write ``page`` as :func:`merge_page` does, but no record of it; return what became of it."""
    with connection.cursor() as cursor:
        staging.prepare(cursor)
        lock_merges(cursor, run.org_id)
        verdicts = judge_page(cursor, run, page)
        give_keys(verdicts)
        boards.place(cursor, run, page, verdicts)
        write_assets(cursor, run, verdicts, via=via)
        return verdicts


def lock_merges(cursor: CursorWrapper, org_id: uuid.UUID) -> None:
    """Be the only one that gives assets of the organization their refs, until the commit.

    Two connections of one source may meet in the same ref.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"merge:{org_id}"])


def lock_merges_while(
    cursor: CursorWrapper,
    org_id: uuid.UUID,
    *,
    may_wait: Callable[[], bool],
    look_every_ms: int = LOOK_EVERY_MS,
) -> None:
    """Lock merges as :func:`lock_merges` does, but give up soon after ``may_wait`` says no.

    Args:
        look_every_ms: how soon it is asked; whoever looks up loses the place in line.

    Raises:
        MergesBusyError: somebody else merges still. The transaction is as it was before.
    """
    while True:
        is_last = not may_wait()
        try:
            with transaction.atomic():
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(look_every_ms)])
                lock_merges(cursor, org_id)
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            if is_last:
                raise MergesBusyError from error
        else:
            return


def judge_only(run: SyncRun, page: Page) -> Tally:
    """Say what merging ``page`` would do, and write nothing but the run's own ledger."""
    with connection.cursor() as cursor:
        staging.prepare(cursor)
        verdicts = judge_page(cursor, run, page)
        boards.compare(cursor, run, verdicts)
        # What the columns would refuse is said by a dry run, too.
        give_keys(verdicts)
        _stage_assets(cursor, run, verdicts)
        for verdict in verdicts:
            verdict.asset_id = None
        return write_ledger(cursor, run, page, verdicts)


@dataclasses.dataclass(frozen=True, slots=True)
class _Staged:
    """What lies in the temporary tables: assets to write, and doubles that add to others."""

    written: list[Verdict]
    doubles: list[Verdict]


def _stage_assets(
    cursor: CursorWrapper, run: SyncRun, verdicts: Sequence[Verdict]
) -> _Staged | None:
    """Copy assets, origins and pictures into the temporary tables; None where there are none."""
    written = [v for v in verdicts if v.outcome in (ItemOutcome.NEW, ItemOutcome.UPDATED)]
    doubles = [v for v in verdicts if v.reason == RejectionReason.DUPLICATE_IN_FILE and v.asset_id]
    pictures = _merge_media(cursor, run, written, doubles)
    reported = [*written, *_not_yet_reported(cursor, run, verdicts)]
    if not reported and not pictures:
        return None
    key = org_key(run.org_id)
    counts = {asset_id: len(each) for asset_id, each in pictures.items()}
    staging.copy_rows(cursor, "incoming_asset", (_asset_row(v, key, counts) for v in written))
    staging.copy_rows(
        cursor,
        "incoming_origin",
        (
            (key, v.asset_id, v.item.raw.decode())
            for key, v in zip(uuid7_texts(len(reported)), reported, strict=True)
        ),
    )
    staging.copy_rows(cursor, "incoming_media", _media_rows(pictures))
    return _Staged(written, doubles)


def write_assets(
    cursor: CursorWrapper,
    run: SyncRun,
    verdicts: Sequence[Verdict],
    *,
    via: str,
    origins: str = statements.MERGE_ORIGINS,
) -> None:
    """Write what is new or updated of ``verdicts``, with pictures, tags and search words.

    The staging tables are prepared, merges are locked, and boards are placed.

    Args:
        origins: the statement that notes who said it.
    """
    staged = _stage_assets(cursor, run, verdicts)
    if staged is None:
        return
    scope = {
        "org": run.org_id,
        "run": run.pk,
        "connection": run.connection_id,
        "via": via,
    }
    changed = [id_of(v) for v in staged.written if v.outcome == ItemOutcome.UPDATED]
    cursor.execute(statements.INSERT_ASSETS, scope)
    if changed:
        cursor.execute(statements.UPDATE_ASSETS, scope)
        cursor.execute(statements.RETRY_MOVED, scope)
    cursor.execute(origins, scope)
    cursor.execute(statements.MERGE_MEDIA, scope)
    if changed:
        cursor.execute(statements.MOVE_BEHIND, scope)
    cursor.execute(statements.QUEUE_FETCH, scope)
    tags.attach(cursor, run, staged.written)
    cursor.execute(statements.INSERT_DOCUMENTS, scope)
    touched = list({*changed, *map(id_of, staged.doubles)})
    if touched:
        cursor.execute(statements.RECOUNT_PICTURES, {**scope, "assets": pack(touched)})
        reindex([uuid.UUID(asset_id) for asset_id in touched])


def _not_yet_reported(
    cursor: CursorWrapper, run: SyncRun, verdicts: Sequence[Verdict]
) -> list[Verdict]:
    """Return what another connection brought before, in the very words of this one."""
    same = [v for v in verdicts if v.outcome == ItemOutcome.UNCHANGED]
    if not same:
        return []
    cursor.execute(
        "SELECT asset_id::text FROM ingestion_assetorigin"
        " WHERE org_id = %(org)s AND connection_id = %(connection)s"
        f" AND asset_id = ANY({unpacked('assets', 'uuid')})",
        {
            "org": run.org_id,
            "connection": run.connection_id,
            "assets": pack([v.asset_id for v in same]),
        },
    )
    known = {row[0] for row in cursor.fetchall()}
    return [v for v in same if v.asset_id not in known]


def _merge_media(
    cursor: CursorWrapper, run: SyncRun, written: Sequence[Verdict], doubles: Sequence[Verdict]
) -> Pictures:
    """Return, by asset, the pictures to write with their positions; doubles add theirs behind."""
    media: Pictures = defaultdict(dict)
    known = _known_media(cursor, run, doubles)
    for verdict in written:
        mine = media[id_of(verdict)]
        for candidate in verdict.item.media:
            mine.setdefault(candidate.key, (len(mine), candidate))
    for verdict in doubles:
        mine, held = media[id_of(verdict)], known[id_of(verdict)]
        for candidate in verdict.item.media:
            if candidate.key not in held:
                mine.setdefault(candidate.key, (len(mine) + len(held), candidate))
    return media


def _known_media(
    cursor: CursorWrapper, run: SyncRun, doubles: Sequence[Verdict]
) -> dict[str, set[str]]:
    known: dict[str, set[str]] = defaultdict(set)
    asset_ids = [v.asset_id for v in doubles if v.asset_id]
    if asset_ids:
        cursor.execute(
            "SELECT asset_id::text, key FROM media_assetmedia WHERE org_id = %(org)s"
            f" AND asset_id = ANY({unpacked('assets', 'uuid')})",
            {"org": run.org_id, "assets": pack(asset_ids)},
        )
        for asset_id, key in cursor.fetchall():
            known[asset_id].add(key)
    return known


def _asset_row(verdict: Verdict, key: str, counts: dict[str, int]) -> tuple[Any, ...]:
    item = verdict.item
    pictures = counts.get(id_of(verdict), 0)
    # A double may have brought the picture that the first record lacked.
    status = MediaStatus.IMAGE if pictures else item.media_status
    return (
        verdict.asset_id,
        verdict.outcome == ItemOutcome.NEW,
        item.source.value,
        item.ref,
        item.title,
        item.text,
        item.alt_text,
        item.link_url,
        item.source_url,
        item.domain[:255],
        item.creator[:255],
        item.kind[:32],
        status.value,
        item.saved_at,
        item.created_at,
        item.is_removed_at_source,
        item.is_secret,
        verdict.content_hash,
        item.dominant_color,
        name_color(item.dominant_color),
        pictures,
        # Words of what was here before are built anew from all that is known of it.
        _document(item, key) if verdict.outcome == ItemOutcome.NEW else None,
    )


def _document(item: SavedItem, key: str) -> str:
    return document_of(
        key,
        titles=(item.title,),
        texts=(item.text,),
        alt_text=item.alt_text,
        creator=item.creator,
        domain=item.domain,
        words=(*item.tags, *(board.name for board in item.boards)),
    )


def _media_rows(
    media: Pictures,
) -> Iterator[tuple[Any, ...]]:
    fresh = iter(uuid7_texts(2 * sum(map(len, media.values()))))
    for asset_id, pictures in media.items():
        for key, (position, candidate) in pictures.items():
            yield (
                next(fresh),
                next(fresh),
                asset_id,
                position,
                key,
                candidate.url,
                list(candidate.fallbacks),
                candidate.width_px,
                candidate.height_px,
                candidate.alt_text,
                candidate.kind.value,
                candidate.video_url,
                candidate.duration_ms,
            )
