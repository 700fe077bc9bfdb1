"""Taking a decision back: exactly what it changed, where nobody changed it since.

A machine that went on with faces which a decision left open is nobody: they come back all the same.

What undoes is an event of its own, whose undoing does it again; nothing leaves the log.
"""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from faces.models import Face, FaceEvent, Person
from faces.models.face import ASSIGNED, FaceState
from faces.people.errors import NotUndoableError
from faces.people.log import Decision, Image, Op, image_of
from tenants.models import User

_MOMENTS = frozenset({"decided_at", "consent_at"})
# What somebody else may have changed since; when and by whom goes along.
_TELLING = ("state", "person_id", "suggested_person_id")
# What a decision left open a machine goes on with; that is no word of anybody.
_OPEN = frozenset({FaceState.NEW, FaceState.UNASSIGNED, FaceState.SUGGESTED, FaceState.AUTO})
_NOTHING_LEFT = "Nothing was undone: all of it was changed again since."


@transaction.atomic
def undo(event: FaceEvent, by: User | None) -> FaceEvent:
    """Take ``event`` back; return what was done, with ``kept`` in its payload for what was not.

    Raises:
        NotUndoableError: it was undone, nothing is left of it, or all was changed since.
    """
    inverse = Decision(Op.UNDO, by, undoes=event)
    event = FaceEvent.objects.select_for_update().get(pk=event.pk)
    if event.undone_at is not None:
        raise NotUndoableError("That was undone already.")
    if not event.payload:
        raise NotUndoableError("Somebody whom it was about has withdrawn; there is no way back.")
    if event.op != Op.SKIP:
        _take_back(inverse, event.payload)
        if inverse.is_empty:
            raise NotUndoableError(_NOTHING_LEFT)
    inverse.is_about(*(uuid.UUID(key) for key in event.payload["about"]))
    is_redo = event.op == Op.UNDO and not event.payload.get("is_redo")
    told = event.payload.get("told", event.op)
    count = event.payload.get("told_count", event.payload.get("count", 0))
    inverse.note(told=told, told_count=count, is_redo=is_redo)
    done = inverse.finish()
    if event.op == Op.SKIP:
        done.save(force_insert=True)
    FaceEvent.objects.filter(pk=event.pk).update(undone_at=timezone.now(), undone_by=by)
    return done


def _take_back(inverse: Decision, payload: dict[str, Any]) -> None:
    """Write what was before, people who come back first and people who go last."""
    people = payload["people"]
    for entry in (each for each in people if each["after"] is None):
        _bring_back(inverse, entry)
    # The last change of a person first.
    for entry in (each for each in reversed(people) if each["after"] and each["before"]):
        _restore_person(inverse, entry)
    kept: set[str] = set()
    for group in reversed(payload["faces"]):
        kept |= _restore_faces(inverse, group, kept)
    if kept and not (inverse.changed_faces or inverse.changed_people):
        raise NotUndoableError(_NOTHING_LEFT)
    _restore_links(inverse, payload, kept)
    for entry in (each for each in people if each["before"] is None):
        _let_go(inverse, entry)
    inverse.note(kept=len(kept))


def _bring_back(inverse: Decision, entry: dict[str, Any]) -> None:
    key = uuid.UUID(entry["id"])
    if not Person.objects.filter(pk=key).exists():
        values = _values(entry["before"])
        inverse.make_person(values.pop("name"), pk=key, **values)


def _restore_person(inverse: Decision, entry: dict[str, Any]) -> None:
    person = Person.objects.select_for_update().filter(pk=entry["id"]).first()
    after = entry["after"]
    if person is not None and image_of(person, after) == after:
        inverse.change_person(person, **_values(entry["before"]))


def _restore_faces(inverse: Decision, group: dict[str, Any], kept: set[str]) -> set[str]:
    """Return which faces were left as they are, where ``kept`` were already."""
    before, after = group["before"], group["after"]
    values, ids = _values(before), set(group["ids"]) - kept
    named = (values.get("person_id"), values.get("suggested_person_id"))
    wanted = {key for key in named if key is not None}
    # Nobody is given back to who is gone, was merged, or refused.
    if wanted and Person.objects.matched().filter(pk__in=wanted).count() < len(wanted):
        return ids
    told = {name: after[name] for name in _TELLING if name in after}
    faces = inverse.lock_faces(uuid.UUID(key) for key in ids)
    same = {face.pk: face for face in faces if image_of(face, told) == told}
    inverse.change_faces(list(same.values()), **values)
    moved = [face for face in faces if face.pk not in same and _is_open(face, after)]
    # What a machine said meanwhile goes, also where the decision did not change it.
    clean = {"person_id": None, "suggested_person_id": None, "distance": None, **values}
    moved = moved if moved and _has_person(clean) else []
    inverse.change_faces(moved, **clean)
    return ids - {str(key) for key in (*same, *(face.pk for face in moved))}


def _is_open(face: Face, after: Image) -> bool:
    """Return whether a decision left ``face`` to the machine, and nobody decided since."""
    return after.get("state") in _OPEN and face.state in _OPEN and face.decided_at is None


def _has_person(values: dict[str, Any]) -> bool:
    """Return whether a face with ``values`` has who its state says that it has."""
    if values["state"] == FaceState.SUGGESTED:
        return values["suggested_person_id"] is not None
    return (values["state"] in ASSIGNED) == (values["person_id"] is not None)


def _restore_links(inverse: Decision, payload: dict[str, Any], kept: set[str]) -> None:
    """Write what was said of faces and people, except of the faces that were left."""
    faces = {str(key) for key in _present(Face, payload.get("vetoes", {}), place=0)} - kept
    vetoes = payload.get("vetoes", {})
    for person, keys in _by_person(vetoes.get("added", [])).items():
        inverse.lift_vetoes([key for key in keys if str(key) not in kept], person)
    for person, keys in _by_person(vetoes.get("removed", [])).items():
        if Person.objects.filter(pk=person).exists():
            inverse.veto([key for key in keys if str(key) in faces], person)
    distinct = payload.get("distinct", {})
    inverse.forget_apart(_pairs(distinct.get("added", [])))
    people = {str(key) for key in _present(Person, distinct, place=0)}
    people |= {str(key) for key in _present(Person, distinct, place=1)}
    inverse.tell_apart(
        _pairs(pair for pair in distinct.get("removed", []) if people.issuperset(pair))
    )


def _let_go(inverse: Decision, entry: dict[str, Any]) -> None:
    person = Person.objects.filter(pk=entry["id"]).first()
    if person is None or person.faces.exists() or person.merged.exists():
        return
    inverse.unmake_person(person)


def _present(model: Any, links: dict[str, Any], *, place: int) -> list[uuid.UUID]:
    keys = [pair[place] for pair in links.get("removed", [])]
    return list(model.objects.filter(pk__in=keys).values_list("pk", flat=True)) if keys else []


def _by_person(pairs: list[list[str]]) -> dict[uuid.UUID, list[uuid.UUID]]:
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for face, person in pairs:
        found.setdefault(uuid.UUID(person), []).append(uuid.UUID(face))
    return found


def _pairs(pairs: Any) -> list[tuple[uuid.UUID, uuid.UUID]]:
    return [(uuid.UUID(first), uuid.UUID(second)) for first, second in pairs]


def _values(image: Image) -> dict[str, Any]:
    """Return an image as columns take it."""
    values = dict(image)
    for name, value in image.items():
        if value is not None and name.endswith("_id"):
            values[name] = uuid.UUID(value)
        elif value is not None and name in _MOMENTS:
            values[name] = parse_datetime(value)
    return values
