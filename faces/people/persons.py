"""What people say of people: names, who is one with whom, who is shown."""

import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

from faces.models import Face, FaceEvent, FaceVeto, Person, PersonDistinct
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from faces.people.decisions import (
    Keys,
    check_wants_it,
    find_by_name,
    take_from_others,
)
from faces.people.errors import SamePersonError
from faces.people.log import Decision, Op, names_of
from tenants.models import User


@transaction.atomic
def create_person(name: str, by: User | None) -> tuple[Person, FaceEvent]:
    """Add somebody before any face of theirs is known."""
    decision = Decision(Op.CREATE, by)
    person = decision.make_person(name)
    decision.is_about(person.pk)
    return person, decision.finish()


@transaction.atomic
def rename_person(person: Person, name: str, by: User | None) -> FaceEvent:
    """Call ``person`` so. Who names faces that were nobody's says that they are theirs.

    Raises:
        PersonRefusedError: they do not want to be recognised.
    """
    check_wants_it(person)
    decision = Decision(Op.RENAME if person.name else Op.NAME, by)
    decision.is_about(person.pk)
    names = names_of(name)
    if names["name"] and not person.name:
        vouch_for(decision, person)
    decision.change_person(person, **names)
    return decision.finish()


@transaction.atomic
def name_person(person: Person, name: str, by: User | None) -> tuple[Person, FaceEvent]:
    """Say who an unnamed person is: somebody who is called so already, or a name for them.

    Raises:
        PersonRefusedError: they do not want to be recognised.
    """
    known = find_by_name(name)
    if known is not None and known.pk != person.pk:
        return known, merge_people(known, [person], by)
    return person, rename_person(person, name, by)


@transaction.atomic
def merge_people(into: Person, others: Sequence[Person], by: User | None) -> FaceEvent:
    """Say that all are one person; ``into`` has all faces, and a name where one of them has.

    Raises:
        PersonRefusedError: one of them does not want to be recognised.
        SamePersonError: there is nobody to merge with.
    """
    decision = Decision(Op.MERGE, by)
    merged = [other for other in others if other.pk != into.pk]
    if not merged:
        raise SamePersonError
    for person in (into, *merged):
        check_wants_it(person)
    decision.is_about(into.pk, *(other.pk for other in merged))
    vouch_for(decision, into)
    for other in merged:
        vouch_for(decision, other)
        _move_all(decision, other, into)
        if other.name and not into.name:
            decision.change_person(into, name=other.name, folded_name=other.folded_name)
        earlier = Person.objects.filter(merged_into=other)
        for person in [other, *earlier]:
            decision.change_person(person, merged_into_id=into.pk)
    return decision.finish()


@transaction.atomic
def split_person(
    person: Person, face_ids: Keys, by: User | None, *, name: str = ""
) -> tuple[Person, FaceEvent]:
    """Make a new person of some faces of ``person``: they are not one."""
    decision = Decision(Op.SPLIT, by)
    chosen = Face.objects.filter(person=person, pk__in=set(face_ids)).values_list("pk", flat=True)
    made = decision.make_person(name)
    decision.is_about(person.pk, made.pk)
    take_from_others(decision, list(chosen), made)
    decision.tell_apart([(person.pk, made.pk)])
    return made, decision.finish()


@transaction.atomic
def keep_apart(one: Person, other: Person, by: User | None) -> FaceEvent:
    """Say that two people are two: no machine proposes to merge them."""
    if one.pk == other.pk:
        raise SamePersonError
    decision = Decision(Op.APART, by)
    decision.is_about(one.pk, other.pk)
    decision.tell_apart([(one.pk, other.pk)])
    return decision.finish()


@transaction.atomic
def set_hidden(person: Person, by: User | None, *, is_hidden: bool) -> FaceEvent:
    """Leave ``person`` out of lists and questions, or take them in again."""
    decision = Decision(Op.HIDE if is_hidden else Op.SHOW, by)
    decision.is_about(person.pk)
    decision.change_person(person, is_hidden=is_hidden)
    return decision.finish()


@transaction.atomic
def choose_cover(person: Person, face: Face, by: User | None) -> FaceEvent:
    """Show ``person`` by this face of theirs; one of somebody else's changes nothing."""
    decision = Decision(Op.COVER, by)
    decision.is_about(person.pk)
    if face.person_id == person.pk:
        decision.change_person(person, cover_face_id=face.pk)
    return decision.finish()


@transaction.atomic
def record_consent(person: Person, by: User | None, *, is_given: bool) -> FaceEvent:
    """Note that ``person`` agreed, or that nobody has asked.

    Refusing is to withdraw (``faces.withdrawing``): what is known of them is deleted.

    Raises:
        PersonRefusedError: they have refused or withdrawn; who agrees anew is a new person.
    """
    check_wants_it(person)
    decision = Decision(Op.CONSENT, by)
    decision.is_about(person.pk)
    consent = PersonConsent.GIVEN if is_given else PersonConsent.UNKNOWN
    if person.consent != consent:
        decision.change_person(
            person, consent=consent, consent_at=decision.at if is_given else None
        )
    return decision.finish()


def vouch_for(decision: Decision, person: Person) -> None:
    """Confirm the faces of a person of whom nobody has confirmed one.

    Somebody says something of just these faces; without that, the next grouping from the start
    would give them to anybody.
    """
    if person.confirmed_count:
        return
    theirs = decision.lock_faces(person.faces.values_list("pk", flat=True))
    decision.decide_faces(theirs, FaceState.CONFIRMED, person_id=person.pk)


def _move_all(decision: Decision, other: Person, into: Person) -> None:
    theirs = decision.lock_faces(other.faces.values_list("pk", flat=True))
    decision.change_faces(theirs, person_id=into.pk)
    proposed = list(Face.objects.filter(suggested_person=other).select_for_update().order_by("pk"))
    decision.change_faces(proposed, suggested_person_id=into.pk)
    # Who is not the one is not the other; what both are, or have, is settled by the merge.
    decision.lift_vetoes(into.faces.values_list("pk", flat=True), into.pk)
    vetoed = FaceVeto.objects.filter(person=other).exclude(face__person=into)
    decision.veto(vetoed.values_list("face_id", flat=True), into.pk)
    decision.forget_apart([(into.pk, other.pk)])
    decision.tell_apart((into.pk, who) for who in _told_apart(other) if who != into.pk)


def _told_apart(person: Person) -> Iterable[uuid.UUID]:
    rows = PersonDistinct.objects.filter(Q(first=person) | Q(second=person))
    for first, second in rows.values_list("first_id", "second_id"):
        yield second if first == person.pk else first
