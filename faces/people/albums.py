"""One person's faces: the typical first, those that look least like the others last."""

import dataclasses
import uuid
from typing import Any, Final

from faces.models import FaceSettings, Person, embedding_model
from faces.people.engine import engine_of
from faces.people.reads import FaceThumb, thumb
from faces.people.vectors import hashed
from media.sql import Row, fetch_row, fetch_rows
from tenants.scope import current_org_id

FACES_PER_PAGE: Final = 60
PICTURES_SHOWN: Final = 12

# The asset that shows the picture of a face: one of the library, if there is one.
ASSET_OF: Final = """
LEFT JOIN LATERAL (
  SELECT a.id, a.title, m.id AS media_id, m.position
    FROM media_assetmedia m
    JOIN media_asset a ON a.org_id = m.org_id AND a.id = m.asset_id AND a.removed_at IS NULL
   WHERE m.org_id = %(org)s AND m.blob_id = {blob}
   ORDER BY a.sorted_at DESC, m.position, m.id LIMIT 1) a ON true
"""

_ALBUM: Final = """
WITH mine AS MATERIALIZED (
  SELECT f.id, f.blob_id, f.state, f.crop_sha256, f.crop_key <> '' AS has_crop, e.vec
    FROM faces_face f
    LEFT JOIN {table} e
      ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
   WHERE f.org_id = %(org)s AND f.person_id = %(person)s),
placed AS (
  SELECT mine.*, mine.vec <-> (SELECT avg(vec) FROM mine) AS away FROM mine
   ORDER BY away NULLS LAST, id LIMIT %(size)s OFFSET %(start)s)
SELECT p.id, p.state, p.crop_sha256, p.has_crop, a.id, a.title, a.position
  FROM placed p {asset}
 ORDER BY p.away NULLS LAST, p.id
"""

_FIGURES: Final = """
SELECT count(DISTINCT m.asset_id),
       (SELECT count(*) FROM faces_face s
         WHERE s.org_id = %(org)s AND s.suggested_person_id = %(person)s)
  FROM faces_face f
  JOIN media_assetmedia m ON m.org_id = %(org)s AND m.blob_id = f.blob_id
  JOIN media_asset a ON a.org_id = %(org)s AND a.id = m.asset_id AND a.removed_at IS NULL
 WHERE f.org_id = %(org)s AND f.person_id = %(person)s
"""

_EXAMPLES: Final = """
SELECT person_id, id, crop_sha256, has_crop FROM (
  SELECT f.person_id, f.id, f.crop_sha256, f.crop_key <> '' AS has_crop,
         row_number() OVER (PARTITION BY f.person_id
           ORDER BY f.crop_key <> '' DESC, f.state = 'confirmed' DESC, f.is_seed DESC,
                    f.size_px DESC, f.id) AS place
    FROM faces_face f
   WHERE f.org_id = %(org)s AND f.person_id = ANY(%(people)s)) ranked
 WHERE place <= %(most)s ORDER BY person_id, place
"""


@dataclasses.dataclass(frozen=True, slots=True)
class AlbumFace:
    """A face of a person, and where it is from."""

    id: uuid.UUID
    state: str
    thumb: FaceThumb
    asset_id: uuid.UUID | None
    title: str
    picture_number: int

    @property
    def is_confirmed(self) -> bool:
        """Return whether people said that it is theirs."""
        return self.state == "confirmed"


@dataclasses.dataclass(frozen=True, slots=True)
class Album:
    """Some faces of a person; ``next_page`` is 0 at the end."""

    items: list[AlbumFace]
    next_page: int


@dataclasses.dataclass(frozen=True, slots=True)
class PersonFigures:
    """In how many assets somebody is, and of how many faces it is asked whether they are theirs."""

    asset_count: int
    suggested_count: int


def album_of(person: Person, page: int = 1) -> Album:
    """Return a page of the faces of ``person``, by how far each is from their middle."""
    spec = engine_of(FaceSettings.objects.filter(pk=current_org_id()).first() or FaceSettings())
    params = {
        "org": current_org_id(),
        "engine": spec.key,
        "person": person.pk,
        "size": FACES_PER_PAGE + 1,
        "start": (page - 1) * FACES_PER_PAGE,
    }
    table = embedding_model(spec.dim)._meta.db_table
    statement = _ALBUM.format(table=table, asset=ASSET_OF.format(blob="p.blob_id"))
    with hashed():
        rows = fetch_rows(statement, params)
    items = [album_face(row) for row in rows[:FACES_PER_PAGE]]
    return Album(items, page + 1 if len(rows) > FACES_PER_PAGE else 0)


def album_face(row: Row) -> AlbumFace:
    """Return the face of a row: four columns of its own, and three of the asset that shows it."""
    return AlbumFace(
        id=row[0],
        state=row[1],
        thumb=thumb(row[0], row[2], has_crop=row[3]),
        asset_id=row[4],
        title=row[5] or "",
        picture_number=(row[6] or 0) + 1,
    )


def figures_of(person: Person) -> PersonFigures:
    """Return the figures of ``person``, in one statement."""
    return PersonFigures(*fetch_row(_FIGURES, {"org": current_org_id(), "person": person.pk}))


def examples_of(people: list[uuid.UUID], most: int = 6) -> dict[uuid.UUID, list[FaceThumb]]:
    """Return a few good faces of each of ``people``, in one statement."""
    params: dict[str, Any] = {"org": current_org_id(), "people": people, "most": most}
    found: dict[uuid.UUID, list[FaceThumb]] = {person: [] for person in people}
    for person, face, sha256, has_crop in fetch_rows(_EXAMPLES, params) if people else ():
        found[person].append(thumb(face, sha256, has_crop=has_crop))
    return found
