"""People in the API."""

import pytest
from django.test import Client

from faces.models import Face, FaceVeto, Person
from faces.models.face import FaceState
from tenants.models import Membership, Organization
from tests.faces.people.making import alike, looks, make_faces, make_person
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.usefixtures("in_scope")
V1 = "/api/v1"


@pytest.fixture
def headers(owner_membership: Membership) -> dict[str, str]:
    return bearer(token_of(owner_membership, scopes=["library:write"]))


def test_people_are_listed_named_hidden_and_merged(
    org: Organization, client: Client, headers: dict[str, str]
) -> None:
    anna = make_person(org, "Anna", vectors=alike(looks(1)[0], 2))
    ann = make_person(org, "Ann", vectors=alike(looks(1)[0], 1))

    found = client.get(f"{V1}/people?is_named=true", headers=headers).json()["results"]
    assert [each["name"] for each in found] == ["Ann", "Anna"]
    assert client.get(f"{V1}/people?named=1", headers=headers).status_code == 400

    body = {"name": "Annika", "is_hidden": True}
    changed = client.patch(
        f"{V1}/people/{ann.pk}", body, content_type="application/json", headers=headers
    ).json()
    assert (changed["name"], changed["is_hidden"]) == ("Annika", True)

    merged = client.post(
        f"{V1}/people/{anna.pk}/merge",
        {"others": [str(ann.pk)]},
        content_type="application/json",
        headers=headers,
    ).json()
    assert merged["face_count"] == 3
    assert client.get(f"{V1}/people/{ann.pk}", headers=headers).status_code == 404
    faces = client.get(f"{V1}/people/{anna.pk}/faces", headers=headers).json()["results"]
    assert len(faces) == 3
    assert not {"vec", "distance", "crop_key"} & set(faces[0])


def test_faces_are_confirmed_and_rejected(
    org: Organization, client: Client, headers: dict[str, str]
) -> None:
    anna = make_person(org, "Anna")
    one, other = make_faces(org, looks(2))

    def say(face: Face, word: str) -> int:
        response = client.post(
            f"{V1}/faces/{face.pk}/{word}",
            {"person": str(anna.pk)},
            content_type="application/json",
            headers=headers,
        )
        assert response.status_code == 200
        return int(response.json()["changed_count"])

    assert (say(one, "confirm"), say(other, "reject")) == (1, 0)
    assert Face.objects.get(pk=one.pk).state == FaceState.CONFIRMED
    assert FaceVeto.objects.get().face_id == other.pk
    assert Person.objects.get(pk=anna.pk).confirmed_count == 1
