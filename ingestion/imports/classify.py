"""What each record of a page is: new, changed, the same, a double, or removed by a person."""

import dataclasses
import uuid
from collections.abc import Sequence
from hashlib import blake2b

from django.db.backends.utils import CursorWrapper

from connectors.items import Page, RejectionReason, SavedItem
from ingestion.imports.packing import pack, unpacked
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from tenants.ids import uuid7_texts

# Raise it when a reader learns to read more out of the same record: re-imports then update.
PARSER_VERSION = b"3"


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """An asset that is there already; its key is text, as all keys of a merge are."""

    asset_id: str
    content_hash: bytes
    is_secret: bool
    is_removed: bool


@dataclasses.dataclass(slots=True)
class Verdict:
    """What becomes of one item.

    Attributes:
        asset_id: of the asset that the record is about, as text; None where there is none.
        content_hash: 128 bits over the record, to know it again.
    """

    item: SavedItem
    outcome: ItemOutcome
    ref_key: str
    content_hash: bytes
    reason: str = ""
    asset_id: str | None = None


def judge_page(cursor: CursorWrapper, run: SyncRun, page: Page) -> list[Verdict]:
    """Return a verdict for every item of ``page``, in its order; new assets have no key yet.

    Boards are not looked at here: they may turn ``unchanged`` into ``updated`` later.
    """
    items = page.items
    if not items:
        return []
    keys = [ref_key(item) for item in items]
    seen = _seen_in_run(cursor, run, keys)
    known = _known_assets(cursor, run, items)
    removed = _tombstones(cursor, run.org_id, items)
    verdicts = []
    for item, key in zip(items, keys, strict=True):
        digest = blake2b(item.raw, digest_size=16, key=PARSER_VERSION).digest()
        asset = known.get(item.ref)
        verdict = Verdict(item, ItemOutcome.NEW, key, digest)
        if asset is not None:
            verdict.asset_id = asset.asset_id
        if key in seen:
            verdict.outcome = ItemOutcome.SKIPPED
            verdict.reason = RejectionReason.DUPLICATE_IN_FILE
            if asset is not None and asset.is_removed:
                verdict.asset_id = None  # nothing is added to what somebody removed
        elif item.ref in removed or (asset is not None and asset.is_removed):
            verdict.outcome = ItemOutcome.SKIPPED
            verdict.reason = RejectionReason.REMOVED_BY_YOU
        elif asset is not None:
            # A board's privacy is its pins', though no record of them tells it.
            same = asset.content_hash == digest and asset.is_secret == item.is_secret
            verdict.outcome = ItemOutcome.UNCHANGED if same else ItemOutcome.UPDATED
        seen.add(key)
        verdicts.append(verdict)
    return verdicts


def ref_key(item: SavedItem) -> str:
    """Return 128 bits, in hex, that stand for the item's source and ref in the run's ledger."""
    name = f"{item.source.value}\0{item.ref}".encode()
    return blake2b(name, digest_size=16).hexdigest()


def give_keys(verdicts: Sequence[Verdict]) -> None:
    """Give new assets their keys, and doubles on the page the key of their first record."""
    new = [v.ref_key for v in verdicts if v.outcome == ItemOutcome.NEW]
    fresh = dict(zip(new, uuid7_texts(len(new)), strict=True))
    for verdict in verdicts:
        if verdict.asset_id is None:
            verdict.asset_id = fresh.get(verdict.ref_key)


def id_of(verdict: Verdict) -> str:
    """Return the key of the verdict's asset, which must have one by now."""
    if verdict.asset_id is None:
        message = f"Record {verdict.item.index} has no asset."
        raise ValueError(message)
    return verdict.asset_id


def _seen_in_run(cursor: CursorWrapper, run: SyncRun, keys: Sequence[str]) -> set[str]:
    if not run.raw_count:
        return set()
    cursor.execute(
        "SELECT ref_key FROM ingestion_runitem WHERE org_id = %(org)s AND run_id = %(run)s"
        f" AND ref_key = ANY({unpacked('keys', 'uuid')})",  # a constant of ours
        {"org": run.org_id, "run": run.pk, "keys": pack(keys)},
    )
    return {row[0].hex for row in cursor.fetchall()}


def _known_assets(
    cursor: CursorWrapper, run: SyncRun, items: Sequence[SavedItem]
) -> dict[str, Known]:
    """Return, by ref, what is there already; the items of one import have one source."""
    # ``= ANY`` rather than a join: right after a bulk load the planner takes the table for
    # empty, and a join that compares every ref with every row would cost it nothing.
    cursor.execute(
        "SELECT source_ref, id::text, content_hash, is_secret, removed_at IS NOT NULL"
        " FROM media_asset WHERE org_id = %(org)s AND source = %(source)s"
        f" AND source_ref = ANY({unpacked('refs')})",
        {
            "refs": pack([item.ref for item in items]),
            "org": run.org_id,
            "source": items[0].source.value,
        },
    )
    return {row[0]: Known(*row[1:]) for row in cursor.fetchall()}


def _tombstones(cursor: CursorWrapper, org_id: uuid.UUID, items: Sequence[SavedItem]) -> set[str]:
    cursor.execute(
        "SELECT source_ref FROM media_tombstone WHERE org_id = %(org)s AND source = %(source)s"
        f" AND source_ref = ANY({unpacked('refs')})",  # a constant of ours
        {
            "org": org_id,
            "source": items[0].source.value,
            "refs": pack([item.ref for item in items]),
        },
    )
    return {row[0] for row in cursor.fetchall()}
