"""The machine's part: faces that nobody decided about join people, or found them.

Batch by batch, each one transaction with the same few statements, however many faces there are.
A batch is some faces and the open faces near them; the faces of people that each is compared with
are found by the database, which scans the organization's vectors exactly. What people decided is
read and never written.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from django.utils import timezone

from faces.clustering import NEAREST_FACES, Faces, Owned, Placement, Rules, arrange
from faces.linkage import Vectors
from faces.models import FaceVeto, Person
from faces.models.face import FaceState
from faces.models.person import NOT_MATCHED
from faces.people.counting import recount
from faces.people.engine import Rulebook, rulebook
from faces.people.locking import lock_people
from faces.people.said import SAID_OF
from faces.people.vectors import DIMENSIONS_OF, as_vectors, hashed
from media.sql import Row, fetch_row, fetch_rows, run
from tenants.scope import current_org_id

# Faces that a batch begins with, and how many open ones near them come along.
BATCH: Final = 200
NEAR_LIMIT: Final = 400
# With more open faces than this, only a nightly grouping tries the old ones again.
MOST_RETRIED: Final = 5_000

OPEN: Final = (FaceState.NEW, FaceState.UNASSIGNED, FaceState.SUGGESTED)

_OPEN_COUNT = """
SELECT count(*) FROM (SELECT FROM faces_face
  WHERE org_id = %(org)s AND state = ANY(%(open)s) LIMIT %(limit)s) counted
"""

# Those that this grouping has not looked at; then what is near them and open, looked at or not.
_BATCH = """
WITH chosen AS MATERIALIZED (
  SELECT f.id, f.blob_id, f.is_seed, e.vec
    FROM faces_face f
    JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
   WHERE f.org_id = %(org)s AND f.state = ANY(%(states)s) AND f.updated_at <= %(since)s
   ORDER BY f.id LIMIT %(size)s),
near AS (
  SELECT f.id, f.blob_id, f.is_seed, e.vec
    FROM faces_face f
    JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
   WHERE f.org_id = %(org)s AND f.state = ANY(%(open)s) AND f.is_seed
     AND NOT EXISTS (SELECT FROM chosen c WHERE c.id = f.id)
     AND EXISTS (SELECT FROM chosen c WHERE c.is_seed AND c.vec <-> e.vec <= %(link)s)
   ORDER BY f.id LIMIT %(near)s)
SELECT id, blob_id, is_seed, vec::text FROM chosen
UNION ALL
SELECT id, blob_id, is_seed, vec::text FROM near
"""

# The faces of people that each is nearest to, and whoever is on the same photos.
_OWNED = """
WITH mine AS MATERIALIZED (
  SELECT f.id, f.blob_id, e.vec, ARRAY(
           SELECT v.person_id FROM faces_faceveto v
            WHERE v.org_id = %(org)s AND v.face_id = f.id
           UNION ALL
           SELECT o.person_id FROM faces_face o
            WHERE o.org_id = %(org)s AND o.blob_id = f.blob_id AND o.person_id IS NOT NULL
         ) AS barred
    FROM faces_face f
    JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
   WHERE f.org_id = %(org)s AND f.id = ANY(%(faces)s)),
core AS MATERIALIZED (
  SELECT f.id, f.person_id, f.blob_id, e.vec
    FROM faces_face f
    JOIN faces_person p ON p.org_id = %(org)s AND p.id = f.person_id
     AND p.consent <> ALL(%(refused)s)
    JOIN {table} e ON e.org_id = %(org)s AND e.face_id = f.id AND e.engine_key = %(engine)s
   WHERE f.org_id = %(org)s AND f.person_id IS NOT NULL
     AND (f.is_seed OR f.state = 'confirmed')),
near AS (
  SELECT DISTINCT found.id FROM mine CROSS JOIN LATERAL (
    SELECT c.id FROM core c
     WHERE c.person_id <> ALL(mine.barred)
     ORDER BY c.vec <-> mine.vec LIMIT %(nearest)s) found)
SELECT c.person_id, c.blob_id, true, c.vec::text FROM core c JOIN near USING (id)
UNION ALL
SELECT f.person_id, f.blob_id, false, NULL FROM faces_face f
 WHERE f.org_id = %(org)s AND f.person_id IS NOT NULL
   AND f.blob_id IN (SELECT blob_id FROM mine)
