"""Faces that are nobody's yet: neither people nor a machine say who they are."""

from typing import Final

from faces.models import Face
from faces.models.face import FaceState
from faces.people.albums import ASSET_OF, FACES_PER_PAGE, Album, album_face
from media.sql import fetch_rows
from tenants.scope import current_org_id

# A face that may be somebody's is a question of the review.
OF_NOBODY: Final = (FaceState.NEW, FaceState.UNASSIGNED)
# Nobody can be told from these, by a machine; whoever was there can.
NAMEABLE: Final = (*OF_NOBODY, FaceState.SUGGESTED, FaceState.LOW_QUALITY)

# The newest first: they are what somebody has just brought.
_STRAYS: Final = f"""
WITH placed AS (
  SELECT f.id, f.blob_id, f.state, f.crop_sha256, f.crop_key <> '' AS has_crop
    FROM faces_face f WHERE f.org_id = %(org)s AND f.state = ANY(%(states)s)
   ORDER BY f.id DESC LIMIT %(size)s OFFSET %(start)s)
SELECT p.id, p.state, p.crop_sha256, p.has_crop, a.id, a.title, a.position
  FROM placed p {ASSET_OF.format(blob="p.blob_id")}
 ORDER BY p.id DESC
"""  # noqa: S608  # of constants


def strays(page: int = 1) -> Album:
    """Return a page of the faces of nobody, in one statement."""
    params = {
        "org": current_org_id(),
        "states": [state.value for state in OF_NOBODY],
        "size": FACES_PER_PAGE + 1,
        "start": (page - 1) * FACES_PER_PAGE,
    }
    rows = fetch_rows(_STRAYS, params)
    items = [album_face(row) for row in rows[:FACES_PER_PAGE]]
    return Album(items, page + 1 if len(rows) > FACES_PER_PAGE else 0)


def stray_count() -> int:
    """Return how many faces are nobody's."""
    found: int = Face.objects.filter(state__in=OF_NOBODY).count()
    return found
