"""What each record of a page is: new, changed, the same, a double, or removed by a person."""

import dataclasses
import uuid
from collections.abc import Collection, Sequence
from hashlib import blake2b

from django.db.backends.utils import CursorWrapper

from connectors.items import Page, RejectionReason, SavedItem
from ingestion.models import SyncRun
from ingestion.models.run import ItemOutcome
from tenants.ids import uuid7

# Raise it when a reader learns to read more out of the same record: re-imports then update.
PARSER_VERSION = b"1"


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """An asset that is there already."""

    asset_id: uuid.UUID
    content_hash: bytes
    is_removed: bool


@dataclasses.dataclass(slots=True)
class Verdict:
    """What becomes of one item.

    Attributes:
        asset_id: of the asset that the record is about; None where there is none.
        content_hash: 128 bits over the record, to know it again.
    """

    item: SavedItem
    outcome: ItemOutcome
    ref_key: uuid.UUID
    content_hash: bytes
    reason: str = ""
    asset_id: uuid.UUID | None = None


def judge_page(cursor: CursorWrapper, run: SyncRun, page: Page) -> list[Verdict]:
    """Return a verdict for every item of ``page``, in its order; new assets have no key yet.

    Boards are not looked at here: they may turn ``unchanged`` into ``updated`` later.
    """
    items = page.items
    keys = [ref_key(item) for item in items]
    seen = _seen_in_run(cursor, run, keys)
    known = _known_assets(cursor, run.org_id, items)
    removed = _tombstones(cursor, run.org_id, items)
    verdicts = []
    for item, key in zip(items, keys, strict=True):
        digest = blake2b(item.raw, digest_size=16, key=PARSER_VERSION).digest()
        asset = known.get((item.source.value, item.ref))
        verdict = Verdict(item, ItemOutcome.NEW, key, digest)
        if asset is not None:
            verdict.asset_id = asset.asset_id
        if key in seen:
            verdict.outcome = ItemOutcome.SKIPPED
            verdict.reason = RejectionReason.DUPLICATE_IN_FILE
        elif (item.source.value, item.ref) in removed or (asset is not None and asset.is_removed):
            verdict.outcome = ItemOutcome.SKIPPED
            verdict.reason = RejectionReason.REMOVED_BY_YOU
        elif asset is not None:
            same = asset.content_hash == digest
            verdict.outcome = ItemOutcome.UNCHANGED if same else ItemOutcome.UPDATED
        seen.add(key)
        verdicts.append(verdict)
    return verdicts


def ref_key(item: SavedItem) -> uuid.UUID:
    """Return 128 bits that stand for the item's source and ref in the run's ledger."""
    name = f"{item.source.value}\0{item.ref}".encode()
    return uuid.UUID(bytes=blake2b(name, digest_size=16).digest())


def give_keys(verdicts: Sequence[Verdict]) -> None:
    """Give new assets their keys, and doubles on the page the key of their first record."""
    fresh = {v.ref_key: uuid7() for v in verdicts if v.outcome == ItemOutcome.NEW}
    for verdict in verdicts:
        if verdict.asset_id is None:
            verdict.asset_id = fresh.get(verdict.ref_key)


def id_of(verdict: Verdict) -> uuid.UUID:
    """Return the key of the verdict's asset, which must have one by now."""
    if verdict.asset_id is None:
        message = f"Record {verdict.item.index} has no asset."
        raise ValueError(message)
    return verdict.asset_id


def _seen_in_run(cursor: CursorWrapper, run: SyncRun, keys: list[uuid.UUID]) -> set[uuid.UUID]:
    if not run.raw_count:
        return set()
    cursor.execute(
        "SELECT ref_key FROM ingestion_runitem"
        " WHERE org_id = %s AND run_id = %s AND ref_key = ANY(%s)",
        [run.org_id, run.pk, keys],
    )
    return {row[0] for row in cursor.fetchall()}


def _known_assets(
    cursor: CursorWrapper, org_id: uuid.UUID, items: Collection[SavedItem]
) -> dict[tuple[str, str], Known]:
    cursor.execute(
        "SELECT a.source, a.source_ref, a.id, a.content_hash, a.removed_at IS NOT NULL"
        " FROM unnest(%s::text[], %s::text[]) AS wanted (source, ref)"
        " JOIN media_asset a ON a.org_id = %s AND a.source = wanted.source"
        " AND a.source_ref = wanted.ref",
        [[item.source.value for item in items], [item.ref for item in items], org_id],
    )
    return {(row[0], row[1]): Known(row[2], bytes(row[3]), row[4]) for row in cursor.fetchall()}


def _tombstones(
    cursor: CursorWrapper, org_id: uuid.UUID, items: Collection[SavedItem]
) -> set[tuple[str, str]]:
    cursor.execute(
        "SELECT source, source_ref FROM media_tombstone WHERE org_id = %s AND source_ref = ANY(%s)",
        [org_id, [item.ref for item in items]],
    )
    return set(cursor.fetchall())
