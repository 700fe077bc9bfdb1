"""The statements that move a staged page into the library."""

INSERT_ASSETS = """
INSERT INTO media_asset (id, org_id, source, source_ref, source_title, source_text, alt_text,
  link_url, source_url, domain, creator, kind, media_status, saved_at, source_created_at,
  is_removed_at_source, is_secret, content_hash, dominant_color, color_name, picture_count,
  own_title, own_text, stored_count, failed_count)
SELECT id, %(org)s, source, source_ref, source_title, source_text, alt_text, link_url,
  source_url, domain, creator, kind, media_status, saved_at, source_created_at,
  is_removed_at_source, is_secret, content_hash, dominant_color, color_name, picture_count,
  '', '', 0, 0
FROM incoming_asset WHERE is_new
"""

# What this file does not tell stays as another told it. A picture's own colour, once decoded,
# is better than the source's word for it.
UPDATE_ASSETS = """
UPDATE media_asset a
   SET source_title = coalesce(nullif(i.source_title, ''), a.source_title),
       source_text = coalesce(nullif(i.source_text, ''), a.source_text),
       alt_text = coalesce(nullif(i.alt_text, ''), a.alt_text),
       link_url = coalesce(nullif(i.link_url, ''), a.link_url),
       source_url = coalesce(nullif(i.source_url, ''), a.source_url),
       domain = coalesce(nullif(i.domain, ''), a.domain),
       creator = coalesce(nullif(i.creator, ''), a.creator),
       kind = coalesce(nullif(i.kind, 'unknown'), a.kind),
       media_status = CASE WHEN a.picture_count > 0 THEN a.media_status ELSE i.media_status END,
       saved_at = coalesce(i.saved_at, a.saved_at),
       source_created_at = coalesce(i.source_created_at, a.source_created_at),
       is_removed_at_source = i.is_removed_at_source, is_secret = i.is_secret,
       content_hash = i.content_hash,
       dominant_color = CASE WHEN a.stored_count > 0 OR i.dominant_color = ''
                             THEN a.dominant_color ELSE i.dominant_color END,
       color_name = CASE WHEN a.stored_count > 0 OR i.dominant_color = ''
                         THEN a.color_name ELSE i.color_name END,
       updated_at = now()
  FROM incoming_asset i
 WHERE a.org_id = %(org)s AND a.id = i.id AND NOT i.is_new
"""

MERGE_ORIGINS = """
INSERT INTO ingestion_assetorigin
  (id, org_id, asset_id, connection_id, via, first_run_id, changed_run_id, raw)
SELECT id, %(org)s, asset_id, %(connection)s, %(via)s, %(run)s, %(run)s, raw
  FROM incoming_origin
ON CONFLICT (org_id, asset_id, connection_id) DO UPDATE
   SET raw = excluded.raw, changed_run_id = excluded.changed_run_id
 WHERE ingestion_assetorigin.raw IS DISTINCT FROM excluded.raw
"""

# What a connection says of an asset that it reported before, of another place: what it said first
# stays, and the place is listed beside it, as far as anybody would read.
ADD_PLACES = """
INSERT INTO ingestion_assetorigin AS o
  (id, org_id, asset_id, connection_id, via, first_run_id, changed_run_id, raw)
SELECT DISTINCT ON (asset_id)
       id, %(org)s, asset_id, %(connection)s, %(via)s, %(run)s, %(run)s, raw
  FROM incoming_origin ORDER BY asset_id, id
ON CONFLICT (org_id, asset_id, connection_id) DO UPDATE
   SET raw = o.raw || jsonb_build_object(
         'elsewhere', coalesce(o.raw -> 'elsewhere', '[]') || excluded.raw),
       changed_run_id = excluded.changed_run_id
 WHERE o.raw -> 'page' IS DISTINCT FROM excluded.raw -> 'page'
   AND NOT coalesce(o.raw -> 'elsewhere', '[]')
       @> jsonb_build_array(jsonb_build_object('page', excluded.raw -> 'page'))
   AND jsonb_array_length(coalesce(o.raw -> 'elsewhere', '[]')) < 50
"""

