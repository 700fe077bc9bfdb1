"""The numbers of faces that people keep with them."""

import uuid
from collections.abc import Iterable

from media.sql import run
from tenants.scope import current_org_id

_RECOUNT = """
UPDATE faces_person p
   SET face_count = coalesce(c.faces, 0), confirmed_count = coalesce(c.confirmed, 0),
       updated_at = now()
  FROM unnest(%(people)s::uuid[]) AS wanted (id)
  LEFT JOIN (SELECT person_id, count(*) AS faces,
                    count(*) FILTER (WHERE state = 'confirmed') AS confirmed
               FROM faces_face
              WHERE org_id = %(org)s AND person_id = ANY(%(people)s::uuid[])
              GROUP BY person_id) c ON c.person_id = wanted.id
 WHERE p.org_id = %(org)s AND p.id = wanted.id
   AND (p.face_count, p.confirmed_count)
       IS DISTINCT FROM (coalesce(c.faces, 0), coalesce(c.confirmed, 0))
"""


def recount(people: Iterable[uuid.UUID]) -> None:
    """Count the faces of ``people`` anew, in the transaction that changed them."""
    keys = sorted(set(people))
    if keys:
        run(_RECOUNT, {"org": current_org_id(), "people": keys})
