"""Titles and texts that people give."""

from django.db import transaction

from media.models import Asset, Operation
from media.models.operation import OperationKind, OperationTarget
from media.operations.log import INSERT_ITEMS, begin, finish, parameters
from media.search.index import reindex
from media.sql import run
from tenants.models import User
from tenants.naming import clean_name, clean_text

MAX_TITLE = 500
MAX_TEXT = 20_000
SHOWN = 80

_EDIT = f"""
WITH picked AS MATERIALIZED (
  SELECT id, own_title, own_text, title FROM media_asset
   WHERE org_id = %(org)s AND id = %(asset)s FOR UPDATE),
wanted AS (
  SELECT id, jsonb_build_object('title', own_title, 'text', own_text) AS old,
         jsonb_build_object('title', coalesce(%(title)s, own_title),
                            'text', coalesce(%(text)s, own_text)) AS new
    FROM picked),
changed AS (
  UPDATE media_asset a
     SET own_title = w.new ->> 'title', own_text = w.new ->> 'text', updated_at = %(now)s
    FROM wanted w WHERE a.org_id = %(org)s AND a.id = w.id AND w.old <> w.new)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, w.id, w.id,
       (SELECT jsonb_object_agg(key, value) FROM jsonb_each(w.old) o
         WHERE w.new -> o.key <> o.value),
       (SELECT jsonb_object_agg(key, value) FROM jsonb_each(w.new) n
         WHERE w.old -> n.key <> n.value)
  FROM wanted w WHERE w.old <> w.new
"""  # noqa: S608  # of constants


@transaction.atomic
def edit_asset(
    asset: Asset, *, title: str | None = None, text: str | None = None, by: User | None
) -> Operation:
    """Set what people say about ``asset``; None leaves a text, an empty one is the source's.

    A title equal to the source's is none of one's own.
    """
    if title is not None:
        title = clean_name(title)[:MAX_TITLE]
        title = "" if title == asset.source_title else title
    if text is not None:
        text = clean_text(text)[:MAX_TEXT]
        text = "" if text == asset.source_text else text
    given = {"title": title, "text": text}
    operation = begin(
        OperationKind.EDIT_TEXT,
        OperationTarget.TEXT,
        by=by,
        params={key: True for key, value in given.items() if value is not None},
    )
    changed = run(_EDIT, {**parameters(operation), "asset": asset.pk, **given})
    name = title or asset.title or asset.source_ref
    finish(operation, changed=changed, summary=f"Edited “{name[:SHOWN]}”")
    if changed:
        reindex([asset.pk])
        asset.refresh_from_db()
    return operation