# What was asked for afterwards lies beside what was brought, with whom it goes: it belongs to no
# connection of its own, which would keep the asset when the others are purged.
ADD_DETAILS = """
UPDATE ingestion_assetorigin o
   SET raw = o.raw || jsonb_build_object('detail', said.raw), changed_run_id = %(run)s
  FROM (SELECT DISTINCT ON (first.asset_id) first.id, i.raw
          FROM incoming_origin i
          JOIN ingestion_assetorigin first
            ON first.org_id = %(org)s AND first.asset_id = i.asset_id
         ORDER BY first.asset_id, first.id) said
 WHERE o.org_id = %(org)s AND o.id = said.id
"""

# Addresses that were known before stay as the last ones to try: a later file may only guess.
_ADDRESSES = """(excluded.fallbacks || ARRAY(
         SELECT known.url FROM unnest(m.url || m.fallbacks) WITH ORDINALITY AS known (url, place)
          WHERE known.url <> excluded.url AND known.url <> ALL (excluded.fallbacks)
          ORDER BY known.place))[:12]"""
_MEDIA = f"""(excluded.position, excluded.url, {_ADDRESSES},
        coalesce(excluded.width_px, m.width_px), coalesce(excluded.height_px, m.height_px),
        coalesce(nullif(excluded.alt_text, ''), m.alt_text), excluded.kind,
        coalesce(nullif(excluded.video_url, ''), m.video_url),
        coalesce(excluded.duration_ms, m.duration_ms))"""

MERGE_MEDIA = f"""
INSERT INTO media_assetmedia AS m
  (id, org_id, asset_id, position, key, url, fallbacks, width_px, height_px, alt_text, kind,
   video_url, duration_ms)
SELECT id, %(org)s, asset_id, position, key, url, fallbacks, width_px, height_px, alt_text,
       kind, video_url, duration_ms
  FROM incoming_media
ON CONFLICT (org_id, asset_id, key) DO UPDATE
   SET (position, url, fallbacks, width_px, height_px, alt_text, kind, video_url, duration_ms)
     = {_MEDIA}
 WHERE (m.position, m.url, m.fallbacks, m.width_px, m.height_px, m.alt_text, m.kind,
        m.video_url, m.duration_ms) IS DISTINCT FROM {_MEDIA}
"""  # of constants

# What a record shows by now comes first; pictures that it no longer names follow.
MOVE_BEHIND = """
UPDATE media_assetmedia m
   SET position = m.position + shown.size
  FROM (SELECT i.asset_id, count(*)::smallint AS size, array_agg(i.key) AS keys
          FROM incoming_media i JOIN incoming_asset a ON a.id = i.asset_id AND NOT a.is_new
         GROUP BY i.asset_id) shown
 WHERE m.org_id = %(org)s AND m.asset_id = shown.asset_id AND m.position < shown.size
   AND m.key <> ALL (shown.keys)
"""

# A picture that could not be had may be had at its new address.
RETRY_MOVED = """
UPDATE media_stagestate s
   SET status = 'pending', error_code = '', attempts = 0, due_at = now()
  FROM incoming_media i
  JOIN media_assetmedia m
    ON m.org_id = %(org)s AND m.asset_id = i.asset_id AND m.key = i.key
 WHERE s.org_id = %(org)s AND s.media_id = m.id AND s.stage = 'fetch' AND s.status = 'failed'
   AND NOT (i.url || i.fallbacks) <@ (m.url || m.fallbacks)
"""

# Only a picture that this page inserted carries the staged key.
QUEUE_FETCH = """
INSERT INTO media_stagestate (id, org_id, stage, media_id, status, error_code, attempts)
SELECT i.stage_id, %(org)s, 'fetch', i.id, 'pending', '', 0
  FROM incoming_media i
  JOIN media_assetmedia m ON m.org_id = %(org)s AND m.id = i.id
"""

INSERT_DOCUMENTS = """
INSERT INTO media_searchdocument (asset_id, org_id, document, board_ids, tag_ids)
SELECT a.id, %(org)s, a.document, coalesce(b.ids, '{}'), coalesce(t.ids, '{}')
  FROM incoming_asset a
  LEFT JOIN (SELECT asset_id, array_agg(board_id ORDER BY board_id) AS ids
               FROM incoming_board_item GROUP BY asset_id) b ON b.asset_id = a.id
  LEFT JOIN (SELECT asset_id, array_agg(tag_id ORDER BY tag_id) AS ids
               FROM incoming_tag GROUP BY asset_id) t ON t.asset_id = a.id
 WHERE a.is_new
"""

