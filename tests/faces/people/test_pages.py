"""The pages of people: what they show, what they cost, and one question after the other."""

import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from faces import people
from faces.models import Face, FaceEvent, FaceVeto, MergeSuggestion, Person, PersonDistinct
from faces.models.face import FaceState
from faces.people.log import in_order
from tenants.models import Organization
from tenants.permissions import Role
from tests.conftest import ClientFor, MemberClient
from tests.faces.people.making import alike, looks, make_faces, make_person, switch_on

pytestmark = pytest.mark.usefixtures("in_scope")
HTMX = {"HX-Request": "true"}


def url(name: str, **kwargs: Any) -> str:
    return reverse(f"faces:{name}", kwargs={"org_slug": "acme", **kwargs})


def text_of(client: MemberClient, name: str, query: str = "", **kwargs: Any) -> str:
    response = client.get(url(name, **kwargs) + query)
    assert response.status_code == 200
    return response.content.decode()


def suggest(org: Organization, person: Person, count: int = 1) -> list[Face]:
    return make_faces(
        org,
        alike(looks(1)[0], count, seed=9),
        state=FaceState.SUGGESTED,
        suggested_person=person,
        distance=0.55,
    )


class TestList:
    def test_explains_where_faces_are_off(self, member_client: MemberClient) -> None:
        page = text_of(member_client, "people")

        assert "Faces are off" in page
        assert "Nobody here yet" not in page

    def test_shows_the_named_first_and_hides_what_is_hidden(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        switch_on(org)
        make_person(org, "Bert", vectors=alike(looks(1)[0], 1))
        make_person(org, "Anna")
        hidden = make_person(org, "Carl")
        Person.objects.filter(pk=hidden.pk).update(is_hidden=True)
        for count in (2, 3):
            Person.objects.create(org=org, face_count=count)

        page = text_of(member_client, "people")

        assert page.index("Anna") < page.index("Bert") < page.index("Who is this?")
        assert "Carl" not in page
        assert page.count("Who is this?") == 1
        assert "Carl" in text_of(member_client, "people", "?show=hidden")
        assert text_of(member_client, "people", "?show=unnamed").count("Who is this?") == 2
        assert "Anna" not in text_of(member_client, "people", "?q=BER")

    @pytest.mark.parametrize("name", ["people", "review", "person"])
    def test_costs_the_same_for_any_number(
        self, org: Organization, member_client: MemberClient, name: str
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 1))
        suggest(org, anna)
        where: dict[str, Any] = {"person_id": anna.pk} if name == "person" else {}

        def statements() -> int:
            with CaptureQueriesContext(connection) as captured:
                text_of(member_client, name, **where)
            return len(captured)

        statements()
        few = statements()
        make_faces(org, alike(looks(1)[0], 4, seed=3), state=FaceState.CONFIRMED, person=anna)
        make_person(org, "Bert", vectors=alike(looks(2)[1], 2))
        suggest(org, anna, 2)

        assert statements() == few

    def test_of_people_goes_on_behind_a_page(
        self, org: Organization, member_client: MemberClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("faces.people.reads.PAGE_SIZE", 2)
        for name in ("Anna", "Bert", "Carl"):
            make_person(org, name)
        Person.objects.create(org=org, face_count=5)
        first = text_of(member_client, "people")
        address = (
            first.split("data-more")[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        )

        second = member_client.get(address, headers=HTMX).content.decode()

        assert "Carl" not in first
        assert second.index("Carl") < second.index("Who is this?")


class TestPerson:
    def test_shows_what_looks_least_alike_last(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 5))
        [odd] = make_faces(org, looks(2)[1:], state=FaceState.AUTO, person=anna)

        page = text_of(member_client, "person", person_id=anna.pk)

        keys = [part[:36] for part in page.split('id="face-')[1:]]
        assert (len(keys), keys[-1]) == (6, str(odd.pk))

    def test_of_who_was_merged_leads_to_who_it_is(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        anna, ann = make_person(org, "Anna"), make_person(org, "Ann")
        people.merge_people(anna, [ann], member_client.user)

        response = member_client.get(url("person", person_id=ann.pk))

        assert response["Location"] == url("person", person_id=anna.pk)

    @pytest.mark.parametrize(
        ("name", "state"),
        [
            ("faces_move", "confirmed"),
            ("faces_split", "confirmed"),
            ("faces_reject", "unassigned"),
            ("faces_none", "not_a_face"),
            ("faces_confirm", "confirmed"),
            ("person_cover", "auto"),
        ],
    )
    def test_lets_faces_be_decided_about_and_undone(
        self, org: Organization, member_client: MemberClient, name: str, state: str
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 2))
        [face] = make_faces(org, alike(looks(1)[0], 1), state=FaceState.AUTO, person=anna)

        member_client.post(
            url(name, person_id=anna.pk), {"ids": [str(face.pk)], "name": "Somebody"}
        )

        face.refresh_from_db()
        assert face.state == state
        event = FaceEvent.objects.get()
        member_client.post(url("decision_undo", event_id=event.pk))
        face.refresh_from_db()
        assert (face.state, face.person_id) == ("auto", anna.pk)

    def test_forgets_who_does_not_want_it(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 2))
        other = make_person(org, "Ann")
        first, second = in_order(anna.pk, other.pk)
        MergeSuggestion.objects.create(org=org, first_id=first, second_id=second, distance=0.5)

        member_client.post(url("person_forget", person_id=anna.pk))

        assert member_client.get(url("person", person_id=anna.pk)).status_code == 404
        assert not MergeSuggestion.objects.exists()
        assert "Anna" not in text_of(member_client, "people", "?show=hidden")


