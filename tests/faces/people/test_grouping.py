"""How the machine groups faces, what it remembers, and what it costs."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faces import people
from faces.models import Face, FaceSettings, FaceVeto, MergeSuggestion, Person
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from faces.people import grouping
from faces.people.pairs import propose_split
from faces.people.questions import questions_left
from tenants.models import Organization, User
from tenants.scope import org_scope
from tests.faces.people.making import (
    alike,
    at,
    group,
    looks,
    make_blob,
    make_faces,
    make_person,
    states,
)

pytestmark = pytest.mark.usefixtures("in_scope")


def person_of(face: Face) -> object:
    return Face.objects.get(pk=face.pk).person_id


class TestGrouping:
    def test_founds_people_and_lets_later_faces_join_them(self, org: Organization) -> None:
        anna, bert = looks(2)
        first = [*make_faces(org, alike(anna, 4)), *make_faces(org, alike(bert, 3, seed=2))]
        group()

        later = make_faces(org, alike(anna, 2, seed=3))
        group()

        assert states([*first, *later]) == ["auto"] * 9
        assert {person_of(face) for face in later} == {person_of(first[0])}
        counts = Person.objects.order_by("-face_count").values_list("face_count", "name")
        assert list(counts) == [(6, ""), (3, "")]

    def test_asks_about_what_is_not_sure(self, org: Organization) -> None:
        known = make_person(org, "Anna", vectors=np.array([at(0), at(0.01), at(0.02)]))
        sure, unsure, stranger = make_faces(org, [at(-0.4), at(0.57), at(2)])

        group()

        assert states([sure, unsure, stranger]) == ["auto", "suggested", "unassigned"]
        found = Face.objects.get(pk=unsure.pk)
        assert (found.suggested_person_id, found.person_id) == (known.pk, None)
        assert found.distance == pytest.approx(0.56, abs=0.02)

    def test_asks_about_all_where_nobody_wants_it_to_decide(self, org: Organization) -> None:
        make_person(org, "Anna", vectors=np.array([at(0), at(0.01)]))
        [sure] = make_faces(org, [at(0.2)])
        FaceSettings.objects.update(auto_assign=False)

        group()

        assert states([sure]) == ["suggested"]

    def test_takes_two_faces_of_one_photo_for_two_people(self, org: Organization) -> None:
        faces = make_faces(org, [at(0), at(0.01)], blob_id=make_blob(org))

        group()

        assert states(faces) == ["unassigned", "unassigned"]

    def test_compares_with_nobody_who_refused(self, org: Organization) -> None:
        known = make_person(org, "Anna", vectors=np.array([at(0), at(0.01)]))
        Person.objects.filter(pk=known.pk).update(consent=PersonConsent.REFUSED)
        [face] = make_faces(org, [at(0.1)])

        group()

        assert states([face]) == ["unassigned"]

    def test_knows_nobody_of_another_organization(
        self, org: Organization, other_org: Organization
    ) -> None:
        make_person(other_org, "Anna", vectors=np.array([at(0), at(0.01)]))
        make_faces(other_org, [at(0.02)])
        [face] = make_faces(org, [at(0)])

        group()

        assert (states([face]), Person.objects.count()) == (["unassigned"], 0)
        with org_scope(other_org.pk):
            assert Face.objects.filter(state=FaceState.NEW).count() == 1

    def test_does_nothing_where_faces_are_off(self, org: Organization) -> None:
        faces = make_faces(org, [at(0), at(0.1)])
        FaceSettings.objects.update(is_enabled=False)

        group()

        assert states(faces) == ["new", "new"]

    def test_takes_back_only_its_own_word(self, org: Organization, owner_user: User) -> None:
        anna, bert = looks(2)
        faces = make_faces(org, alike(anna, 4))
        others = make_faces(org, alike(bert, 3))
        group()
        named = Person.objects.get(pk=str(person_of(faces[0])))
        people.rename_person(named, "Anna", owner_user)
        before = {person_of(face) for face in others}

        group(anew=True)

        assert [person_of(face) for face in faces] == [named.pk] * 4
        # The others were nobody's: they found somebody anew, and the former one is forgotten.
        assert before.isdisjoint({person_of(face) for face in others})
        assert grouping.forget_empty() == 1

    @pytest.mark.parametrize("is_named", [True, False])
    def test_proposes_no_rejected_pair_again(
        self, org: Organization, owner_user: User, *, is_named: bool
    ) -> None:
        faces = make_faces(org, np.array([at(0), at(0.01), at(0.02), at(0.55)]))
        group()
        person = Person.objects.get()
        if is_named:
            people.rename_person(person, "Anna", owner_user)
        assert states(faces[3:]) == ["suggested"]
        people.reject_faces([faces[3].pk], person, owner_user)

        for _ in range(3):
            group(anew=True)

        assert states(faces) == [*(["confirmed" if is_named else "auto"] * 3), "unassigned"]
        assert FaceVeto.objects.count() == 1

    def test_costs_the_same_statements_for_many_faces(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        everybody = looks(4)

        def statements(each: int) -> int:
            for number, look in enumerate(everybody):
                make_faces(org, alike(look, each, seed=number))
            with CaptureQueriesContext(
                connection,
            ) as captured:
                group()
            return len(captured)

        few, many = statements(2), statements(5)

        assert few == many
        monkeypatch.setattr(grouping, "BATCH", 3)
        make_faces(org, looks(5, seed=5))
        group()
        assert not Face.objects.filter(state=FaceState.NEW).exists()


class TestPairs:
    def test_are_proposed_and_never_merged(self, org: Organization) -> None:
        one = make_person(org, "Anna", vectors=np.array([at(0), at(0.01)]))
        other = make_person(org, "Ann", vectors=np.array([at(0.56), at(0.57)]))
        make_person(org, "Far", vectors=np.array([at(5), at(5.1)]))

        group()

        found = MergeSuggestion.objects.get()
        assert {found.first_id, found.second_id} == {one.pk, other.pk}
        assert Person.objects.standing().count() == 3

    def test_are_not_of_two_on_one_photo_nor_of_two_told_apart(
        self, org: Organization, owner_user: User
    ) -> None:
        blob = make_blob(org)
        persons = [make_person(org, name) for name in ("A", "B", "C")]
        faces = make_faces(org, [at(0), at(0.3)], blob_id=blob)
        people.confirm_faces([faces[0].pk], persons[0], owner_user)
        people.confirm_faces([faces[1].pk], persons[1], owner_user)
        [third] = make_faces(org, [at(0.15)])
        people.confirm_faces([third.pk], persons[2], owner_user)
        people.keep_apart(persons[0], persons[2], owner_user)

        group()

        found = MergeSuggestion.objects.get()
        assert {found.first_id, found.second_id} == {persons[1].pk, persons[2].pk}

    def test_are_not_of_somebody_and_the_faces_that_are_not_theirs(
        self, org: Organization, owner_user: User
    ) -> None:
        vectors = np.array([at(place / 10) for place in range(6)])
        anna = make_person(org, "Anna", vectors=vectors)
        others = anna.faces.order_by("pk").values_list("pk", flat=True)[3:]
        people.reject_faces(list(others), anna, owner_user)

        for _ in range(3):
            group(anew=True)

        found = Person.objects.exclude(pk=anna.pk).get(face_count__gt=0)
        assert (found.face_count, MergeSuggestion.objects.count()) == (3, 0)

    def test_are_asked_about_no_longer_once_a_face_was_rejected(
        self, org: Organization, owner_user: User
    ) -> None:
        anna = make_person(org, "Anna", vectors=np.array([at(0), at(0.01)]))
        ann = make_person(org, "Ann", vectors=np.array([at(0.56), at(0.57)]))
        group()
        assert questions_left(owner_user).pairs == 1

        people.reject_faces([ann.faces.order_by("pk")[0].pk], anna, owner_user)

        assert questions_left(owner_user).pairs == 0

    def test_of_one_who_may_be_two_are_the_fewer_faces(self, org: Organization) -> None:
        vectors = np.array([at(0), at(0.01), at(0.02), at(2), at(2.01)])
        person = make_person(org, "Anna", vectors=vectors)

        found = propose_split(person)

        assert len(found) == 2
        assert propose_split(make_person(org, "Bert", vectors=vectors[:3])) == []