"""

# Only what is still open: a batch writes what it read, and people are quicker than it is.
_PLACE = """
UPDATE faces_face f
   SET state = w.state, person_id = w.person, suggested_person_id = w.suggested,
       distance = w.distance, assigned_by_id = NULL,
       updated_at = greatest(%(now)s::timestamptz, %(since)s::timestamptz
                             + interval '1 microsecond')
  FROM unnest(%(faces)s::uuid[], %(states)s::text[], %(people)s::uuid[], %(suggested)s::uuid[],
              %(distances)s::float8[]) AS w (id, state, person, suggested, distance)
 WHERE f.org_id = %(org)s AND f.id = w.id AND f.state = ANY(%(open)s)
"""

# Of people whom nobody confirmed a face of, but of whom people said something, the faces are all
# that is known: they stay.
_ANCHORED = f"""
SELECT p.id FROM faces_person p
 WHERE p.org_id = %(org)s AND p.confirmed_count = 0 AND p.face_count > 0 AND {SAID_OF}
"""  # noqa: S608  # of constants

_TAKE_BACK = f"""
WITH anchored AS MATERIALIZED ({_ANCHORED})
UPDATE faces_face SET state = 'unassigned', person_id = NULL, suggested_person_id = NULL,
       distance = NULL, updated_at = %(now)s
 WHERE org_id = %(org)s
   AND (state = 'suggested'
        OR (state = 'auto' AND person_id NOT IN (SELECT id FROM anchored)))
