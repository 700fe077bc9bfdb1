"""Fills a database with organizations of many assets, by set-based statements.

The rows are what an import and its stages leave behind: texts of the length of real pins,
documents, one picture in nineteen of twenty, its bytes, thumb and states, boards and tags.
"""

import random
import time
import uuid
from collections.abc import Iterator

import psycopg
from psycopg import sql

from media.search.index import document_of
from media.search.words import org_key
from tenants.ids import uuid7

# Frequency of the words that are searched for, as "one in" and how many of these.
WORDS = {"quartz": (1000, 1), "harbor": (100, 1), "home": (5, 3)}
BOARDS, TAGS, TAGS_PER_ASSET = 200, 2_000, 2
SOURCES = ("pinterest", "pinterest", "pinterest", "facebook", "web")
COLORS = (
    "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "white",
    "grey", "black",
)  # fmt: skip

TEMPLATE = """
CREATE TEMPORARY TABLE template (
  n integer, title text, body text, domain text, source text, color text, document text
)"""

ASSETS = """
CREATE TEMPORARY TABLE fresh AS
SELECT uuidv7() AS id, uuidv7() AS media_id, uuidv7() AS blob_id, n, title, body, domain, source,
       color, document, n % 20 <> 7 AS has_picture, n % 50 = 3 AS is_waiting
  FROM template ORDER BY n LIMIT {size};
INSERT INTO media_asset (id, org_id, source, source_ref, source_title, source_text, alt_text,
  link_url, source_url, domain, creator, kind, media_status, saved_at, is_removed_at_source,
  is_secret, content_hash, own_title, own_text, dominant_color, color_name, picture_count,
  stored_count, failed_count, imported_at, removed_at)
SELECT id, {org}, source, 'pin:' || (100000000000 + n), title, body, '', 'https://' || domain ||
       '/p/' || n, 'https://www.pinterest.com/pin/' || (100000000000 + n) || '/', domain,
       'person' || n % 5000, 'pin', CASE WHEN has_picture THEN 'image' ELSE 'link_only' END,
       timestamptz '2026-11-01' - n * interval '31 minutes', false, false,
       decode(md5(n::text), 'hex'), '', '', '#8a6f5c', CASE WHEN has_picture THEN color ELSE ''
       END, has_picture::int, (has_picture AND NOT is_waiting)::int, 0,
       timestamptz '2026-11-02' + n / 500 * interval '1 second',
       CASE WHEN n % 200 = 11 THEN timestamptz '2026-11-10' END
  FROM fresh;
INSERT INTO media_blob (id, org_id, sha256, size_bytes, media_type, storage_key, width_px,
  height_px, frame_count, phash, dhash, dominant_color)
SELECT blob_id, {org}, md5(n::text) || md5((n + 1)::text), 250000, 'image/jpeg',
       'blobs/' || md5(n::text), 1000, 800 + n % 1200, 1, n, n, '#8a6f5c'
  FROM fresh WHERE has_picture AND NOT is_waiting;
INSERT INTO media_assetmedia (id, org_id, asset_id, position, key, url, fallbacks, width_px,
  height_px, alt_text, kind, video_url, blob_id)
SELECT media_id, {org}, id, 0, 'sig:' || md5(n::text), 'https://i.pinimg.com/originals/' ||
       md5(n::text) || '.jpg', ARRAY['https://i.pinimg.com/736x/' || md5(n::text) || '.jpg'],
       1000, 800 + n % 1200, '', 'image', '', CASE WHEN is_waiting THEN NULL ELSE blob_id END
  FROM fresh WHERE has_picture;
INSERT INTO media_rendition (id, org_id, blob_id, name, sha256, storage_key, size_bytes,
  width_px, height_px)
SELECT uuidv7(), {org}, blob_id, 'thumb', md5(n::text) || md5((n + 2)::text),
       'renditions/' || md5(n::text), 30000, 427, 512
  FROM fresh WHERE has_picture AND NOT is_waiting;
INSERT INTO media_stagestate (id, org_id, stage, media_id, status, error_code, attempts)
SELECT uuidv7(), {org}, 'fetch', media_id, CASE WHEN is_waiting THEN 'pending' ELSE 'done' END,
       '', 1
  FROM fresh WHERE has_picture;
INSERT INTO media_stagestate (id, org_id, stage, blob_id, status, error_code, attempts)
SELECT uuidv7(), {org}, 'rendition', blob_id, 'done', '', 1
  FROM fresh WHERE has_picture AND NOT is_waiting;
CREATE TEMPORARY TABLE board AS SELECT uuidv7() AS id, n FROM generate_series(0, {boards} - 1) n;
INSERT INTO media_board (id, org_id, source, source_key, source_name, source_url, is_secret,
  own_name)
SELECT id, {org}, 'pinterest', 'board:' || n, 'Board ' || n, '', false, '' FROM board;
INSERT INTO media_boarditem (id, org_id, board_id, asset_id, in_source, own_choice, section,
  position)
SELECT uuidv7(), {org}, b.id, f.id, true, '', '', f.n
  FROM fresh f JOIN board b
    ON b.n = (f.n % 97) * (f.n % 2) + f.n % {boards} * (1 - f.n % 2)
    OR (f.n % 5 = 0 AND b.n = (f.n / 5) % {boards});
CREATE TEMPORARY TABLE tag AS SELECT uuidv7() AS id, n FROM generate_series(0, {tags} - 1) n;
INSERT INTO media_tag (id, org_id, name, folded_name)
SELECT id, {org}, 'tag ' || n, 'tag ' || n FROM tag;
INSERT INTO media_assettag (id, org_id, asset_id, tag_id, origin, is_rejected)
SELECT uuidv7(), {org}, f.id, t.id, CASE WHEN k = 0 THEN 'source' ELSE 'human' END, false
  FROM fresh f CROSS JOIN generate_series(0, {tags_per_asset} - 1) k
  JOIN tag t ON t.n = (f.n * (k + 1) * 7919 / 13) % {tags}
ON CONFLICT DO NOTHING;
INSERT INTO media_searchdocument (asset_id, org_id, document, board_ids, tag_ids)
SELECT f.id, {org}, replace(f.document, {template_key}, {key})::tsvector, b.ids, t.ids
  FROM fresh f
  JOIN (SELECT asset_id, array_agg(board_id) AS ids FROM media_boarditem
         WHERE org_id = {org} GROUP BY asset_id) b ON b.asset_id = f.id
  JOIN (SELECT asset_id, array_agg(DISTINCT tag_id) AS ids FROM media_assettag
         WHERE org_id = {org} GROUP BY asset_id) t ON t.asset_id = f.id;
DROP TABLE fresh, board, tag;
"""

