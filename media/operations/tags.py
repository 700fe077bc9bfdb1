"""Putting tags on assets and taking them off.

What a person puts on is of origin ``human``; what a person takes off is rejected, whoever put
it on, so that no machine puts it back.
"""

from collections.abc import Iterable, Sequence

from media.folding import fold_tag
from media.models import Operation, Tag
from media.models.operation import OperationKind
from media.operations.log import INSERT_ITEMS, parameters
from media.operations.selection import Selection
from media.sql import run
from tenants.ids import uuid7
from tenants.naming import clean_name
from tenants.scope import current_org_id

MAX_NAMES = 50
MAX_NAME = 80

IMAGE = """jsonb_build_object('asset', {0}.asset_id, 'tag', {0}.tag_id, 'origin', {0}.origin,
         'rejected', {0}.is_rejected)"""
_REJECTED = IMAGE.format("t") + " || jsonb_build_object('rejected', {})"

_ADD = f"""
WITH picked AS MATERIALIZED (
  SELECT id FROM media_asset WHERE org_id = %(org)s AND id IN ({{selected}})
   ORDER BY id FOR UPDATE),
missing AS MATERIALIZED (
  SELECT p.id AS asset_id, w.id AS tag_id FROM picked p CROSS JOIN unnest(%(tags)s::uuid[]) w (id)
   WHERE NOT EXISTS (SELECT 1 FROM media_assettag t
                      WHERE t.org_id = %(org)s AND t.asset_id = p.id AND t.tag_id = w.id
                        AND NOT t.is_rejected)),
held AS MATERIALIZED (
  SELECT t.* FROM missing JOIN media_assettag t
      ON t.org_id = %(org)s AND t.asset_id = missing.asset_id AND t.tag_id = missing.tag_id
     AND t.origin = 'human'),
revived AS (
  UPDATE media_assettag t SET is_rejected = false FROM held
   WHERE t.org_id = %(org)s AND t.id = held.id),
made AS (
  INSERT INTO media_assettag (id, org_id, asset_id, tag_id, origin, is_rejected)
  SELECT gen_random_uuid(), %(org)s, asset_id, tag_id, 'human', false FROM missing
   WHERE NOT EXISTS (SELECT 1 FROM held
                      WHERE held.asset_id = missing.asset_id AND held.tag_id = missing.tag_id)
  RETURNING *)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, t.id, t.asset_id, NULL, {IMAGE.format("t")}
  FROM made t
UNION ALL
SELECT gen_random_uuid(), %(org)s, %(operation)s, t.id, t.asset_id, {IMAGE.format("t")},
       {_REJECTED.format("false")}
  FROM held t
"""  # noqa: S608  # of constants

_REMOVE = f"""
WITH picked AS MATERIALIZED (
  SELECT * FROM media_assettag
   WHERE org_id = %(org)s AND asset_id IN ({{selected}}) AND tag_id = ANY(%(tags)s)
     AND NOT is_rejected
   ORDER BY id FOR UPDATE),
changed AS (
  UPDATE media_assettag t SET is_rejected = true FROM picked
   WHERE t.org_id = %(org)s AND t.id = picked.id)
{INSERT_ITEMS}
SELECT gen_random_uuid(), %(org)s, %(operation)s, t.id, t.asset_id, {IMAGE.format("t")},
       {_REJECTED.format("true")}
  FROM picked t
"""  # noqa: S608  # of constants


def change_tags(operation: Operation, selection: Selection) -> None:
    """Put the tags of ``operation`` on the selected assets, or take them off."""
    is_addition = operation.kind == OperationKind.TAG_ADD
    selected, params = selection.as_sql()
    tags = known_tags(clean_tags(operation.params["tags"]))
    params = {**params, **parameters(operation), "tags": [tag.pk for tag in tags]}
    run((_ADD if is_addition else _REMOVE).replace("{selected}", selected), params)


def clean_tags(names: Sequence[str]) -> dict[str, str]:
    """Return names by their folded form, without what is none."""
    found: dict[str, str] = {}
    for name in names[:MAX_NAMES]:
        shown = clean_name(name).lstrip("#").strip()[:MAX_NAME]
        if folded := fold_tag(shown):
            found.setdefault(folded, shown)
    return found


def ensure_tags(names: dict[str, str]) -> list[Tag]:
    """Return the tags called so, by name; those that the vocabulary lacks are added to it."""
    Tag.objects.bulk_create(
        [
            Tag(id=uuid7(), org_id=current_org_id(), name=shown, folded_name=folded)
            for folded, shown in sorted(names.items())
        ],
        ignore_conflicts=True,
    )
    return known_tags(names)


def known_tags(names: Iterable[str]) -> list[Tag]:
    """Return the tags of these folded names that there are, by name."""
    return list(Tag.objects.filter(folded_name__in=names).by_name())
