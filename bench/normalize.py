"""How fast references of pins become their numbers, against a loop of Python and the ORM.

The reference, `row_by_row`, does what such a pass does without thought: for each asset the number
in Python, a query whether it is taken, and an UPDATE of one row, in transactions of 500. It merges
nothing, and is timed over a sample of the same rows right before.

Of the ids, half each are node ids of either case; one in fifty is a double of a pin that is here,
with a tag and a picture of its own, and one in a hundred is junk. Each asset has its words, as in
a library. The set-based pass is timed through the engine, from the claim to the end of the run.

    python bench/normalize.py [IDS] [SAMPLE]
"""

import math
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.support import own_database, report

IDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
SAMPLE = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
GOAL_PER_MINUTE = 1_000_000
AT_ONCE = 500

ASSETS = """
INSERT INTO media_asset (id, org_id, source, source_ref, source_title, source_text, alt_text,
  link_url, source_url, domain, creator, kind, media_status, saved_at, is_removed_at_source,
  is_secret, content_hash, own_title, own_text, dominant_color, color_name, picture_count,
  stored_count, failed_count)
SELECT uuidv7(), %(org)s, 'pinterest',
       CASE WHEN n %% 100 = 99 THEN 'pin:' || substr(translate(encode(decode(md5(n::text), 'hex'),
                                      'base64'), '+/=', 'abc'), 1, 8)
            WHEN n %% 2 = 0
            THEN encode(convert_to('Pin:' || (275141858470000000 + n * 7919::bigint), 'UTF8'),
                        'base64')
            ELSE encode(convert_to('pin:' || (275141858470000000 + n * 7919::bigint), 'UTF8'),
                        'base64') END,
       'Kitchen with oak and brass ' || n, 'A cabinet of walnut, linen and light, seen in ' || n,
       '', 'https://example.com/p/' || n, '', 'example.com', 'person' || n %% 5000, 'pin',
       'metadata_only', timestamptz '2026-11-01' - n * interval '31 minutes', false, false,
       decode(md5(n::text), 'hex'), '', '', '#8a6f5c', 'brown', 0, 0, 0
  FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""

# The pins that doubles are doubles of; they carry nothing that the doubles have.
NAMED = """
INSERT INTO media_asset (id, org_id, source, source_ref, source_title, source_text, alt_text,
  link_url, source_url, domain, creator, kind, media_status, is_removed_at_source, is_secret,
  content_hash, own_title, own_text, dominant_color, color_name, picture_count, stored_count,
  failed_count)
SELECT uuidv7(), %(org)s, 'pinterest', 'pin:' || (275141858470000000 + n * 7919::bigint), '', '',
       '', '', '', '', '', 'pin', 'metadata_only', false, false, decode(md5(n::text), 'hex'), '',
       '', '', '', 0, 0, 0
  FROM generate_series(%(first)s::int, %(last)s::int) AS n WHERE n %% 50 = 7
"""

BELONGINGS = """
INSERT INTO media_tag (id, org_id, name, folded_name)
VALUES (uuidv7(), %(org)s, 'kitchen', 'kitchen') ON CONFLICT DO NOTHING;
INSERT INTO media_assettag (id, org_id, asset_id, tag_id, origin, is_rejected)
SELECT uuidv7(), %(org)s, a.id, t.id, 'human', false FROM media_asset a, media_tag t
 WHERE a.org_id = %(org)s AND t.org_id = %(org)s AND a.content_hash IN (
   SELECT decode(md5(n::text), 'hex') FROM generate_series(%(first)s::int, %(last)s::int) AS n
    WHERE n %% 50 = 7) AND a.source_ref NOT LIKE 'pin:%%';
INSERT INTO media_assetmedia (id, org_id, asset_id, position, key, url, fallbacks, alt_text, kind,
  video_url)
SELECT uuidv7(), %(org)s, asset_id, 0, 'sig:' || asset_id, 'https://i.pinimg.com/x.jpg', '{}', '',
       'image', '' FROM media_assettag WHERE org_id = %(org)s;
UPDATE media_asset a SET picture_count = 1, media_status = 'image'
  FROM media_assettag t WHERE a.org_id = %(org)s AND t.org_id = %(org)s AND t.asset_id = a.id;
