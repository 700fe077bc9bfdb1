"""What people are asked, one question at a time: the most likely first, what was skipped last."""

import dataclasses
import uuid
from typing import Any, Final, Literal

from faces.people.albums import ASSET_OF, examples_of
from faces.people.reads import SHOWN_FROM, FaceThumb, thumb
from media.sql import Row, fetch_row, fetch_rows
from tenants.models import User
from tenants.scope import current_org_id

Kind = Literal["faces", "pairs", "people"]
KINDS: Final[tuple[Kind, ...]] = ("faces", "pairs", "people")

# What this person skipped is not asked again for a day, unless they take it back.
_SKIPPED: Final = """
WITH skipped AS MATERIALIZED (
  SELECT s.payload ->> 'face' AS face, s.payload ->> 'person' AS person,
         s.payload ->> 'other' AS other
    FROM faces_faceevent s
   WHERE s.org_id = %(org)s AND s.op = 'skip' AND s.undone_at IS NULL
     AND s.actor_id = %(by)s AND s.at > now() - interval '1 day')
"""
_OPEN_FACES: Final = """
  FROM faces_face f
  JOIN faces_person p ON p.org_id = %(org)s AND p.id = f.suggested_person_id
   AND NOT p.is_hidden AND p.consent NOT IN ('refused', 'withdrawn')
 WHERE f.org_id = %(org)s AND f.state = 'suggested'
   AND (%(person)s::uuid IS NULL OR p.id = %(person)s::uuid)
   AND NOT EXISTS (SELECT FROM skipped WHERE face = f.id::text)
"""
_OPEN_PAIRS: Final = """
  FROM faces_mergesuggestion g
  JOIN faces_person p ON p.org_id = %(org)s AND p.id = g.first_id
  JOIN faces_person o ON o.org_id = %(org)s AND o.id = g.second_id
 WHERE g.org_id = %(org)s AND p.merged_into_id IS NULL AND o.merged_into_id IS NULL
   AND NOT (p.is_hidden OR o.is_hidden) AND p.face_count > 0 AND o.face_count > 0
   AND p.consent NOT IN ('refused', 'withdrawn') AND o.consent NOT IN ('refused', 'withdrawn')
   AND (%(person)s::uuid IS NULL OR %(person)s::uuid IN (p.id, o.id))
   AND NOT EXISTS (SELECT FROM faces_persondistinct d
                    WHERE d.org_id = %(org)s AND d.first_id = g.first_id
                      AND d.second_id = g.second_id)
   AND NOT EXISTS (SELECT FROM faces_faceveto v
                     JOIN faces_face f ON f.org_id = %(org)s AND f.id = v.face_id
                    WHERE v.org_id = %(org)s
                      AND (v.person_id, f.person_id) IN ((g.first_id, g.second_id),
                                                         (g.second_id, g.first_id)))
   AND NOT EXISTS (SELECT FROM skipped
                    WHERE person = g.first_id::text AND other = g.second_id::text)
"""
_OPEN_PEOPLE: Final = """
  FROM faces_person p
 WHERE p.org_id = %(org)s AND p.name = '' AND p.merged_into_id IS NULL AND NOT p.is_hidden
   AND p.face_count >= %(shown_from)s AND p.consent NOT IN ('refused', 'withdrawn')
   AND (%(person)s::uuid IS NULL OR p.id = %(person)s::uuid)
   AND NOT EXISTS (SELECT FROM skipped
                    WHERE person = p.id::text AND other IS NULL AND face IS NULL)
"""
_LEFT: Final = f"""
{_SKIPPED}
SELECT (SELECT count(*) {_OPEN_FACES}), (SELECT count(*) {_OPEN_PAIRS}),
       (SELECT count(*) {_OPEN_PEOPLE})
"""  # of constants
_FACE: Final = f"""
{_SKIPPED}
SELECT q.*, a.id, a.title, a.media_id, coalesce(r.width_px, b.width_px),
       coalesce(r.height_px, b.height_px), coalesce(r.sha256, '')
  FROM (SELECT f.id, f.blob_id, f.crop_sha256, f.crop_key <> '', f.x, f.y, f.w, f.h, p.id AS who,
               p.name, f.distance {_OPEN_FACES}
         ORDER BY p.name = '', f.distance NULLS LAST, f.id LIMIT 1) q
  {ASSET_OF.format(blob="q.blob_id")}
  LEFT JOIN media_blob b ON b.org_id = %(org)s AND b.id = q.blob_id
  LEFT JOIN media_rendition r
    ON r.org_id = %(org)s AND r.blob_id = q.blob_id AND r.name = 'preview'
"""  # noqa: S608  # of constants
_PAIR: Final = f"""
{_SKIPPED}
SELECT p.id, p.name, p.face_count, o.id, o.name, o.face_count {_OPEN_PAIRS}
 ORDER BY g.distance, g.id LIMIT 1
"""  # of constants
_PERSON: Final = f"""
{_SKIPPED}
SELECT p.id, p.face_count {_OPEN_PEOPLE} ORDER BY p.face_count DESC, p.id LIMIT 1
"""  # of constants