class TestFacesOfNobody:
    def test_are_listed_and_get_a_name(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        make_person(org, "Anna", vectors=alike(looks(1)[0], 1))
        one, other = make_faces(org, looks(3)[1:], state=FaceState.UNASSIGNED)

        assert url("strays") in text_of(member_client, "people")
        page = text_of(member_client, "strays")
        assert {part[:36] for part in page.split('id="face-')[1:]} == {str(other.pk), str(one.pk)}
        member_client.post(url("strays_name"), {"ids": [str(one.pk)], "name": "Bert"})
        member_client.post(url("strays_none"), {"ids": [str(other.pk)]})

        assert Person.objects.get(name="Bert").faces.get() == one
        assert "No face is left" in text_of(member_client, "strays")
        # What was decided meanwhile is not decided again.
        member_client.post(url("strays_name"), {"ids": [str(one.pk)], "name": "Carl"})
        assert not Person.objects.filter(name="Carl").exists()

    def test_can_be_named_on_their_picture(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        [face] = make_faces(org, looks(1), state=FaceState.UNASSIGNED)
        media = face.blob.uses.get()

        page = text_of(member_client, "on_picture", media_id=media.pk)

        assert f'name="ids" value="{face.pk}"' in page
        assert url("strays_name") in page


class TestReview:
    def answer(self, client: MemberClient, **said: Any) -> str:
        response = client.post(url("review_decide"), said, headers=HTMX)
        assert response.status_code == 200
        # What was done is said to those who do not see it.
        assert "magpie:announce" in response["HX-Trigger"]
        return response.content.decode()

    @pytest.mark.parametrize(
        ("decision", "state"),
        [
            ("yes", "confirmed"),
            ("no", "unassigned"),
            ("none", "not_a_face"),
            ("new", "confirmed"),
            ("skip", "suggested"),
        ],
    )
    def test_takes_an_answer_and_asks_the_next(
        self, org: Organization, member_client: MemberClient, decision: str, state: str
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 3))
        face, other = suggest(org, anna, 2)
        assert "Is this Anna?" in text_of(member_client, "review")

        said = {"of": "faces", "face": face.pk, "person": anna.pk, "decision": decision}
        page = self.answer(member_client, **said, name="Dora" if decision == "new" else "")

        face.refresh_from_db()
        assert face.state == state
        assert f'value="{other.pk}"' in page
        assert "<strong>1</strong> left" in page
        # Undone in place, it is asked again.
        event = FaceEvent.objects.get()
        again = member_client.post(
            url("decision_undo", event_id=event.pk), {"of": "faces"}, headers=HTMX
        ).content.decode()
        assert "<strong>2</strong> left" in again

    def test_goes_back_answer_by_answer_and_offers_new_names(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 3))
        first, second = suggest(org, anna, 2)
        trail = page = ""
        for face, decision in ((first, "new"), (second, "yes")):
            said = {"of": "faces", "face": face.pk, "person": anna.pk, "decision": decision}
            page = self.answer(member_client, **said, name="Dora", trail=trail)
            assert '<option value="Dora">' in page
            newest_first = FaceEvent.objects.order_by("-at", "-pk").values_list("pk", flat=True)
            trail = ",".join(f"{key}.faces" for key in newest_first)

        for left in (1, 2):
            address = page.split('class="review__said"')[1].split('action="')[1].split('"')[0]
            trail = page.split('name="trail" value="')[1].split('"')[0]
            response = member_client.post(address, {"of": "faces", "trail": trail}, headers=HTMX)
            page = response.content.decode()
            assert f"<strong>{left}</strong> left" in page

        assert FaceEvent.objects.filter(undone_at=None, op="undo").count() == 2
        assert "review__said" in page
        assert "Undo the answer before" not in page

    def test_asks_about_pairs(self, org: Organization, member_client: MemberClient) -> None:
        anna, ann, bert = (
            make_person(org, name, vectors=alike(looks(3)[at], 2))
            for at, name in enumerate(("Anna", "Ann", "Bert"))
        )
        for one, other in ((anna, ann), (anna, bert)):
            first, second = in_order(one.pk, other.pk)
            MergeSuggestion.objects.create(org=org, first_id=first, second_id=second, distance=0.5)
        assert "Are these one person?" in text_of(member_client, "review")

        self.answer(member_client, of="pairs", person=anna.pk, other=ann.pk, decision="yes")
        page = self.answer(member_client, of="pairs", person=anna.pk, other=bert.pk, decision="no")

        assert "Nothing left to review" in page
        assert "chip__label" not in page
        ann.refresh_from_db()
        assert ann.merged_into_id == anna.pk
        assert PersonDistinct.objects.count() == 1

    def test_names_all_faces_of_a_heap_at_once(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        switch_on(org)
        heap = Person.objects.create(org=org, face_count=3)
        make_faces(org, alike(looks(1)[0], 3), state=FaceState.AUTO, person=heap)
        assert "Who is this?" in text_of(member_client, "review")

        self.answer(member_client, of="people", person=heap.pk, decision="new", name="Anna")

        heap.refresh_from_db()
        assert (heap.name, heap.confirmed_count) == ("Anna", 3)

    def test_passes_over_what_was_decided_meanwhile(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 3))
        [face] = suggest(org, anna)
        people.reject_faces([face.pk], anna, member_client.user)

        said = {"of": "faces", "face": face.pk, "person": anna.pk, "decision": "yes"}
        page = self.answer(member_client, **said)

        assert "Somebody decided that meanwhile." in page
        assert FaceVeto.objects.count() == 1

    def test_lets_nobody_undo_what_others_decided(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        anna = make_person(org, "Anna")
        event = people.rename_person(anna, "Hanna", member_client.user)
        address = url("decision_undo", event_id=event.pk)

        assert client_for(Role.EDITOR).post(address).status_code == 403
        assert client_for(Role.ADMIN).post(address).status_code == 302
        assert "Undid: Renamed “Anna”" in text_of(member_client, "decisions")


class TestCrops:
    def test_are_for_members_and_for_no_robot(
        self, org: Organization, member_client: MemberClient, client_for: ClientFor
    ) -> None:
        [face] = make_faces(org, looks(1))
        key = default_storage.save(f"faces/{uuid.uuid4()}.webp", ContentFile(b"a face"))
        Face.objects.filter(pk=face.pk).update(
            crop_key=key, crop_sha256="a" * 64, crop_size_bytes=6
        )

        response: Any = member_client.get(url("crop", face_id=face.pk))

        assert b"".join(response.streaming_content) == b"a face"
        assert response["Cache-Control"].startswith("private")
        assert "noindex" in response["X-Robots-Tag"]
        response.close()

    def test_of_who_withdrew_are_given_to_nobody(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        [face] = make_faces(org, looks(1), crop_key="faces/x.webp")
        Face.objects.filter(pk=face.pk).update(state=FaceState.NOT_A_FACE)

        assert member_client.get(url("crop", face_id=uuid.uuid4())).status_code == 404


def test_faces_stand_over_their_picture(org: Organization, member_client: MemberClient) -> None:
    anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 1))
    [maybe] = suggest(org, anna)
    media = maybe.blob.uses.get()

    page = text_of(member_client, "on_picture", media_id=media.pk)

    assert "Possibly Anna" in page
    assert 'x="160.0"' in page