INSERT INTO media_searchdocument (asset_id, org_id, document, board_ids, tag_ids)
SELECT id, org_id, to_tsvector('simple', source_title), '{}', '{}' FROM media_asset
 WHERE org_id = %(org)s;
"""


def main() -> None:
    """Fill two organizations, let each way normalize one, and report."""
    own_database("bench_normalize")
    sample, whole = _filled("Sample", SAMPLE), _filled("Whole", IDS)
    _settle()
    naive_per_s = SAMPLE / _row_by_row(sample)
    seconds, run = _set_based(whole)
    per_minute = IDS / seconds * 60
    _check(whole, run)
    report(
        ids=IDS,
        seconds=seconds,
        ids_per_minute=per_minute,
        reference="row_by_row (Python and ORM)",
        reference_ids_per_minute=naive_per_s * 60,
        speedup=per_minute / (naive_per_s * 60),
        goal_ids_per_minute=GOAL_PER_MINUTE,
        is_met=per_minute >= GOAL_PER_MINUTE,
    )


def _filled(name: str, count: int) -> uuid.UUID:
    """Make an organization with ``count`` pins to normalize; return its key."""
    from django.db import connection

    from tenants.models import Organization
    from tenants.scope import org_scope
    from tenants.signals import organization_created

    org = Organization(name=name, slug=name.lower())
    params: dict[str, Any] = {"org": org.pk, "first": 0, "last": count - 1}
    with org_scope(org.pk):
        org.save(force_insert=True)
        organization_created.send(sender=Organization, org=org)
        with connection.cursor() as cursor:
            for statement in (ASSETS, NAMED, *BELONGINGS.split(";\n")):
                if statement.strip():
                    cursor.execute(statement, params)
    return org.pk


def _settle() -> None:
    """Let the planner know the sizes, as it does of a library that is not new."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("ANALYZE")


def _row_by_row(org_id: uuid.UUID) -> float:
    """Normalize one pin after the other; return the seconds."""
    from connectors.readers.pinterest.ids import pin_digits
    from ingestion.pins.normalize import KNOWN_REF
    from media.models import Asset
    from tenants.scope import org_scope

    begun = time.perf_counter()
    with org_scope(org_id):
        odd = Asset.objects.filter(source="pinterest").exclude(source_ref__regex=KNOWN_REF)
        keys = list(odd.values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        with org_scope(org_id):
            for key in keys[start : start + AT_ONCE]:
                asset = Asset.objects.get(pk=key)
                ref = f"pin:{pin_digits(asset.source_ref)}"
                taken = Asset.objects.filter(source="pinterest", source_ref=ref).exists()
                if ref != "pin:" and not taken:
                    asset.source_ref = ref
                    asset.save(update_fields=["source_ref"])
    return time.perf_counter() - begun


def _set_based(org_id: uuid.UUID) -> tuple[float, uuid.UUID]:
    """Let the engine do it; return the seconds, and the run."""
    from ingestion.engine import claims
    from ingestion.engine.drain import run_slice
    from ingestion.engine.runs import start_run
    from ingestion.models import Job
    from tenants.scope import org_scope

    with org_scope(org_id):
        params = {"steps": ["normalize"]}
        run = start_run(Job.objects.create(org_id=org_id, kind="pins", params=params))
    begun = time.perf_counter()
    held = claims.claim(run_id=run.pk)
    assert held is not None
    run_slice(held, seconds=math.inf)
    return time.perf_counter() - begun, run.pk


def _check(org_id: uuid.UUID, run_id: uuid.UUID) -> None:
    """See that all was done, and nothing lost."""
    from ingestion.models import SyncRun
    from media.models import Asset, AssetMedia, AssetTag
    from tenants.scope import org_scope

    doubles = len(range(7, IDS, 50))
    junk = len(range(99, IDS, 100))
    with org_scope(org_id):
        run = SyncRun.objects.get(pk=run_id)
        found = (run.raw_count, run.updated_count, run.skipped_count, run.failed_count)
        assert found == (IDS, IDS - doubles - junk, doubles, junk), found
        assert Asset.objects.count() == IDS
        for belongings in (AssetMedia, AssetTag):
            assert (
                belongings.objects.filter(asset__source_ref__startswith="pin:2").count() == doubles
            )


if __name__ == "__main__":
    main()
