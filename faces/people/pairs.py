"""People who may be one, and one who may be two: proposed, never done by a machine."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from faces.clustering import Owned, Pairing, suggest_merges, suggest_split
from faces.linkage import BLOCK, Vectors, distances
from faces.models import MergeSuggestion, Person
from faces.models.person import NOT_MATCHED
from faces.people.engine import Rulebook, rulebook
from faces.people.locking import lock_people
from faces.people.log import in_order
from faces.people.vectors import DIMENSIONS_OF, as_vectors, hashed
from media.sql import fetch_rows, run
from tenants.scope import current_org_id

# Of one person, so many faces are looked at: those nearest to their middle.
MOST_FACES: Final = 64
# A middle is nearer to another than single faces are; beyond this none of them is near.
SPREAD: Final = 1.2
PAIRS_AT_ONCE: Final = 200
MOST_PAIRS: Final = 2_000
# More are not compared with one another within a request.
MOST_SPLIT: Final = 400

Key = uuid.UUID
KeyPair = tuple[Key, Key]

_MIDDLES = """
SELECT f.person_id, avg(e.vec)::text
  FROM faces_face f
  JOIN faces_person p ON p.org_id = %(org)s AND p.id = f.person_id AND NOT p.is_hidden
   AND p.consent <> ALL(%(refused)s)
  JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
 WHERE f.org_id = %(org)s AND f.person_id IS NOT NULL AND (f.is_seed OR f.state = 'confirmed')
 GROUP BY f.person_id ORDER BY f.person_id
"""

_FACES = """
SELECT person_id, vec::text FROM (
  SELECT f.person_id, e.vec,
         row_number() OVER (PARTITION BY f.person_id ORDER BY e.vec <-> m.middle, f.id) AS place
    FROM faces_face f
    JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
    JOIN (SELECT i.person_id, avg(v.vec) AS middle FROM faces_face i
            JOIN {table} v ON v.org_id = %(org)s AND v.face_id = i.id
             AND v.engine_key = %(engine)s
           WHERE i.org_id = %(org)s AND i.person_id = ANY(%(people)s)
           GROUP BY i.person_id) m ON m.person_id = f.person_id
   WHERE f.org_id = %(org)s AND f.person_id = ANY(%(people)s)
     AND (f.is_seed OR f.state = 'confirmed')) ranked
 WHERE place <= %(most)s
"""

# Told apart by people, or by a photo that both are on. Who has a face that somebody said is not
# the other is told apart too: to propose the two would be to propose that face again.
_APART = """
SELECT first_id, second_id FROM faces_persondistinct
 WHERE org_id = %(org)s AND first_id = ANY(%(people)s) AND second_id = ANY(%(people)s)
UNION
SELECT least(f.person_id, v.person_id), greatest(f.person_id, v.person_id)
  FROM faces_faceveto v
  JOIN faces_face f ON f.org_id = %(org)s AND f.id = v.face_id AND f.person_id <> v.person_id
 WHERE v.org_id = %(org)s AND v.person_id = ANY(%(people)s) AND f.person_id = ANY(%(people)s)
UNION
SELECT a.person_id, b.person_id
  FROM faces_face a
  JOIN faces_face b ON b.org_id = %(org)s AND b.blob_id = a.blob_id AND b.person_id > a.person_id
 WHERE a.org_id = %(org)s AND a.person_id = ANY(%(people)s) AND b.person_id = ANY(%(people)s)
"""

_OF_PERSON = """
SELECT f.id, e.vec::text
  FROM faces_face f
  JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
 WHERE f.org_id = %(org)s AND f.person_id = %(person)s AND (f.is_seed OR f.state = 'confirmed')
 ORDER BY f.id LIMIT %(most)s
"""


def propose_merges() -> int:
    """Write anew who may be one; return how many pairs."""
    lock_people()
    rules = rulebook()
    with hashed():
        found = [] if rules is None else list(_pairings(rules))
    run("DELETE FROM faces_mergesuggestion WHERE org_id = %(org)s", {"org": current_org_id()})
    MergeSuggestion.objects.bulk_create(
        MergeSuggestion(
            org_id=current_org_id(), first_id=first, second_id=second, distance=distance
        )
        for first, second, distance in found
    )
    return len(found)


def propose_split(person: Person) -> list[uuid.UUID]:
    """Return the faces of ``person`` that may be somebody else's; none where all are one's."""
    rules = rulebook()
    if rules is None:
        return []
    params = {**_params(rules), "person": person.pk, "most": MOST_SPLIT}
    with hashed():
        rows = fetch_rows(_OF_PERSON.format(table=rules.table), params)
    vectors = as_vectors([row[1] for row in rows], DIMENSIONS_OF[rules.table])
    parts = suggest_split(vectors, rules.thresholds)
    return [rows[at][0] for at in parts[1]] if parts else []


def _pairings(rules: Rulebook) -> Iterator[tuple[Key, Key, float]]:
    rows = fetch_rows(
        _MIDDLES.format(table=rules.table), {**_params(rules), "refused": list(NOT_MATCHED)}
    )
    people = [row[0] for row in rows]
    middles = as_vectors([row[1] for row in rows], DIMENSIONS_OF[rules.table])
    near = _near(middles, rules.thresholds.suggest * SPREAD)
    for start in range(0, len(near), PAIRS_AT_ONCE):
        some = [(people[one], people[other]) for one, other in near[start : start + PAIRS_AT_ONCE]]
        yield from _compare(rules, some)


def _near(middles: Vectors, limit: float) -> list[tuple[int, int]]:
    """Return the nearest pairs of people by their middles, by place."""
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(middles), BLOCK):
        between = distances(middles[start : start + BLOCK], middles)
        for one, other in np.argwhere(between <= limit).tolist():
            if start + one < other:
                found.append((float(between[one, other]), start + one, other))
    return [(one, other) for _, one, other in sorted(found)[:MOST_PAIRS]]


def _compare(rules: Rulebook, pairs: Sequence[KeyPair]) -> Iterator[tuple[Key, Key, float]]:
    """Yield those of ``pairs`` whose faces are near, by their nearest few."""
    people = sorted({person for pair in pairs for person in pair})
    numbers = {person: number for number, person in enumerate(people)}
    params = {**_params(rules), "people": people, "most": MOST_FACES}
    rows = fetch_rows(_FACES.format(table=rules.table), params)
    apart = {(numbers[one], numbers[other]) for one, other in fetch_rows(_APART, params)}
    wanted = {in_order(*pair) for pair in pairs}
    owned = Owned(
        vectors=as_vectors([row[1] for row in rows], DIMENSIONS_OF[rules.table]),
        # Who is on a photo with whom was asked of all their faces.
        photos=np.arange(len(rows), dtype=np.int64),
        people=np.array([numbers[row[0]] for row in rows], dtype=np.int64),
        is_core=np.ones(len(rows), dtype=bool),
    )
    for pairing in suggest_merges(owned, rules.thresholds, distinct=apart):
        first, second = _keys(people, pairing)
        if (first, second) in wanted:
            yield first, second, pairing.distance


def _keys(people: Sequence[Key], pairing: Pairing) -> KeyPair:
    return in_order(people[pairing.first], people[pairing.second])


def _params(rules: Rulebook) -> dict[str, object]:
    return {"org": current_org_id(), "engine": rules.engine_key}
