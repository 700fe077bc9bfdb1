"""What was brought into the library: one set of statements per batch."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import connection
from django.db.backends.utils import CursorWrapper

from connectors.items import (
    BoardRef,
    MediaCandidate,
    MediaStatus,
    Page,
    SavedItem,
    Source,
)
from ingestion.gather import analysis, hosts
from ingestion.gather.bringing import Brought, Missed
from ingestion.gather.known import Known
from ingestion.gather.ledger import (
    SAME_BYTES,
    TOO_SMALL,
    Ended,
    hold_back,
    put_back,
    write_ended,
)
from ingestion.gather.uses import note_on_page, note_uploads
from ingestion.gather.wanted import Wanted
from ingestion.imports import boards, staging, statements
from ingestion.imports.classify import Verdict, ref_key
from ingestion.imports.merge import merge_items
from ingestion.models import RunItem, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.stages.rendition import decoded_blob
from media.models import AssetMedia, Blob, StageState
from media.models.stage import StageStatus
from media.results import StoredBlob, UnitResult, write_decoded, write_fetched, write_states
from media.sql import fetch_rows
from tenants.ids import uuid7_texts

# Seconds until what may come by itself is tried again, try by try.
AGAIN_S: Final = (2.0, 10.0)
# A wait that a site asks for is obeyed up to here; whoever watches would rather know.
LONGEST_WAIT_S: Final = 600.0
# Below it is an icon or a counter of visits, whatever its page claims.
LEAST_PX: Final = 100

# Pictures that the library holds the bytes of and nobody removed; of several the oldest.
_WITH_BYTES = """
SELECT DISTINCT ON (b.sha256) b.sha256, a.id
  FROM media_blob b
  JOIN media_assetmedia m
    ON m.org_id = b.org_id AND m.blob_id = b.id AND m.origin = 'source'
  JOIN media_asset a ON a.org_id = b.org_id AND a.id = m.asset_id AND a.removed_at IS NULL
 WHERE b.org_id = %(org)s AND b.sha256 = ANY(%(sha256)s)
 ORDER BY b.sha256, a.id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures come from, as it is kept with each of them.

    Attributes:
        source: under which their assets go.
        via: how they came, as of their origins.
        url: the page; empty of what has none.
        title: what the page is called.
        board_key: of the board that holds the pictures of the page; empty for none.
        drops_small: whether what is as small as an icon is passed over.
        ref: of the one picture that is meant, where its source names it.
        is_feed: whether it is an open feed or a sitemap, which lists pictures of anybody.
        is_of_one: whether only one picture of the page is meant, which is called as the page is.
    """

    source: Source
    via: str
    url: str = ""
    title: str = ""
    board_key: str = ""
    drops_small: bool = False
    ref: str = ""
    is_feed: bool = False
    is_of_one: bool = False

    @property
    def domain(self) -> str:
        """Return the page's host, as the library names it."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")

    def board(self, position: int) -> tuple[BoardRef, ...]:
        """Return where a picture lies on the page."""
        if not self.board_key:
            return ()
        name = self.title or self.domain
        return (BoardRef(self.board_key, name[:255], self.url, position=position),)


def link_known(run: SyncRun, place: Place, known: Sequence[tuple[RunItem, Wanted, Known]]) -> None:
    """Pass over pictures that need not be asked for; note of those of the library where they are.

    A look at a page changes nothing in the library.
    """
    if not run.is_dry_run:
        _place_known(
            run,
            place,
            [(item.ordinal, each, it.asset_id) for item, each, it in known if it.asset_id],
        )
    _note_uses(run, place, [it.asset_id for _, _, it in known if it.asset_id])
    write_ended(
        run,
        [Ended(item.pk, ItemOutcome.SKIPPED, it.reason, "", it.asset_id) for item, _, it in known],
    )


