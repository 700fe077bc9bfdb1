"""What the pages of people show, each in a few statements however many faces there are."""

import dataclasses
import uuid
from typing import Any, Final, Literal

from media.folding import fold_tag
from media.sql import fetch_row, fetch_rows
from tenants.cursors import seal, unseal
from tenants.scope import current_org_id

PAGE_SIZE: Final = 48
# Unnamed people with fewer faces are shown only where they are asked for.
SHOWN_FROM: Final = 3
# Of how many of a person's faces the one that stands for them is chosen.
_LOOKED_AT: Final = 200
_LIST: Final = "people"

Show = Literal["", "named", "unnamed", "hidden"]
SHOWS: Final = ("", "named", "unnamed", "hidden")

_CONDITIONS: Final = {
    "": "NOT p.is_hidden AND (p.name <> '' OR p.face_count >= %(shown_from)s)",
    "named": "NOT p.is_hidden AND p.name <> ''",
    "unnamed": "NOT p.is_hidden AND p.name = '' AND p.face_count > 0",
    "hidden": "p.is_hidden AND p.consent <> 'withdrawn'",
}

# The one that people chose while it is theirs, else a large and sharp one.
COVER: Final = f"""
LEFT JOIN LATERAL (
  SELECT f.id, f.crop_sha256, f.crop_key <> '' AS has_crop FROM (
    (SELECT * FROM faces_face o
      WHERE o.org_id = %(org)s AND o.id = p.cover_face_id AND o.person_id = p.id)
    UNION ALL
    (SELECT * FROM faces_face o
      WHERE o.org_id = %(org)s AND o.person_id = p.id ORDER BY o.id LIMIT {_LOOKED_AT})) f
   ORDER BY f.id = p.cover_face_id DESC NULLS LAST, f.crop_key <> '' DESC, f.is_seed DESC,
            f.size_px DESC, f.id
   LIMIT 1) c ON true
"""  # noqa: S608  # of constants

_PEOPLE: Final = """
SELECT p.id, p.name, p.face_count, p.confirmed_count, p.is_hidden, p.consent, c.id,
       coalesce(c.crop_sha256, ''), coalesce(c.has_crop, false), p.folded_name
  FROM (SELECT * FROM faces_person p
         WHERE p.org_id = %(org)s AND p.merged_into_id IS NULL AND {condition}
           AND (%(q)s = '' OR strpos(p.folded_name, %(q)s) > 0)
           AND {behind}
         ORDER BY p.name = '', p.folded_name, -p.face_count, p.id LIMIT %(size)s) p
  {cover}
 ORDER BY p.name = '', p.folded_name, -p.face_count, p.id
"""

_FIGURES: Final = """
SELECT count(*) FILTER (WHERE NOT is_hidden AND name <> ''),
       count(*) FILTER (WHERE NOT is_hidden AND name = '' AND face_count > 0),
       count(*) FILTER (WHERE NOT is_hidden AND name = '' AND face_count >= %(shown_from)s),
       count(*) FILTER (WHERE is_hidden AND consent <> 'withdrawn')
  FROM faces_person WHERE org_id = %(org)s AND merged_into_id IS NULL
"""


@dataclasses.dataclass(frozen=True, slots=True)
class FaceThumb:
    """A face as it stands in a list; ``version`` changes with its picture, empty for none."""

    id: uuid.UUID | None
    version: str


@dataclasses.dataclass(frozen=True, slots=True)
class PersonCard:
    """Somebody in the list of people."""

    id: uuid.UUID
    name: str
    face_count: int
    confirmed_count: int
    is_hidden: bool
    consent: str
    cover: FaceThumb

    @property
    def label(self) -> str:
        """Return what the person is called, or that nobody has said it."""
        return self.name or "Somebody"


@dataclasses.dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some people, those with names first; ``next_cursor`` is empty at the end."""

    items: list[PersonCard]
    next_cursor: str


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """How many people there are of each sort."""

    named: int
    unnamed: int
    unnamed_shown: int
    hidden: int

    @property
    def shown(self) -> int:
        """Return how many are listed where nothing is filtered."""
        return self.named + self.unnamed_shown

    @property
    def is_none(self) -> bool:
        """Return whether there is nobody at all."""
        return not (self.named or self.unnamed or self.hidden)


def people_page(*, show: str = "", q: str = "", cursor: str = "") -> PeoplePage:
    """Return a page of the people of the organization in scope, in one statement."""
    place = unseal(cursor, of=_LIST) if cursor else None
    params: dict[str, Any] = {
        "org": current_org_id(),
        "q": fold_tag(q.replace("\0", "")),
        "shown_from": SHOWN_FROM,
        "size": PAGE_SIZE + 1,
    }
    behind = "true"
    if place is not None:
        behind = (
            "(p.name = '', p.folded_name, -p.face_count, p.id)"
            " > (%(at_unnamed)s, %(at_name)s, %(at_count)s, %(at_id)s::uuid)"
        )
        params |= dict(zip(("at_unnamed", "at_name", "at_count", "at_id"), place, strict=True))
    condition = _CONDITIONS.get(show, _CONDITIONS[""])
    rows = fetch_rows(_PEOPLE.format(condition=condition, behind=behind, cover=COVER), params)
    following = ""
    if len(rows) > PAGE_SIZE:
        last = rows[PAGE_SIZE - 1]
        following = seal([not last[1], last[9], -last[2], str(last[0])], of=_LIST)
    return PeoplePage([card_of(row) for row in rows[:PAGE_SIZE]], following)


def figures() -> Figures:
    """Return how many people there are of each sort, in one statement."""
    params = {"org": current_org_id(), "shown_from": SHOWN_FROM}
    return Figures(*fetch_row(_FIGURES, params))


def card_of(row: Any) -> PersonCard:
    """Return the card of a row: six columns of the person, and three of their cover."""
    person_id, name, face_count, confirmed_count, is_hidden, consent = row[:6]
    return PersonCard(
        person_id,
        name,
        face_count,
        confirmed_count,
        is_hidden,
        consent,
        thumb(row[6], row[7], has_crop=row[8]),
    )


def thumb(face_id: uuid.UUID | None, sha256: str, *, has_crop: bool) -> FaceThumb:
    """Return a face for a list; one whose picture is not there has no version."""
    return FaceThumb(face_id, (sha256[:12] or "0") if face_id and has_crop else "")


_KNOWN_NAMES: Final = """
SELECT DISTINCT name, folded_name FROM faces_person
 WHERE org_id = %(org)s AND merged_into_id IS NULL AND name <> '' AND consent <> ALL(%(refused)s)
 ORDER BY folded_name, name LIMIT %(size)s
"""
MOST_NAMES: Final = 500


def known_names() -> list[str]:
    """Return the names to choose from where somebody is named."""
    params = {"org": current_org_id(), "size": MOST_NAMES, "refused": ["refused", "withdrawn"]}
    return [row[0] for row in fetch_rows(_KNOWN_NAMES, params)]