# Rows without their checks, one by one: all of them are of one making.
KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND conrelid::regclass::text LIKE 'media\\_%'"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
 WHERE i.indrelid::regclass::text LIKE 'media\\_%'
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)"""


def make_texts(count: int, *, key: str, seed: int = 1) -> Iterator[tuple[object, ...]]:
    """Yield ``count`` rows of the template: texts, and the document of organization ``key``."""
    dice = random.Random(seed)
    vocabulary = ["".join(dice.choices("abcdefghijklmnoprstuvw", k=dice.randint(4, 9)))
                  for _ in range(20_000)]  # fmt: skip
    weights = [1 / (place + 10) for place in range(len(vocabulary))]
    words = dice.choices(vocabulary, weights, k=4_000_000)
    at = 0
    for n in range(count):
        title_length, body_length = dice.randint(3, 8), dice.randint(0, 20)
        named = [word for word, (per, hits) in WORDS.items() if n % per < hits]
        title = " ".join([*words[at : at + title_length], *named])
        body = " ".join(words[at + title_length : at + title_length + body_length])
        at = (at + title_length + body_length) % (len(words) - 40)
        domain = f"{vocabulary[n % 700]}.example"
        document = document_of(
            key,
            titles=(title,),
            texts=(body,),
            alt_text="",
            creator=f"person{n % 5000}",
            domain=domain,
            words=(f"Board {n % BOARDS}", f"tag {n % TAGS}"),
        )
        yield n, title, body, domain, SOURCES[n % 5], COLORS[n * 7 % 12 if n % 3 else 0], document


def fill(url: str, sizes: dict[uuid.UUID, int]) -> None:
    """Make ``sizes`` assets in each organization; indexes and keys are put back at the end."""
    with psycopg.connect(url, autocommit=True) as connection:
        keys = connection.execute(KEYS).fetchall()
        indexes = connection.execute(INDEXES).fetchall()
        for table, name, _ in keys:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        _copy_template(connection, max(sizes.values()))
        for org_id, size in sizes.items():
            began = time.monotonic()
            with connection.transaction():
                connection.execute("SELECT set_config('app.org', %s, true)", [str(org_id)])
                _fill_org(connection, org_id, size)
            print(f"  {size:,} assets in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            connection.execute(definition)
        for table, name, definition in keys:
            connection.execute(
                f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition} NOT VALID'
            )
        connection.execute("VACUUM ANALYZE")
        print(f"  indexes and statistics in {time.monotonic() - began:.0f} s")


TEMPLATE_KEY = org_key(uuid7())


def _copy_template(connection: "psycopg.Connection[tuple[object, ...]]", size: int) -> None:
    connection.execute(TEMPLATE)
    with connection.cursor() as cursor, cursor.copy("COPY template FROM STDIN") as copy:
        for row in make_texts(size, key=TEMPLATE_KEY):
            copy.write_row(row)


def _fill_org(
    connection: "psycopg.Connection[tuple[object, ...]]", org_id: uuid.UUID, size: int
) -> None:
    values = {
        "org": sql.Literal(org_id),
        "size": sql.Literal(size),
        "key": sql.Literal(org_key(org_id)),
        "template_key": sql.Literal(TEMPLATE_KEY),
        "boards": sql.Literal(BOARDS),
        "tags": sql.Literal(TAGS),
        "tags_per_asset": sql.Literal(TAGS_PER_ASSET),
    }
    for statement in ASSETS.split(";\n"):
        if statement.strip():
            connection.execute(sql.SQL(statement).format(**values))