def note_seen(
    place: Place,
    batch: Sequence[tuple[RunItem, Wanted, Brought | Missed | None]],
    run: SyncRun,
) -> None:
    """Write what a look at a page has seen: nothing of it is in the library yet.

    Its bytes wait in storage for the choice; those that nobody chooses go with the nightly sweep.
    """
    put_back([item for item, _, found in batch if found is None])
    hashes = [found.sha256 for _, _, found in batch if isinstance(found, Brought)]
    held = _with_bytes(run.org_id, hashes)
    ended: list[Ended] = []
    for item, wanted, found in batch:
        if isinstance(found, Missed):
            ended.append(_missed(item, wanted, found))
        elif found is not None:
            ended.append(_seen(item, wanted, found, place, held.get(found.sha256)))
    if ended:
        write_ended(run, ended)
        hold_back(run, ended)


def _seen(
    item: RunItem, wanted: Wanted, found: Brought, place: Place, asset_id: uuid.UUID | None
) -> Ended:
    """Return what is known of a picture by its bytes, which also say how large it is."""
    made = found.rendered
    seen = replace(
        wanted, seen_sha256=found.sha256, width_px=made.width_px, height_px=made.height_px
    )
    if asset_id is not None:
        return Ended(item.pk, ItemOutcome.SKIPPED, SAME_BYTES, "", asset_id, seen)
    if place.drops_small and _is_small(found):
        return Ended(item.pk, ItemOutcome.SKIPPED, TOO_SMALL, wanted=seen)
    return Ended(item.pk, ItemOutcome.NEW, wanted=seen)


def _with_bytes(org_id: uuid.UUID, hashes: Sequence[str]) -> dict[str, uuid.UUID]:
    """Return, by hash, the assets that have one of these pictures."""
    return dict(fetch_rows(_WITH_BYTES, {"org": org_id, "sha256": list(hashes)}))


def store(
    run: SyncRun,
    place: Place,
    batch: Sequence[tuple[RunItem, Wanted, Brought | Missed | None]],
) -> None:
    """Write what became of a batch; in the scope and the transaction of the fence."""
    put_back([item for item, _, found in batch if found is None])
    ended: list[Ended] = []
    fresh: list[tuple[RunItem, Wanted, Brought]] = []
    for item, wanted, found in batch:
        if isinstance(found, Missed):
            ended.append(_missed(item, wanted, found))
        elif found is not None and place.drops_small and _is_small(found):
            ended.append(Ended(item.pk, ItemOutcome.SKIPPED, TOO_SMALL))
        elif found is not None:
            fresh.append((item, wanted, found))
    ended += _bring_in(run, place, fresh)
    if ended:
        write_ended(run, ended)
        hold_back(run, ended)


def _missed(item: RunItem, wanted: Wanted, missed: Missed) -> Ended:
    """Return what becomes of a picture that did not come: another try, or none."""
    if missed.must_wait:
        return _held_back(item, wanted, missed)
    wait_s = missed.retry_after_s or 0.0
    if missed.may_come and wanted.tries < len(AGAIN_S) and wait_s <= LONGEST_WAIT_S:
        due = time.time() + max(AGAIN_S[wanted.tries], wait_s)
        again = replace(wanted, tries=wanted.tries + 1, due=due)
        return Ended(item.pk, ItemOutcome.QUEUED, missed.code, missed.sentence, wanted=again)
    return Ended(item.pk, ItemOutcome.FAILED, missed.code, missed.sentence)


def _held_back(item: RunItem, wanted: Wanted, missed: Missed) -> Ended:
    """Let a picture wait for its site, which costs no try; not for ever where nothing comes."""
    wait_s = missed.retry_after_s or 0.0
    waits = 1 if missed.was_served else wanted.waits + 1
    if waits > hosts.MOST_WAITS or wait_s > LONGEST_WAIT_S:
        return Ended(item.pk, ItemOutcome.FAILED, missed.code, missed.sentence)
    again = replace(wanted, waits=waits, due=time.time() + wait_s)
    return Ended(item.pk, ItemOutcome.QUEUED, missed.code, missed.sentence, wanted=again)


