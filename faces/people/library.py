"""What the library can be narrowed by: who is on a picture, and how many faces are."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from faces.models import Person
from faces.people.decisions import find_by_name
from faces.people.engine import is_on
from media.library.extras import Condition, ExtraFilter, register
from media.library.filters import parse_id

PERSON: Final = "person"
FACES: Final = "faces"
NUMBERS: Final = {"0": "No face", "1": "One face", "2": "Two faces", "3+": "Three faces or more"}
MOST_LISTED: Final = 51

# From the faces to the assets, so that the index on people is read and not the library.
_SHOWS_PERSON: Final = """a.id IN (
  SELECT m.asset_id FROM faces_face f
    JOIN media_assetmedia m ON m.org_id = %(org)s AND m.blob_id = f.blob_id
   WHERE f.org_id = %(org)s AND f.person_id = %({name})s)"""

_COUNTED: Final = """
  SELECT m.asset_id, count(*) AS faces FROM faces_face f
    JOIN media_assetmedia m ON m.org_id = %(org)s AND m.blob_id = f.blob_id
   WHERE f.org_id = %(org)s AND f.state NOT IN ('not_a_face', 'suppressed')
   GROUP BY m.asset_id"""

_HAS_NUMBER: Final = f"a.id {{}} (SELECT asset_id FROM ({_COUNTED} {{}}) counted)"  # noqa: S608  # of constants
_NUMBER_OF: Final = {
    "0": _HAS_NUMBER.format("NOT IN", ""),
    "1": _HAS_NUMBER.format("IN", "HAVING count(*) = 1"),
    "2": _HAS_NUMBER.format("IN", "HAVING count(*) = 2"),
    "3+": _HAS_NUMBER.format("IN", "HAVING count(*) >= 3"),
}

_PERSON_COUNTS: Final = """
SELECT p.id::text, p.name, count(DISTINCT m.asset_id)
  FROM faces_person p
  JOIN faces_face f ON f.org_id = %(org)s AND f.person_id = p.id
  JOIN media_assetmedia m ON m.org_id = %(org)s AND m.blob_id = f.blob_id
 WHERE p.org_id = %(org)s AND p.name <> '' AND NOT p.is_hidden AND m.asset_id IN ({matching})
 GROUP BY p.id, p.name, p.folded_name ORDER BY 3 DESC, p.folded_name, p.id LIMIT {most}
"""

_FACE_COUNTS: Final = """
WITH counted AS MATERIALIZED ({counted}), matching AS MATERIALIZED ({matching}),
numbers AS (
  SELECT CASE WHEN c.faces IS NULL THEN '0' WHEN c.faces >= 3 THEN '3+'
              ELSE c.faces::text END AS number
    FROM matching a LEFT JOIN counted c ON c.asset_id = a.id)
SELECT number, CASE number {labels} END, count(*) FROM numbers GROUP BY number ORDER BY number
"""


def register_filters() -> None:
    """Make the filters known to the library."""
    register(
        ExtraFilter(
            key=PERSON,
            label="Person",
            hint="Choose several to see pictures that all of them are on.",
            takes_several=True,
            condition=_shows_people,
            counts=lambda matching: _PERSON_COUNTS.format(matching=matching, most=MOST_LISTED),
            labels=_names,
            typed=_typed_person,
            is_on=is_on,
        )
    )
    register(
        ExtraFilter(
            key=FACES,
            label="Faces",
            hint="One at a time: another one takes its place.",
            takes_several=False,
            condition=_has_faces,
            counts=_face_counts,
            labels=lambda values: {each: NUMBERS[each] for each in values if each in NUMBERS},
            typed=_typed_number,
            is_on=is_on,
            choices=NUMBERS,
        )
    )


def _shows_people(values: Sequence[str]) -> Condition:
    params: dict[str, Any] = {f"person{at}": parse_id(value) for at, value in enumerate(values)}
    return " AND ".join(_SHOWS_PERSON.format(name=name) for name in params), params


def _has_faces(values: Sequence[str]) -> Condition:
    return _NUMBER_OF.get(values[-1], "false"), {}


def _face_counts(matching: str) -> str:
    labels = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in NUMBERS.items())
    return _FACE_COUNTS.format(counted=_COUNTED, matching=matching, labels=labels)


def _names(values: Sequence[str]) -> dict[str, str]:
    keys: dict[uuid.UUID, str] = {parse_id(value): value for value in values}
    found = Person.objects.standing().filter(pk__in=keys)
    names = {keys[person.pk]: str(person) for person in found}
    return {value: names.get(value, "A person who is not here") for value in values}


def _typed_person(text: str) -> str | None:
    found = find_by_name(text)
    return str(found.pk) if found else None


def _typed_number(text: str) -> str | None:
    if not (text.removesuffix("+").isascii() and text.removesuffix("+").isdecimal()):
        return None
    number = int(text.removesuffix("+")[:4])
    return "3+" if number >= 3 else str(number)  # noqa: PLR2004  # more are not told apart
