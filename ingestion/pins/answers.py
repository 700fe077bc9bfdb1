"""Which pins are to be asked for, and what is remembered of the answers."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from connectors.items import Source
from connectors.pinterest_web.details import GONE, OTHER_PIN, UNREADABLE, Wanted
from ingestion.models import SyncRun
from media import sql
from tenants.ids import uuid7

# What a source said of a pin holds for so long; what went wrong on the way, until the next run.
HOLDS: Final = dt.timedelta(days=30)
_LASTING: Final = frozenset({"", GONE, OTHER_PIN, UNREADABLE})

# It shows no picture, and none is on its way: none is known, or what is known could not be had.
_UNSHOWN: Final = """
a.stored_count = 0 AND (a.failed_count > 0 OR NOT EXISTS (
  SELECT FROM media_assetmedia m
   WHERE m.org_id = %(org)s AND m.asset_id = a.id AND m.origin = 'source' {each}))
"""
_POOR: Final = f"""
({_UNSHOWN} OR (a.source_title = '' AND a.source_text = '') OR a.saved_at IS NULL)
"""
# What only its owner may see is not shown to a browser in which nobody is signed in. What has no
# hash was emptied, as its terms let it be kept no longer: it is not to come back another way.
_TO_ASK: Final = """
  FROM media_asset a
 WHERE a.org_id = %(org)s AND a.source = %(source)s AND a.id > %(after)s
   AND a.removed_at IS NULL AND NOT a.is_secret AND a.content_hash <> ''
   AND a.source_ref ~ '^pin:[1-9][0-9]{{0,29}}$'
   AND {lacks}
   AND NOT EXISTS (
     SELECT FROM ingestion_pinanswer p
      WHERE p.org_id = %(org)s AND p.asset_id = a.id
        AND (p.run_id = %(run)s OR p.ask_again_at > now()) {each})
   AND NOT EXISTS (
     SELECT FROM media_boarditem i JOIN media_board b ON b.org_id = %(org)s AND b.id = i.board_id
      WHERE i.org_id = %(org)s AND i.asset_id = a.id AND i.in_source AND b.is_secret
      {each})
"""
_LACKS: Final = {False: _POOR, True: f"({_UNSHOWN})"}
# Makes the planner look at pin after pin: of tables that grew lately it knows too little to read
# them as a whole, and takes seconds where it does.
_PIN_BY_PIN: Final = "OFFSET 0"

_REMEMBER: Final = """
INSERT INTO ingestion_pinanswer AS p
  (id, org_id, asset_id, code, content_hash, run_id, asked_at, ask_again_at)
SELECT id, %(org)s, asset_id, code, content_hash, %(run)s, now(), ask_again_at
  FROM unnest(%(ids)s::uuid[], %(assets)s::uuid[], %(codes)s::text[], %(hashes)s::bytea[],
              %(again)s::timestamptz[]) AS r (id, asset_id, code, content_hash, ask_again_at)
ON CONFLICT (org_id, asset_id) DO UPDATE
   SET code = excluded.code, content_hash = coalesce(excluded.content_hash, p.content_hash),
       run_id = excluded.run_id, asked_at = excluded.asked_at,
       ask_again_at = excluded.ask_again_at
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What is remembered of an answer.

    Attributes:
        code: of a failure; empty where the record came.
        content_hash: of that record.
    """

    asset_id: uuid.UUID
    code: str = ""
    content_hash: bytes | None = None


def count_to_ask(run: SyncRun, *, only_images: bool) -> int:
    """Return how many pins ``run`` has still to ask for."""
    statement = f"SELECT count(*) {_to_ask(only_images=only_images)}"  # of constants
    (count,) = sql.fetch_row(statement, {**_scope(run), "after": uuid.UUID(int=0)})
    return int(count)


def next_to_ask(
    run: SyncRun, *, after: uuid.UUID | None, most: int, only_images: bool
) -> list[Wanted]:
    """Return the next pins by their keys that lack something, and are not answered yet.

    Args:
        only_images: only those that show no picture.
    """
    to_ask = _to_ask(only_images=only_images, each=_PIN_BY_PIN)
    statement = f"SELECT a.id, substr(a.source_ref, 5) {to_ask} ORDER BY a.id LIMIT %(most)s"
    rows = sql.fetch_rows(
        statement, {**_scope(run), "after": after or uuid.UUID(int=0), "most": most}
    )
    return [Wanted(key, pin_id) for key, pin_id in rows]


def _to_ask(*, only_images: bool, each: str = "") -> str:
    return _TO_ASK.format(lacks=_LACKS[only_images].format(each=each), each=each)


def remember(run: SyncRun, answers: Sequence[Answer], *, now: dt.datetime) -> None:
    """Keep what was answered, and until when it holds."""
    if not answers:
        return
    sql.run(
        _REMEMBER,
        {
            "org": run.org_id,
            "run": run.pk,
            "ids": [uuid7() for _ in answers],
            "assets": [answer.asset_id for answer in answers],
            "codes": [answer.code for answer in answers],
            "hashes": [answer.content_hash for answer in answers],
            "again": [now + HOLDS if answer.code in _LASTING else now for answer in answers],
        },
    )


def _scope(run: SyncRun) -> dict[str, Any]:
    return {"org": run.org_id, "run": run.pk, "source": Source.PINTEREST.value}
