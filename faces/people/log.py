"""Decisions in the making: they change rows, and remember how these were.

The payload of an event holds images of the changed rows, only of the columns that changed, before
and after; rows with the same images stand together. ``about`` names the people concerned, so
that whoever withdraws can be taken out of it, and sentences can be made of their present names.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils import timezone

from faces.models import Face, FaceEvent, FaceVeto, Person, PersonDistinct
from faces.models.face import FaceState
from faces.people.counting import recount
from faces.people.locking import lock_people
from faces.people.signals import people_changed
from media.folding import fold_tag
from tenants.models import User
from tenants.naming import clean_name
from tenants.scope import current_org_id

MAX_NAME: Final = 120
Image = dict[str, Any]
Pairs = list[list[str]]

FACE_FIELDS: Final = (
    "state",
    "person_id",
    "suggested_person_id",
    "distance",
    "assigned_by_id",
    "decided_at",
)
PERSON_FIELDS: Final = (
    "name",
    "folded_name",
    "is_hidden",
    "cover_face_id",
    "merged_into_id",
    "consent",
    "consent_at",
)


class Op(enum.StrEnum):
    """What was decided. The words are stored, so they stay."""

    CONFIRM = "confirm"
    REJECT = "reject"
    NOT_A_FACE = "not_a_face"
    NEW_PERSON = "new_person"
    ASSIGN = "assign"
    SKIP = "skip"
    MERGE = "merge"
    SPLIT = "split"
    APART = "apart"
    NAME = "name"
    RENAME = "rename"
    HIDE = "hide"
    SHOW = "show"
    COVER = "cover"
    CREATE = "create"
    CONSENT = "consent"
    UNDO = "undo"


class Decision:
    """One decision of a person: one transaction, one event."""

    def __init__(self, op: Op, by: User | None, *, undoes: FaceEvent | None = None) -> None:
        lock_people()
        self.op, self.by, self.at = op, by, timezone.now()
        self._undoes = undoes
        self._about: dict[uuid.UUID, None] = {}
        self._counted: set[uuid.UUID] = set()
        self._vetoed: set[uuid.UUID] = set()
        self._faces: dict[str, dict[str, Any]] = {}
        self._people: list[dict[str, Any]] = []
        self._links: dict[str, dict[str, Pairs]] = {}
        self._extra: dict[str, Any] = {}
        self.changed_faces: set[uuid.UUID] = set()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was changed."""
        return not (self._faces or self._people or self._links)

    @property
    def changed_people(self) -> bool:
        """Return whether anybody was changed, made, or unmade."""
        return bool(self._people)

    def is_about(self, *people: uuid.UUID | None) -> None:
        """Note whom it concerns, the most important first."""
        self._about.update({person: None for person in people if person is not None})

    def note(self, **extra: Any) -> None:
        """Note what a sentence about it needs."""
        self._extra.update(extra)

    def lock_faces(self, ids: Iterable[uuid.UUID]) -> list[Face]:
        """Return those of the faces that may be decided about, locked, in one order."""
        open_faces = Face.objects.exclude(state=FaceState.SUPPRESSED)
        return list(open_faces.filter(pk__in=set(ids)).select_for_update().order_by("pk"))

    def change_faces(self, faces: Sequence[Face], **values: Any) -> None:
        """Set columns of ``faces``; what has these values already is not touched."""
        touched = [face for face in faces if image_of(face, values) != as_image(values)]
        for face in touched:
            before, after = changed_columns(image_of(face, values), as_image(values))
            self._add_face(face.pk, before, after)
            self._counted.update(key for key in (face.person_id, values.get("person_id")) if key)
            for name, value in values.items():
                setattr(face, name, value)
        keys = [face.pk for face in touched]
        if keys:
            Face.objects.filter(pk__in=keys).update(**values, updated_at=self.at)
            self.changed_faces.update(keys)

    def decide_faces(self, faces: Sequence[Face], state: FaceState, **values: Any) -> None:
        """Give ``faces`` a state as a person's word; what they were proposed to be is gone."""
        wanted = {"person_id": None, "suggested_person_id": None, **values, "state": state}
        decided = [face for face in faces if image_of(face, wanted) != as_image(wanted)]
        stamp = {"assigned_by_id": self.by.pk if self.by else None, "decided_at": self.at}
        self.change_faces(decided, **wanted, **stamp)

    def change_person(self, person: Person, **values: Any) -> None:
        """Set columns of ``person``, unless they have these values."""
        before, after = changed_columns(image_of(person, values), as_image(values))
        if not after:
            return
        self._people.append({"id": str(person.pk), "before": before, "after": after})
        Person.objects.filter(pk=person.pk).update(**values, updated_at=self.at)
        for name, value in values.items():
            setattr(person, name, value)

    def make_person(self, name: str, *, pk: uuid.UUID | None = None, **values: Any) -> Person:
        """Make a person, whose undoing is to delete them."""
        person = Person(org_id=current_org_id(), created_by=self.by, **{**names_of(name), **values})
        if pk is not None:
            person.pk = pk
        person.save(force_insert=True)
        after = {name: as_json(getattr(person, name)) for name in PERSON_FIELDS}
        self._people.append({"id": str(person.pk), "before": None, "after": after})
        return person

    def unmake_person(self, person: Person) -> None:
        """Delete a person who has no faces and was made by what is undone."""
        before = {name: as_json(getattr(person, name)) for name in PERSON_FIELDS}
        suggested = list(Face.objects.filter(suggested_person=person))
        self.change_faces(
            suggested, state=FaceState.UNASSIGNED, suggested_person_id=None, distance=None
        )
        self._people.append({"id": str(person.pk), "before": before, "after": None})
        person.delete()

    def veto(self, faces: Iterable[uuid.UUID], person: uuid.UUID) -> None:
        """Remember that ``faces`` are not this person."""
        wanted = set(faces)
        there = FaceVeto.objects.filter(face_id__in=wanted, person_id=person)
        missing = sorted(wanted - set(there.values_list("face_id", flat=True)))
        FaceVeto.objects.bulk_create(
            FaceVeto(org_id=current_org_id(), face_id=face, person_id=person, actor=self.by)
            for face in missing
        )
        self._vetoed.update(missing)
        self._add_links("vetoes", "added", [[str(face), str(person)] for face in missing])

    def lift_vetoes(self, faces: Iterable[uuid.UUID], person: uuid.UUID) -> None:
        """Forget that ``faces`` are not this person: somebody says that they are."""
        found = FaceVeto.objects.filter(face_id__in=set(faces), person_id=person)
        lifted = sorted(found.values_list("face_id", flat=True))
        found.delete()
        self._add_links("vetoes", "removed", [[str(face), str(person)] for face in lifted])

    def tell_apart(self, pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> None:
        """Remember that two people are two."""
        for first, second in sorted({in_order(*pair) for pair in pairs}):
            _, is_new = PersonDistinct.objects.get_or_create(
                org_id=current_org_id(),
                first_id=first,
                second_id=second,
                defaults={"actor": self.by},
            )
            if is_new:
                self._add_links("distinct", "added", [[str(first), str(second)]])

    def forget_apart(self, pairs: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> None:
        """Forget that two people are two."""
        for first, second in sorted({in_order(*pair) for pair in pairs}):
            gone, _ = PersonDistinct.objects.filter(first_id=first, second_id=second).delete()
            if gone:
                self._add_links("distinct", "removed", [[str(first), str(second)]])

    def finish(self) -> FaceEvent:
        """Count anew, store the event, and say that people changed; unless nothing did."""
        event = FaceEvent(
            org_id=current_org_id(),
            actor=self.by,
            op=self.op,
            undoes=self._undoes,
            at=self.at,
            payload={
                "about": [str(person) for person in self._about],
                "count": len(self.changed_faces),
                # Of faces that are only noted to be not somebody, nothing else changes.
                "told_count": len(self.changed_faces or self._vetoed),
                "faces": list(self._faces.values()),
                "people": self._people,
                **self._links,
                **self._extra,
            },
        )
        recount(self._counted)
        if self.op == Op.SKIP or not self.is_empty:
            event.save(force_insert=True)
        if not self.is_empty:
            people_changed.send(sender=FaceEvent, org_id=event.org_id)
        return event

    def _add_face(self, face: uuid.UUID, before: Image, after: Image) -> None:
        key = repr((sorted(before.items()), sorted(after.items())))
        group = self._faces.setdefault(key, {"ids": [], "before": before, "after": after})
        group["ids"].append(str(face))

    def _add_links(self, table: str, what: str, pairs: Pairs) -> None:
        if pairs:
            self._links.setdefault(table, {}).setdefault(what, []).extend(pairs)


def was_kept(event: FaceEvent) -> bool:
    """Return whether ``event`` changed something, and so is in the log."""
    return not event._state.adding  # noqa: SLF001  # Django's documented state of an instance


def in_order(one: uuid.UUID, other: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """Return two keys as a pair of people is kept."""
    return (one, other) if one < other else (other, one)


def names_of(name: str) -> dict[str, str]:
    """Return the columns of a name, as people will see it."""
    seen = clean_name(name)[:MAX_NAME].strip()
    return {"name": seen, "folded_name": fold_tag(seen)}


def image_of(row: Face | Person, names: Iterable[str]) -> Image:
    """Return some columns of a row, as JSON has them."""
    return {name: as_json(getattr(row, name)) for name in names}


def as_image(values: dict[str, Any]) -> Image:
    """Return values as JSON has them."""
    return {name: as_json(value) for name, value in values.items()}


def changed_columns(before: Image, after: Image) -> tuple[Image, Image]:
    """Return both images less what is the same in them."""
    names = [name for name, value in after.items() if before[name] != value]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


def as_json(value: Any) -> Any:
    """Return a column's value as JSON has it."""
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, dt.datetime) else value
