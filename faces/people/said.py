"""Of whom people said something, whether or not they said who it is."""

import uuid
from collections.abc import Collection
from typing import Final

from media.sql import fetch_rows
from tenants.scope import current_org_id

# A condition on a row ``p`` of people: a name, a decision, or what a decision left.
SAID_OF: Final = """
(p.name <> '' OR p.is_hidden OR p.cover_face_id IS NOT NULL OR p.consent <> 'unknown'
 OR p.created_by_id IS NOT NULL
 OR EXISTS (SELECT FROM faces_faceveto v WHERE v.org_id = %(org)s AND v.person_id = p.id)
 OR EXISTS (SELECT FROM faces_persondistinct d
             WHERE d.org_id = %(org)s AND p.id IN (d.first_id, d.second_id))
 OR EXISTS (SELECT FROM faces_person m WHERE m.org_id = %(org)s AND m.merged_into_id = p.id))
"""
_SAID_OF_SOME: Final = f"""
SELECT p.id FROM faces_person p WHERE p.org_id = %(org)s AND p.id = ANY(%(people)s) AND {SAID_OF}
"""  # noqa: S608  # of constants


def said_of(people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of ``people`` of whom somebody said something."""
    params = {"org": current_org_id(), "people": list(people)}
    return {row[0] for row in fetch_rows(_SAID_OF_SOME, params)}