def _is_small(found: Brought) -> bool:
    return max(found.rendered.width_px, found.rendered.height_px) < LEAST_PX


def _bring_in(
    run: SyncRun, place: Place, fresh: Sequence[tuple[RunItem, Wanted, Brought]]
) -> list[Ended]:
    """Make assets of what is new; what has the bytes of another one is linked to that."""
    if not fresh:
        return []
    hashes = [found.sha256 for _, _, found in fresh]
    held = _with_bytes(run.org_id, hashes)
    first: dict[str, tuple[RunItem, Wanted, Brought]] = {}
    # Of equal ones the first on the page is the one, whichever came first.
    for each in sorted(fresh, key=lambda one: one[0].ordinal):
        if each[2].sha256 not in held:
            first.setdefault(each[2].sha256, each)
    ended, made = _make_assets(run, place, list(first.values()))
    doubles = [
        (item, wanted, held.get(found.sha256) or made.get(found.sha256))
        for item, wanted, found in fresh
        if first.get(found.sha256, (None,))[0] is not item
    ]
    _place_known(
        run, place, [(item.ordinal, wanted, asset) for item, wanted, asset in doubles if asset]
    )
    _note_uses(run, place, [asset for _, _, asset in doubles if asset], hashes)
    ended += [
        Ended(item.pk, ItemOutcome.SKIPPED, SAME_BYTES, "", asset) for item, _, asset in doubles
    ]
    return ended


def _note_uses(
    run: SyncRun, place: Place, assets: Sequence[uuid.UUID], hashes: Sequence[str] = ()
) -> None:
    """Note what it says of pictures of the library that they came from here as well."""
    if not assets or run.is_dry_run:
        return
    if place.source == Source.UPLOAD:
        note_uploads(run.org_id, assets, hashes)
    elif place.source == Source.WEB and not place.is_feed:
        note_on_page(run.org_id, place.domain, assets)


def _make_assets(
    run: SyncRun, place: Place, first: Sequence[tuple[RunItem, Wanted, Brought]]
) -> tuple[list[Ended], dict[str, uuid.UUID]]:
    """Merge pictures whose bytes are new; return how they end, and their assets by hash."""
    if not first:
        return [], {}
    items = tuple(_saved_item(place, item.ordinal, wanted) for item, wanted, _ in first)
    page = Page(items=items, rejections=(), cursor={})
    verdicts = merge_items(run, page, via=place.via)
    ended: list[Ended] = []
    tied: list[tuple[RunItem, uuid.UUID, str, Brought]] = []
    for (item, wanted, found), verdict in zip(first, verdicts, strict=True):
        if verdict.outcome == ItemOutcome.SKIPPED or verdict.asset_id is None:
            ended.append(Ended(item.pk, ItemOutcome.SKIPPED, str(verdict.reason)))
        else:
            tied.append((item, uuid.UUID(verdict.asset_id), wanted.key, found))
    if place.is_feed:
        pictures = AssetMedia.objects.filter(asset_id__in=[asset for _, asset, _, _ in tied])
        pictures.filter(key__in=[key for _, _, key, _ in tied]).update(is_from_feed=True)
    blobs = _tie_bytes([(asset, key, found) for _, asset, key, found in tied])
    waiting = analysis.queue(run.org_id, set(blobs.values()))
    for item, asset_id, _, found in tied:
        is_waiting = blobs[found.sha256] in waiting
        outcome = ItemOutcome.PROCESSING if is_waiting else ItemOutcome.NEW
        ended.append(Ended(item.pk, outcome, asset_id=asset_id))
    return ended, {found.sha256: asset_id for _, asset_id, _, found in tied}