@dataclasses.dataclass(frozen=True, slots=True)
class Left:
    """How many questions of each kind are open."""

    faces: int
    pairs: int
    people: int

    @property
    def total(self) -> int:
        """Return how many there are together."""
        return self.faces + self.pairs + self.people


@dataclasses.dataclass(frozen=True, slots=True)
class Somebody:
    """A person in a question, with a few of their faces."""

    id: uuid.UUID
    name: str
    face_count: int
    examples: list[FaceThumb]

    @property
    def label(self) -> str:
        """Return what the person is called, or that nobody has said it."""
        return self.name or "somebody without a name"


@dataclasses.dataclass(frozen=True, slots=True)
class Context:
    """The picture that a face is in, and the face's box in it, in fractions."""

    asset_id: uuid.UUID
    title: str
    media_id: uuid.UUID
    width_px: int
    height_px: int
    version: str
    box: tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One thing to decide.

    Attributes:
        face: of a question about a face.
        person: who it may be, who may be one with ``other``, or whom nobody has named.
        is_likely: whether the machine is nearly sure.
    """

    kind: Kind
    person: Somebody
    face: FaceThumb | None = None
    context: Context | None = None
    other: Somebody | None = None
    is_likely: bool = False

    @property
    def people(self) -> list[Somebody]:
        """Return who is asked about."""
        return [self.person, self.other] if self.other else [self.person]


def questions_left(by: User, person: uuid.UUID | None = None) -> Left:
    """Return how many questions are open for ``by``, about ``person`` alone if they are named."""
    return Left(*fetch_row(_LEFT, _params(by, person)))


def next_question(
    kind: Kind, by: User, *, person: uuid.UUID | None = None, likely: float = 0.0
) -> Question | None:
    """Return what to ask next of one kind, or None.

    Args:
        likely: up to this distance a face is likely the person's, beyond it possibly.
    """
    statement = {"faces": _FACE, "pairs": _PAIR, "people": _PERSON}[kind]
    rows = fetch_rows(statement, _params(by, person))
    if not rows:
        return None
    row = rows[0]
    if kind == "faces":
        return _about_face(row, likely)
    if kind == "pairs":
        examples = examples_of([row[0], row[3]])
        return Question(
            kind,
            Somebody(row[0], row[1], row[2], examples[row[0]]),
            other=Somebody(row[3], row[4], row[5], examples[row[3]]),
        )
    return Question(kind, Somebody(row[0], "", row[1], examples_of([row[0]], most=12)[row[0]]))


def _about_face(row: Row, likely: float) -> Question:
    face = thumb(row[0], row[2], has_crop=row[3])
    who, name, distance = row[8], row[9], row[10]
    context = None
    if row[11] is not None and row[14] and row[16]:
        box = (row[4], row[5], row[6], row[7])
        context = Context(row[11], row[12], row[13], row[14], row[15], row[16][:12], box)
    return Question(
        "faces",
        Somebody(who, name, 0, examples_of([who])[who]),
        face=face,
        context=context,
        is_likely=distance is not None and distance <= likely,
    )


def _params(by: User, person: uuid.UUID | None) -> dict[str, Any]:
    return {
        "org": current_org_id(),
        "by": by.pk,
        "person": person,
        "shown_from": SHOWN_FROM,
    }
