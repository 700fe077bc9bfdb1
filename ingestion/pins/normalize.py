"""The step that gives each pin its number: node ids become digits, doubles become one.

Batch by batch over the keys of the assets, each batch by a few statements; what is to be told of a
reference is decided by the reader's own rules, outside of any transaction.
"""

import dataclasses
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from django.db import connection
from django.db.models import F

from connectors.items import Source
from connectors.readers.pinterest.ids import pin_digits
from ingestion.imports.ledger import Row, write_lines
from ingestion.imports.merge import lock_merges_while
from ingestion.models import SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.pins.places import Place, keep_place, place_of
from media.identity import Renamed, Renaming, odd_tombstones, rename, rename_tombstones
from media.sql import fetch_row, fetch_rows

# Of one transaction, at the most: half a second where all of them are only given their number.
BATCH: Final = 10_000
# To make two one takes ten times as long. So the first batch is small, and each of the others as
# large as the one before allows: a stop is heard soon.
FIRST_BATCH: Final = 2_000
LONG_S: Final = 1.5
KNOWN_REF: Final = "^pin:[1-9][0-9]{0,29}$"
_NO_NUMBER: Final = "“{}” is no number of a pin. It stays here; no more can be asked about it."
_SHOWN: Final = 80
BAD_ID, MERGED = "bad_id", "merged"
_MERGED: Final = (ItemOutcome.SKIPPED, MERGED)
_JUNK: Final = (ItemOutcome.FAILED, BAD_ID)

_ODD: Final = """
  FROM media_asset
 WHERE org_id = %(org)s AND source = %(source)s AND source_ref !~ %(known)s
"""
_COUNT: Final = f"SELECT count(*) {_ODD}"
_NEXT: Final = f"""
SELECT id, source_ref {_ODD} AND id > %(after)s ORDER BY id LIMIT %(most)s
"""  # of constants


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """What is to become of a batch of references.

    Attributes:
        last: the key of the last asset.
        junk: assets whose reference names no pin.
    """

    last: uuid.UUID
    renamings: tuple[Renaming, ...]
    junk: tuple[tuple[uuid.UUID, str], ...]

    @property
    def count(self) -> int:
        """Return how many references were judged."""
        return len(self.renamings) + len(self.junk)


class PinNumbers:
    """Pins whose reference is not their number yet."""

    name: ClassVar[str] = "normalize"
    is_done = False

    def __init__(self) -> None:
        self._run: SyncRun | None = None
        self._place = Place()
        self._most = min(FIRST_BATCH, BATCH)
        self._may_go_on: Callable[[], bool] = lambda: True

    def take(self, run: SyncRun) -> list[tuple[uuid.UUID, str]] | None:
        """Return the next pins by their key."""
        scope = {"org": run.org_id, "source": Source.PINTEREST.value, "known": KNOWN_REF}
        if self._run is None:
            self._place = place_of(run, self.name) or _beginning(run, self.name, scope)
        self._run = run
        after = self._place.after or uuid.UUID(int=0)
        share: list[Any] = fetch_rows(_NEXT, {**scope, "after": after, "most": self._most})
        return share or None

    def do(
        self, share: Sequence[tuple[uuid.UUID, str]], *, may_go_on: Callable[[], bool]
    ) -> Judged:
        """Find their numbers."""
        self._may_go_on = may_go_on
        return judge(share)

    def write(self, found: Judged) -> int:
        """Write the numbers, merge doubles, and note what is junk."""
        run = self._run
        if run is None:
            message = "Nothing was taken."
            raise RuntimeError(message)
        with connection.cursor() as cursor:
            lock_merges_while(cursor, run.org_id, may_wait=self._may_go_on)
        began = time.monotonic()
        renamed = rename(Source.PINTEREST.value, found.renamings)
        _account(run, found, renamed)
        self._place.after = found.last
        self._place.done += found.count
        keep_place(run, self.name, self._place)
        self._most = fitting(self._most, took_s=time.monotonic() - began)
        return renamed.count + len(renamed.merges)


def fitting(count: int, *, took_s: float) -> int:
    """Return how many may be taken at a time, where so many took so long."""
    if took_s > LONG_S:
        return max(count // 2, 1)
    return min(count * 2, BATCH) if took_s < LONG_S / 2 else count


def judge(refs: Sequence[tuple[uuid.UUID, str]]) -> Judged:
    """Say of each reference which pin it means."""
    renamings, junk = [], []
    for key, ref in refs:
        if digits := pin_digits(ref):
            address = f"https://www.pinterest.com/pin/{digits}/"
            renamings.append(Renaming(key, ref, f"pin:{digits}", address))
        else:
            junk.append((key, ref))
    return Judged(refs[-1][0], tuple(renamings), tuple(junk))


def _beginning(run: SyncRun, step: str, scope: dict[str, object]) -> Place:
    """Count what there is to do; what people removed for good is few, and done at once."""
    (count,) = fetch_row(_COUNT, scope)
    odd = odd_tombstones(Source.PINTEREST.value, known=KNOWN_REF, most=BATCH)
    named = [(key, digits) for key, ref in odd if (digits := pin_digits(ref))]
    rename_tombstones([(key, f"pin:{digits}") for key, digits in named])
    place = Place(of=count)
    keep_place(run, step, place)
    return place


def _account(run: SyncRun, found: Judged, renamed: Renamed) -> None:
    """Count what became of the batch; what was merged and what is junk has a line of its own."""
    first = SyncRun.objects.values_list("raw_count", flat=True).get(pk=run.pk)
    old_refs = {each.asset_id: each.old_ref for each in found.renamings}
    lines: list[Row] = []
    for merge in renamed.merges:
        # Whoever has the number already is no record of this step.
        ref = old_refs.get(merge.gone) or old_refs.get(merge.survivor, "")
        lines.append(_line(first + len(lines), _MERGED, ref, merge.survivor, ""))
    for key, ref in found.junk:
        why = _NO_NUMBER.format(ref.removeprefix("pin:")[:_SHOWN])
        lines.append(_line(first + len(lines), _JUNK, ref, key, why))
    with connection.cursor() as cursor:
        write_lines(cursor, run, lines)
    merged, junk = len(renamed.merges), len(found.junk)
    vanished = max(len(found.renamings) - renamed.count - merged, 0)
    SyncRun.objects.filter(pk=run.pk).update(
        raw_count=F("raw_count") + renamed.count + merged + junk + vanished,
        updated_count=F("updated_count") + renamed.count,
        skipped_count=F("skipped_count") + merged,
        unchanged_count=F("unchanged_count") + vanished,
        failed_count=F("failed_count") + junk,
    )


def _line(number: int, what: tuple[ItemOutcome, str], ref: str, asset: uuid.UUID, why: str) -> Row:
    outcome, reason = what
    return str(number), outcome.value, reason, ref, None, str(asset), why, ""
