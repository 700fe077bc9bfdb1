"""What people decide, that it can be taken back, and that no machine goes against it."""

import uuid
from collections.abc import Callable

import pytest

from faces import people
from faces.models import Face, FaceEvent, FaceVeto, Person, PersonDistinct
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from faces.people.errors import NotUndoableError, PersonRefusedError, SamePersonError
from faces.people.telling import tell
from tenants.models import Organization, User
from tests.faces.people.making import (
    alike,
    group,
    looks,
    make_faces,
    make_person,
    picture_of,
    states,
)

pytestmark = pytest.mark.usefixtures("in_scope")

Decide = Callable[["Scene"], FaceEvent]


class Scene:
    """Anna with three faces and one that may be hers, Bert with two, and somebody unnamed."""

    def __init__(self, org: Organization, by: User) -> None:
        anna, bert, carl = looks(3)
        self.org, self.by = org, by
        self.anna = make_person(org, "Anna", vectors=alike(anna, 3))
        self.bert = make_person(org, "Bert", vectors=alike(bert, 2))
        [self.maybe] = make_faces(
            org,
            alike(anna, 1, seed=9),
            state=FaceState.SUGGESTED,
            suggested_person=self.anna,
            distance=0.55,
        )
        self.unknown = Person.objects.create(org=org, face_count=2)
        self.heap = make_faces(
            org, alike(carl, 2), state=FaceState.AUTO, person=self.unknown, distance=0.3
        )

    def keys(self, person: Person) -> list[uuid.UUID]:
        return list(person.faces.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def scene(org: Organization, owner_user: User) -> Scene:
    return Scene(org, owner_user)


DECISIONS: dict[str, Decide] = {
    "confirm": lambda s: people.confirm_faces([s.maybe.pk], s.anna, s.by),
    "reject": lambda s: people.reject_faces([s.maybe.pk], s.anna, s.by),
    "reject one of theirs": lambda s: people.reject_faces(s.keys(s.anna)[:1], s.anna, s.by),
    "not a face": lambda s: people.mark_not_faces([s.maybe.pk, *s.keys(s.bert)], s.by),
    "a new person": lambda s: people.name_faces([s.maybe.pk], "Dora", s.by)[1],
    "somebody known by name": lambda s: people.name_faces([s.maybe.pk], " bert ", s.by)[1],
    "move": lambda s: people.assign_faces(s.keys(s.anna)[:2], s.bert, s.by),
    "merge": lambda s: people.merge_people(s.anna, [s.bert, s.unknown], s.by),
    "split": lambda s: people.split_person(s.anna, s.keys(s.anna)[1:], s.by)[1],
    "name a heap": lambda s: people.name_person(s.unknown, "Carl", s.by)[1],
    "name a heap as known": lambda s: people.name_person(s.unknown, "Anna", s.by)[1],
    "rename": lambda s: people.rename_person(s.anna, "Hanna", s.by),
    "hide": lambda s: people.set_hidden(s.anna, s.by, is_hidden=True),
    "cover": lambda s: people.choose_cover(s.anna, s.anna.faces.order_by("pk")[1], s.by),
    "apart": lambda s: people.keep_apart(s.anna, s.bert, s.by),
    "create": lambda s: people.create_person("Emil", s.by)[1],
    "consent": lambda s: people.record_consent(s.anna, s.by, is_given=True),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_each_decision_can_be_undone_and_done_again(scene: Scene, decide: Decide) -> None:
    before = picture_of()
    event = decide(scene)
    after = picture_of()

    undone = people.undo(event, scene.by)

    assert after != before
    assert picture_of() == before
    # Who comes back, does so as the same person.
    people.undo(undone, scene.by)
    assert picture_of() == after
    event.refresh_from_db()
    assert (event.undone_by, undone.undoes_id) == (scene.by, event.pk)
    with pytest.raises(NotUndoableError):
        people.undo(event, scene.by)


class TestUndo:
    def test_leaves_what_somebody_changed_since(self, scene: Scene) -> None:
        first = people.assign_faces(scene.keys(scene.anna)[:2], scene.bert, scene.by)
        later = people.mark_not_faces(first.payload["faces"][0]["ids"][:1], scene.by)

        undone = people.undo(first, scene.by)

        assert (undone.payload["count"], undone.payload["kept"]) == (1, 1)
        assert states([Face.objects.get(pk=later.payload["faces"][0]["ids"][0])]) == ["not_a_face"]

    def test_brings_back_what_a_machine_went_on_with(self, scene: Scene) -> None:
        hers = scene.keys(scene.anna)
        event = people.reject_faces(hers, scene.anna, scene.by)
        group()
        # They found somebody whom nobody knows.
        assert set(Face.objects.filter(vetoes__person=scene.anna).values_list("state")) == {
            ("auto",)
        }

        undone = people.undo(event, scene.by)

        assert (undone.payload["count"], undone.payload["kept"]) == (3, 0)
        assert (scene.keys(scene.anna), FaceVeto.objects.count()) == (hers, 0)
        assert states(list(Face.objects.filter(pk__in=hers))) == ["confirmed"] * 3

    def test_keeps_what_was_said_of_faces_that_it_left(self, scene: Scene) -> None:
        first, second = scene.keys(scene.anna)[:2]
        event = people.reject_faces([first, second], scene.anna, scene.by)
        people.assign_faces([first], scene.bert, scene.by)

        people.undo(event, scene.by)

        assert [veto.face_id for veto in FaceVeto.objects.all()] == [first]
        assert second in scene.keys(scene.anna)
        again = people.reject_faces([second], scene.anna, scene.by)
        people.assign_faces([second], scene.bert, scene.by)
        with pytest.raises(NotUndoableError, match="changed again"):
            people.undo(again, scene.by)

    def test_finds_no_way_back_to_somebody_who_withdrew(self, scene: Scene) -> None:
        event = people.confirm_faces([scene.maybe.pk], scene.anna, scene.by)
        FaceEvent.objects.filter(pk=event.pk).update(payload={})

        with pytest.raises(NotUndoableError, match="withdrawn"):
            people.undo(event, scene.by)

    def test_of_a_question_that_was_left_asks_it_again(self, scene: Scene) -> None:
        event = people.skip(scene.by, face=scene.maybe.pk)

        people.undo(event, scene.by)

        event.refresh_from_db()
        assert event.undone_at is not None


class TestDecisions:
    def test_keep_the_numbers_of_faces(self, scene: Scene) -> None:
        people.confirm_faces([scene.maybe.pk], scene.anna, scene.by)
        people.merge_people(scene.anna, [scene.bert, scene.unknown], scene.by)

        found = dict(Person.objects.values_list("pk", "face_count"))
        assert found == {scene.anna.pk: 8, scene.bert.pk: 0, scene.unknown.pk: 0}
        # What the machine had heaped up is people's word by now.
        assert states(scene.heap) == ["confirmed", "confirmed"]

    def test_carry_over_to_whom_somebody_is_one_with(self, scene: Scene) -> None:
        carl = make_person(scene.org, "Carl")
        people.reject_faces([scene.maybe.pk], scene.bert, scene.by)
        people.keep_apart(scene.bert, carl, scene.by)

        people.merge_people(scene.anna, [scene.bert], scene.by)

        assert FaceVeto.objects.filter(face=scene.maybe, person=scene.anna).exists()
        pairs = PersonDistinct.objects.values_list("first_id", "second_id")
        assert tuple(sorted([scene.anna.pk, carl.pk])) in set(pairs)

    def test_of_a_split_keep_the_two_apart(self, scene: Scene) -> None:
        chosen = scene.keys(scene.anna)[1:]

        made, _ = people.split_person(scene.anna, chosen, scene.by, name="Hanna")

        assert (made.name, scene.keys(made)) == ("Hanna", chosen)
        assert FaceVeto.objects.filter(person=scene.anna, face_id__in=chosen).count() == 2

    def test_name_nobody_who_refused(self, scene: Scene) -> None:
        Person.objects.filter(pk=scene.bert.pk).update(consent=PersonConsent.REFUSED)
        scene.bert.refresh_from_db()

        with pytest.raises(PersonRefusedError):
            people.rename_person(scene.bert, "Bertram", scene.by)
        with pytest.raises(PersonRefusedError):
            people.confirm_faces([scene.maybe.pk], scene.bert, scene.by)
        with pytest.raises(PersonRefusedError):
            people.merge_people(scene.anna, [scene.bert], scene.by)
        assert people.name_faces([scene.maybe.pk], "Bert", scene.by)[0] != scene.bert

    def test_merge_nobody_with_themselves(self, scene: Scene) -> None:
        with pytest.raises(SamePersonError):
            people.merge_people(scene.anna, [scene.anna], scene.by)

    def test_of_somebody_else_say_who_it_is_not(self, scene: Scene) -> None:
        people.name_faces([scene.maybe.pk], "Dora", scene.by)

        assert FaceVeto.objects.get().person == scene.anna

    def test_are_told_with_their_faces_also_where_they_are_undone(self, scene: Scene) -> None:
        event = people.reject_faces(scene.keys(scene.anna), scene.bert, scene.by)
        undone = people.undo(event, scene.by)

        sentences = [each.sentence for each in tell([event, undone])]
        assert sentences == [
            "Said that 3 faces are not “Bert”",
            "Undid: Said that 3 faces are not “Bert”",
        ]

    def test_that_change_nothing_are_not_kept(self, scene: Scene) -> None:
        people.set_hidden(scene.anna, scene.by, is_hidden=False)
        people.confirm_faces(scene.keys(scene.anna), scene.anna, scene.by)

        assert FaceEvent.objects.count() == 0


def test_no_machine_changes_what_people_decided(scene: Scene) -> None:
    [other] = make_faces(scene.org, alike(looks(3)[0], 1, seed=5))
    people.confirm_faces([other.pk], scene.bert, scene.by)
    people.mark_not_faces([key for key in scene.keys(scene.bert) if key != other.pk][:1], scene.by)
    people.set_hidden(scene.unknown, scene.by, is_hidden=True)
    # Who has a face like Anna's by now might be asked about as well.
    for person in (scene.anna, scene.bert):
        people.reject_faces([scene.maybe.pk], person, scene.by)
    before = picture_of()

    for _ in range(3):
        group(anew=True)

    assert picture_of() == before
