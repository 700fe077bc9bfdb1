"""Details of pins into the library: the one writer of what was asked for.

A batch is written whole, in the caller's transaction. Identity never changes: a record is written
to the pin that it was asked for, and only if it says that it is of that pin. The source's words
replace its earlier ones; what people wrote is in columns of its own.
"""

import copy
import dataclasses
import uuid
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final

from django.db import connection
from django.db.models import F
from django.utils import timezone

from connectors.items import Page, RejectionReason, Source
from connectors.models import Connection
from connectors.pinterest_web.details import GONE, OTHER_PIN, Detail, Found, Missed
from ingestion.imports import boards, staging, statements
from ingestion.imports.classify import PARSER_VERSION, Verdict, ref_key
from ingestion.imports.ledger import Row, write_lines
from ingestion.imports.merge import lock_merges_while, write_assets
from ingestion.models import AssetOrigin, SyncRun
from ingestion.models.item import ItemOutcome
from ingestion.pins.answers import Answer, remember
from media import sql

_KNOWN: Final = """
SELECT id, source_ref, content_hash, removed_at IS NOT NULL, is_secret
  FROM media_asset WHERE org_id = %(org)s AND id = ANY(%(ids)s)
"""
# By itself: of a table that grows as it is asked the planner knows too little for a join, which
# read all answers of the organization for each pin.
_ANSWERED: Final = """
SELECT asset_id, content_hash FROM ingestion_pinanswer
 WHERE org_id = %(org)s AND asset_id = ANY(%(ids)s) AND content_hash IS NOT NULL
"""
_GONE: Final = """
UPDATE media_asset SET is_removed_at_source = true, updated_at = now()
 WHERE org_id = %(org)s AND id = ANY(%(ids)s) AND NOT is_removed_at_source
"""
CLOSED: Final = "not_to_be_shown"
_TOLD_OF_ANOTHER: Final = "Pinterest told of another pin. Nothing of it was taken."


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """A pin as it is here.

    Attributes:
        content_hash: of the record that an import brought; details leave it alone, so that the
            same import again finds nothing new.
        detail_hash: of the details that came last; None where none did.
    """

    ref: str
    content_hash: bytes
    is_removed: bool
    is_secret: bool
    detail_hash: bytes | None

    @property
    def is_closed(self) -> bool:
        """Whether it would not be asked for any more: only its owner sees it, or it was emptied."""
        return self.is_secret or not self.content_hash


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to.

    Attributes:
        changed: pins that are not as they were.
        gone: pins that the source has no more.
    """

    changed: int
    gone: int


@dataclasses.dataclass(slots=True)
class _Line:
    """What became of one pin, as its line in the ledger says it."""

    key: uuid.UUID
    ref: str
    outcome: ItemOutcome
    reason: str = ""
    detail: str = ""


def write_details(
    run: SyncRun, details: Sequence[Detail], *, may_wait: Callable[[], bool]
) -> Written:
    """Write what came of some pins, in the scope and the transaction of the caller.

    A pin that is not here any more, or that somebody removed, is passed over; so is one that has
    become secret or was emptied since it was taken, which may be minutes ago.

    Args:
        may_wait: whether there is time to wait for others that merge.

    Raises:
        MergesBusyError: there is none; nothing was written.
    """
    with connection.cursor() as cursor:
        staging.prepare(cursor)
        lock_merges_while(cursor, run.org_id, may_wait=may_wait)
    known = _known(run, details)
    found = [each for each in details if isinstance(each, Found)]
    lines, verdicts = _judge(found, known)
    _merge(run, verdicts)
    missed = [each for each in details if isinstance(each, Missed)]
    gone = [each.wanted.key for each in missed if each.is_gone]
    marked = sql.run(_GONE, {"org": run.org_id, "ids": gone}) if gone else 0
    lines += [_line_of_missed(each) for each in missed]
    _remember(run, lines, verdicts, known)
    _account(run, lines)
    return Written(changed=len(verdicts) + marked, gone=marked)


def note_unwritable(run: SyncRun, detail: Detail, code: str, message: str) -> None:
    """Note that the database does not take what came of a pin."""
    line = _Line(detail.wanted.key, detail.wanted.ref, ItemOutcome.FAILED, code, message)
    _remember(run, [line], [], _known(run, [detail]))
    _account(run, [line])


def _known(run: SyncRun, details: Sequence[Detail]) -> dict[uuid.UUID, _Known]:
    named = {"org": run.org_id, "ids": [each.wanted.key for each in details]}
    answered = {key: bytes(detail) for key, detail in sql.fetch_rows(_ANSWERED, named)}
    return {
        key: _Known(ref, bytes(content), is_removed, is_secret, answered.get(key))
        for key, ref, content, is_removed, is_secret in sql.fetch_rows(_KNOWN, named)
    }


def _judge(
    found: Sequence[Found], known: dict[uuid.UUID, _Known]
) -> tuple[list[_Line], list[Verdict]]:
    """Return a line for each record, and what is to be written of them."""
    lines, verdicts = [], []
    for each in found:
        line = _Line(each.wanted.key, each.wanted.ref, ItemOutcome.UPDATED)
        lines.append(line)
        pin = known.get(each.wanted.key)
        if pin is None or pin.is_removed:
            line.outcome, line.reason = ItemOutcome.SKIPPED, RejectionReason.REMOVED_BY_YOU
        elif pin.is_closed:
            # What came is older than that, or the very thing that was to go.
            line.outcome, line.reason = ItemOutcome.SKIPPED, CLOSED
        elif each.item.ref != pin.ref:
            line.outcome, line.reason, line.detail = ItemOutcome.FAILED, OTHER_PIN, _TOLD_OF_ANOTHER
        elif _digest(each) == pin.detail_hash:
            line.outcome = ItemOutcome.UNCHANGED
        else:
            verdicts.append(
                Verdict(
                    each.item,
                    ItemOutcome.UPDATED,
                    ref_key(each.item),
                    pin.content_hash,
                    asset_id=str(each.wanted.key),
                )
            )
    return lines, verdicts


def _digest(found: Found) -> bytes:
    return blake2b(found.item.raw, digest_size=16, key=PARSER_VERSION).digest()


def _merge(run: SyncRun, verdicts: list[Verdict]) -> None:
    if not verdicts:
        return
    speaking = _on_behalf_of_source(run)
    if speaking is None:
        for verdict in verdicts:
            verdict.item = dataclasses.replace(verdict.item, boards=())
    page = Page(items=(), rejections=(), cursor={})
    with connection.cursor() as cursor:
        boards.place(cursor, speaking or run, page, verdicts)
        write_assets(
            cursor,
            speaking or run,
            verdicts,
            via=AssetOrigin.Via.SCRAPE,
            origins=statements.ADD_DETAILS,
        )


def _on_behalf_of_source(run: SyncRun) -> SyncRun | None:
    """Return ``run`` as if it were of the oldest connection of the pins; None where there is none.

    Boards belong to a source, and those that have only a name to a connection.
    """
    first = Connection.objects.filter(source=Source.PINTEREST.value).order_by("pk").first()
    if first is None:
        return None
    speaking, speaking.job = copy.copy(run), copy.copy(run.job)
    speaking.connection_id = first.pk
    speaking.job.connection = first
    return speaking


def _line_of_missed(missed: Missed) -> _Line:
    """Return the line of a pin that did not come; one that is gone is no failure of ours."""
    outcome = ItemOutcome.SKIPPED if missed.is_gone else ItemOutcome.FAILED
    return _Line(missed.wanted.key, missed.wanted.ref, outcome, missed.code, missed.message)


def _remember(
    run: SyncRun,
    lines: Sequence[_Line],
    verdicts: Sequence[Verdict],
    known: dict[uuid.UUID, _Known],
) -> None:
    """Remember the answers about pins that are here."""
    hashes = {v.asset_id: blake2b(v.item.raw, digest_size=16, key=PARSER_VERSION) for v in verdicts}
    answers = []
    for line in lines:
        if line.key not in known:
            continue
        fresh = hashes.get(str(line.key))
        code = "" if line.outcome is ItemOutcome.SKIPPED and line.reason != GONE else line.reason
        answers.append(Answer(line.key, code, fresh.digest() if fresh else None))
    remember(run, answers, now=timezone.now())


def _account(run: SyncRun, lines: Sequence[_Line]) -> None:
    """Write a line for each pin, and count them."""
    first = SyncRun.objects.values_list("raw_count", flat=True).get(pk=run.pk)
    rows: list[Row] = [
        (
            str(first + place),
            line.outcome.value,
            str(line.reason),
            line.ref,
            None,
            str(line.key),
            line.detail,
            "",
        )
        for place, line in enumerate(lines)
    ]
    with connection.cursor() as cursor:
        write_lines(cursor, run, rows)
    changes: dict[str, Any] = {"raw_count": F("raw_count") + len(lines)}
    for outcome in {line.outcome for line in lines}:
        name = f"{outcome.value}_count"
        changes[name] = F(name) + sum(line.outcome is outcome for line in lines)
    SyncRun.objects.filter(pk=run.pk).update(**changes)