def _tie_bytes(tied: Sequence[tuple[uuid.UUID, str, Brought]]) -> dict[str, uuid.UUID]:
    """Write blobs and renditions, tie them to the pictures, and call their stages done.

    Returns the blobs by hash.
    """
    media = {
        (row.asset_id, row.key): row.pk
        for row in AssetMedia.objects.filter(asset_id__in=[asset for asset, _, _ in tied])
    }
    blobs = [
        StoredBlob(media[asset, key], f.sha256, f.size_bytes, f.media_type, f.storage_key)
        for asset, key, f in tied
    ]
    write_fetched(blobs, [blob.media_id for blob in blobs])
    hashes = [found.sha256 for _, _, found in tied]
    ids = dict(Blob.objects.filter(sha256__in=hashes).values_list("sha256", "pk"))
    write_decoded([decoded_blob(ids[f.sha256], f.rendered, f.renditions) for _, _, f in tied])
    done = StageState.objects.filter(media_id__in=[blob.media_id for blob in blobs], stage="fetch")
    done |= StageState.objects.filter(blob_id__in=ids.values(), stage="rendition")
    write_states([UnitResult(key, StageStatus.DONE) for key in done.values_list("pk", flat=True)])
    return ids


def _place_known(
    run: SyncRun, place: Place, known: Sequence[tuple[int, Wanted, uuid.UUID]]
) -> None:
    """Keep with assets that are there what the page says of them, and put them on its board."""
    if not known:
        return
    verdicts = []
    for ordinal, wanted, asset_id in known:
        item = _saved_item(place, ordinal, wanted)
        verdict = Verdict(item, ItemOutcome.UNCHANGED, ref_key(item), b"", asset_id=str(asset_id))
        verdicts.append(verdict)
    page = Page(items=(), rejections=(), cursor={})
    with connection.cursor() as cursor:
        staging.prepare(cursor)
        if place.board_key:
            boards.place(cursor, run, page, verdicts)
        _add_places(cursor, run, place, verdicts)


def _add_places(
    cursor: CursorWrapper, run: SyncRun, place: Place, verdicts: Sequence[Verdict]
) -> None:
    keys = uuid7_texts(len(verdicts))
    rows = [(key, v.asset_id, v.item.raw.decode()) for key, v in zip(keys, verdicts, strict=True)]
    staging.copy_rows(cursor, "incoming_origin", rows)
    cursor.execute(
        statements.ADD_PLACES,
        {"org": run.org_id, "connection": run.connection_id, "run": run.pk, "via": place.via},
    )


def _saved_item(place: Place, ordinal: int, wanted: Wanted) -> SavedItem:
    """Return a picture as all sources hand theirs to the library."""
    raw: dict[str, Any] = {
        "page": place.url,
        "page_title": place.title,
        "picture": wanted.url or wanted.name,
        "alt": wanted.alt_text,
        "caption": wanted.caption,
        "link": wanted.link_url,
        "position": ordinal,
    }
    return SavedItem(
        index=ordinal,
        source=place.source,
        ref=place.ref or wanted.key[:2048],
        title=_title(place, wanted)[:500],
        text=wanted.caption if wanted.caption != wanted.title else "",
        alt_text=wanted.alt_text,
        link_url="" if place.ref else place.url,
        source_url=place.url if place.ref else wanted.url,
        domain=place.domain,
        kind="pin" if place.ref else "picture",
        media_status=MediaStatus.IMAGE,
        media=(
            MediaCandidate(
                url=wanted.url,
                key=wanted.key,
                fallbacks=wanted.fallbacks,
                width_px=wanted.width_px,
                height_px=wanted.height_px,
                alt_text=wanted.alt_text,
            ),
        ),
        boards=place.board(ordinal),
        raw=json.dumps(raw, sort_keys=True, ensure_ascii=False).encode(),
    )


def _title(place: Place, wanted: Wanted) -> str:
    """Return what a picture is called."""
    if place.is_of_one:
        return place.title or wanted.title
    return wanted.title or place.title