"""  # noqa: S608  # of constants

# Made by the machine, empty, and named by no decision: nobody will miss them.
_FORGET_EMPTY = """
DELETE FROM faces_person p
 WHERE p.org_id = %(org)s AND p.face_count = 0 AND p.name = '' AND p.created_by_id IS NULL
   AND p.consent = 'unknown' AND p.merged_into_id IS NULL
   AND NOT EXISTS (SELECT FROM faces_face f WHERE f.org_id = %(org)s AND f.person_id = p.id)
   AND NOT EXISTS (SELECT FROM faces_face f
                    WHERE f.org_id = %(org)s AND f.suggested_person_id = p.id)
   AND NOT EXISTS (SELECT FROM faces_faceveto v WHERE v.org_id = %(org)s AND v.person_id = p.id)
   AND NOT EXISTS (SELECT FROM faces_persondistinct d
                    WHERE d.org_id = %(org)s AND p.id IN (d.first_id, d.second_id))
   AND NOT EXISTS (SELECT FROM faces_person m
                    WHERE m.org_id = %(org)s AND m.merged_into_id = p.id)
   AND p.id::text NOT IN (
     SELECT jsonb_array_elements_text(e.payload -> 'about') FROM faces_faceevent e
      WHERE e.org_id = %(org)s AND e.payload ? 'about')
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Open faces that are placed together."""

    ids: list[uuid.UUID]
    photos: list[uuid.UUID]
    is_seed: list[bool]
    vectors: Vectors


def group_batch(since: dt.datetime, *, retries_all: bool) -> int:
    """Place some faces that this grouping has not looked at; return how many it looked at.

    Args:
        since: when the grouping began: what was looked at or decided later is left.
        retries_all: whether faces that an earlier grouping left open are tried again, however
            many they are.
    """
    lock_people()
    rules = rulebook()
    if rules is None:
        return 0
    states = _states(retries_all=retries_all)
    with hashed():
        batch = _take(rules, since, states)
        if not batch.ids:
            return 0
        owned, people = _owned(rules, batch)
    placed = arrange(
        _faces_of(batch), owned, rules.thresholds, Rules(vetoes=_vetoes(batch, people))
    )
    _write(rules, batch, placed, people, since=since)
    return len(batch.ids)


def start_over() -> int:
    """Take back all that the machine said, and nothing that people did; return of how many faces.

    The faces of people are tried again by the batches that follow.
    """
    lock_people()
    params = {"org": current_org_id(), "now": _long_ago()}
    changed = run(_TAKE_BACK, params)
    recount(Person.objects.filter(face_count__gt=0).values_list("pk", flat=True))
    return changed


def forget_empty() -> int:
    """Delete people whom the machine made and whom no face is left of; return how many."""
    lock_people()
    return run(_FORGET_EMPTY, {"org": current_org_id()})


def _states(*, retries_all: bool) -> tuple[str, ...]:
    if retries_all:
        return OPEN
    params = {"org": current_org_id(), "open": list(OPEN), "limit": MOST_RETRIED + 1}
    (count,) = fetch_row(_OPEN_COUNT, params)
    return OPEN if count <= MOST_RETRIED else (FaceState.NEW,)


def _take(rules: Rulebook, since: dt.datetime, states: Sequence[str]) -> Batch:
    params = {
        "org": current_org_id(),
        "engine": rules.engine_key,
        "states": list(states),
        "open": list(OPEN),
        "since": since,
        "size": BATCH,
        "near": NEAR_LIMIT,
        "link": rules.thresholds.link,
    }
    rows = fetch_rows(_BATCH.format(table=rules.table), params)
    return Batch(
        ids=[row[0] for row in rows],
        photos=[row[1] for row in rows],
        is_seed=[row[2] for row in rows],
        vectors=as_vectors([row[3] for row in rows], DIMENSIONS_OF[rules.table]),
    )


def _owned(rules: Rulebook, batch: Batch) -> tuple[Owned, list[uuid.UUID]]:
    """Return the faces of people around the batch, and the people by their number."""
    params = {
        "org": current_org_id(),
        "engine": rules.engine_key,
        "faces": batch.ids,
        "refused": list(NOT_MATCHED),
        "nearest": NEAREST_FACES,
    }
    rows = fetch_rows(_OWNED.format(table=rules.table), params)
    people = sorted({row[0] for row in rows})
    numbers = {person: number for number, person in enumerate(people)}
    photos = _photo_numbers(batch)
    size = DIMENSIONS_OF[rules.table]
    owned = Owned(
        vectors=as_vectors([row[3] for row in rows], size),
        photos=_numbers([_photo(photos, row) for row in rows]),
        people=_numbers([numbers[row[0]] for row in rows]),
        is_core=np.array([row[2] for row in rows], dtype=bool),
    )
    return owned, people


def _photo_numbers(batch: Batch) -> dict[uuid.UUID, int]:
    return {photo: number for number, photo in enumerate(dict.fromkeys(batch.photos))}


def _photo(numbers: dict[uuid.UUID, int], row: Row) -> int:
    return numbers.setdefault(row[1], len(numbers))


def _faces_of(batch: Batch) -> Faces:
    numbers = _photo_numbers(batch)
    return Faces(
        vectors=batch.vectors,
        photos=_numbers([numbers[photo] for photo in batch.photos]),
        is_seed=np.array(batch.is_seed, dtype=bool),
    )


def _vetoes(batch: Batch, people: Sequence[uuid.UUID]) -> set[tuple[int, int]]:
    places = {face: place for place, face in enumerate(batch.ids)}
    numbers = {person: number for number, person in enumerate(people)}
    found = FaceVeto.objects.filter(face_id__in=batch.ids).values_list("face_id", "person_id")
    return {(places[face], numbers[person]) for face, person in found if person in numbers}


def _write(
    rules: Rulebook,
    batch: Batch,
    placed: Sequence[Placement | None],
    people: Sequence[uuid.UUID],
    *,
    since: dt.datetime,
) -> None:
    """Write where each face of the batch goes, and the people who came to be."""
    # Those who came to be are numbered behind those who were there.
    first_new = len(people)
    standing = _still_matched(people)
    keys = {number: person for number, person in enumerate(people) if person in standing}
    keys |= _make_people({where.person for where in placed if where and where.person >= first_new})
    columns: dict[str, list[Any]] = {
        name: [] for name in ("states", "people", "suggested", "distances")
    }
    for where in placed:
        person = keys.get(where.person) if where else None
        is_known = where is not None and where.person < first_new
        is_sure = where is not None and where.is_sure and (rules.auto_assign or not is_known)
        state = FaceState.AUTO if is_sure else FaceState.SUGGESTED
        columns["states"].append((state if person else FaceState.UNASSIGNED).value)
        columns["people"].append(person if is_sure else None)
        columns["suggested"].append(None if is_sure else person)
        columns["distances"].append(where.distance if where and person else None)
    params = {"org": current_org_id(), "open": list(OPEN), "now": timezone.now()}
    run(_PLACE, {**params, "since": since, "faces": batch.ids, **columns})
    recount(keys.values())


def _still_matched(people: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return who of ``people`` may get faces, locked: who withdraws waits, or has been faster."""
    found = Person.objects.matched().filter(pk__in=people).select_for_update(no_key=True)
    return set(found.order_by("pk").values_list("pk", flat=True))


def _make_people(numbers: set[int]) -> dict[int, uuid.UUID]:
    made = Person.objects.bulk_create(Person(org_id=current_org_id()) for _ in numbers)
    return {number: person.pk for number, person in zip(sorted(numbers), made, strict=True)}


def _long_ago() -> dt.datetime:
    """Return a moment before every grouping, so that a face counts as not looked at."""
    return dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def _numbers(values: Sequence[int]) -> "np.typing.NDArray[np.int64]":
    return np.array(values, dtype=np.int64)