RECOUNT_PICTURES = """
UPDATE media_asset a
   SET picture_count = c.pictures,
       media_status = CASE WHEN c.pictures > 0 THEN 'image' ELSE a.media_status END
  FROM (SELECT w.id, count(m.id) AS pictures
          FROM unnest(trim_array(string_to_array(%(assets)s, E'\\x1f'), 1)::uuid[]) AS w (id)
          LEFT JOIN media_assetmedia m ON m.org_id = %(org)s AND m.asset_id = w.id
         GROUP BY w.id) c
 WHERE a.org_id = %(org)s AND a.id = c.id AND a.picture_count <> c.pictures
"""

# A board known by name only turns out to be the one with this id.
ADOPT_NAMED_BOARDS = """
UPDATE media_board b
   SET source_key = w.key
  FROM (SELECT DISTINCT ON (named) key, named
          FROM unnest(%(keys)s::text[], %(named)s::text[]) AS t (key, named)
         ORDER BY named, key) w
 WHERE b.org_id = %(org)s AND b.source = %(source)s AND b.source_key = w.named
   AND NOT EXISTS (SELECT FROM media_board x
                    WHERE x.org_id = %(org)s AND x.source = %(source)s AND x.source_key = w.key)
"""

ENSURE_BOARDS = """
INSERT INTO media_board
  (id, org_id, source, source_key, source_name, source_url, is_secret, is_from_file, own_name)
SELECT id, %(org)s, %(source)s, source_key, source_name, source_url, is_secret, %(from_file)s, ''
  FROM unnest(%(ids)s::uuid[], %(keys)s::text[], %(names)s::text[], %(urls)s::text[],
              %(secret)s::boolean[]) AS b (id, source_key, source_name, source_url, is_secret)
ON CONFLICT (org_id, source, source_key) WHERE NOT (source_key = '') DO UPDATE
   SET source_name = coalesce(nullif(excluded.source_name, ''), media_board.source_name),
       source_url = coalesce(nullif(excluded.source_url, ''), media_board.source_url),
       is_secret = excluded.is_secret,
       is_from_file = media_board.is_from_file OR excluded.is_from_file
 WHERE (media_board.source_name, media_board.source_url, media_board.is_secret,
        media_board.is_from_file)
    IS DISTINCT FROM (coalesce(nullif(excluded.source_name, ''), media_board.source_name),
                      coalesce(nullif(excluded.source_url, ''), media_board.source_url),
                      excluded.is_secret, media_board.is_from_file OR excluded.is_from_file)
"""

MERGE_BOARD_ITEMS = """
INSERT INTO media_boarditem
  (id, org_id, board_id, asset_id, in_source, own_choice, section, position)
SELECT id, %(org)s, board_id, asset_id, true, '', section, position FROM incoming_board_item
ON CONFLICT (org_id, asset_id, board_id) DO UPDATE
   SET in_source = true, section = excluded.section, position = excluded.position
 WHERE (media_boarditem.in_source, media_boarditem.section, media_boarditem.position)
    IS DISTINCT FROM (true, excluded.section, excluded.position)
"""

ENSURE_TAGS = """
INSERT INTO media_tag (id, org_id, name, folded_name)
SELECT id, %(org)s, name, folded_name
  FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(folded)s::text[])
       AS t (id, name, folded_name)
ON CONFLICT (org_id, folded_name) DO NOTHING
"""

ATTACH_TAGS = """
INSERT INTO media_assettag (id, org_id, asset_id, tag_id, origin, is_rejected)
SELECT id, %(org)s, asset_id, tag_id, 'source', false FROM incoming_tag i
 WHERE NOT EXISTS (
   SELECT FROM media_assettag t
    WHERE t.org_id = %(org)s AND t.asset_id = i.asset_id AND t.tag_id = i.tag_id AND t.is_rejected)
ON CONFLICT (org_id, asset_id, tag_id, origin) DO NOTHING
"""
