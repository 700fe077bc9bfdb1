"""What people say of faces. A machine undoes none of it; whoever said it can."""

import uuid
from collections.abc import Iterable

from django.db import transaction

from faces.models import Face, FaceEvent, Person
from faces.models.face import FaceState
from faces.models.person import NOT_MATCHED
from faces.people.errors import PersonRefusedError
from faces.people.log import Decision, Op, names_of
from tenants.models import User

Keys = Iterable[uuid.UUID]


@transaction.atomic
def confirm_faces(face_ids: Keys, person: Person, by: User | None) -> FaceEvent:
    """Say that faces are ``person``, as was proposed or by one's own knowledge.

    Raises:
        PersonRefusedError: they do not want to be recognised.
    """
    decision = Decision(Op.CONFIRM, by)
    give_faces(decision, decision.lock_faces(face_ids), person)
    return decision.finish()


@transaction.atomic
def assign_faces(face_ids: Keys, person: Person, by: User | None) -> FaceEvent:
    """Move faces to ``person``: whoever else had them is not them.

    Raises:
        PersonRefusedError: they do not want to be recognised.
    """
    decision = Decision(Op.ASSIGN, by)
    take_from_others(decision, face_ids, person)
    return decision.finish()


@transaction.atomic
def reject_faces(face_ids: Keys, person: Person, by: User | None) -> FaceEvent:
    """Say that faces are not ``person``; whose they are stays open.

    No machine proposes it again.
    """
    decision = Decision(Op.REJECT, by)
    faces = decision.lock_faces(face_ids)
    decision.is_about(person.pk)
    decision.veto([face.pk for face in faces], person.pk)
    theirs = [face for face in faces if person.pk in (face.person_id, face.suggested_person_id)]
    # Open again rather than decided: it may be somebody else.
    decision.change_faces(
        theirs,
        state=FaceState.UNASSIGNED,
        person_id=None,
        suggested_person_id=None,
        distance=None,
        assigned_by_id=None,
        decided_at=None,
    )
    return decision.finish()


@transaction.atomic
def mark_not_faces(face_ids: Keys, by: User | None) -> FaceEvent:
    """Say that what was found are no faces."""
    decision = Decision(Op.NOT_A_FACE, by)
    faces = decision.lock_faces(face_ids)
    decision.is_about(*{face.person_id for face in faces})
    decision.decide_faces(faces, FaceState.NOT_A_FACE, distance=None)
    return decision.finish()


@transaction.atomic
def name_faces(face_ids: Keys, name: str, by: User | None) -> tuple[Person, FaceEvent]:
    """Say who faces are by name: somebody who is called so, or else a new person."""
    decision = Decision(Op.NEW_PERSON, by)
    person = find_by_name(name)
    if person is None:
        person = decision.make_person(name)
    else:
        decision.op = Op.ASSIGN
    take_from_others(decision, face_ids, person)
    return person, decision.finish()


@transaction.atomic
def skip(by: User | None, **what: uuid.UUID) -> FaceEvent:
    """Leave a question for later; ``what`` names it (``face``, ``person``, ``other``)."""
    decision = Decision(Op.SKIP, by)
    decision.note(**{name: str(key) for name, key in what.items()})
    decision.is_about(*(key for name, key in what.items() if name != "face"))
    return decision.finish()


def give_faces(decision: Decision, faces: list[Face], person: Person) -> None:
    """Let ``faces`` be ``person`` by somebody's word."""
    check_wants_it(person)
    decision.is_about(person.pk)
    decision.lift_vetoes([face.pk for face in faces], person.pk)
    moved = [face for face in faces if person.pk not in (face.person_id, face.suggested_person_id)]
    decision.change_faces(moved, distance=None)
    decision.decide_faces(faces, FaceState.CONFIRMED, person_id=person.pk)


def take_from_others(decision: Decision, face_ids: Keys, person: Person) -> None:
    """Let faces be ``person``, and remember that they are not whoever else had them.

    Nor whom they were proposed to be.
    """
    faces = decision.lock_faces(face_ids)
    former: dict[uuid.UUID, list[uuid.UUID]] = {}
    for face in faces:
        whose = face.person_id or face.suggested_person_id
        if whose is not None and whose != person.pk:
            former.setdefault(whose, []).append(face.pk)
    give_faces(decision, faces, person)
    for other, keys in sorted(former.items()):
        decision.is_about(other)
        decision.veto(keys, other)


def check_wants_it(person: Person) -> None:
    """Refuse to say anything of somebody who does not want to be recognised.

    Raises:
        PersonRefusedError: they do not.
    """
    if person.consent in NOT_MATCHED:
        raise PersonRefusedError


def find_by_name(name: str) -> Person | None:
    """Return somebody who is called so, in whatever spelling."""
    folded = names_of(name)["folded_name"]
    if not folded:
        return None
    return Person.objects.matched().filter(folded_name=folded).by_name().first()
