"""The library narrowed by who is on a picture, and by how many faces are."""

import uuid

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from faces.models import Person
from faces.models.face import FaceState
from media.library import LibraryFilter, chips_of, facet_counts, page_of
from media.models import Asset
from tenants.models import Organization
from tests.conftest import MemberClient
from tests.faces.people.making import alike, looks, make_blob, make_faces, make_person
from tests.media.making import make_asset

pytestmark = pytest.mark.usefixtures("in_scope")


def titles(query: str) -> set[str]:
    page = page_of(LibraryFilter.parse(QueryDict(query)))
    assert page.total is not None
    assert page.total.count == len(page.items)
    return {card.title for card in page.items}


@pytest.fixture
def two(org: Organization) -> tuple[Person, Person]:
    """Anna on two pictures, on one of them with Bert; a stranger alone; one without a face."""
    anna, bert = make_person(org, "Anna"), make_person(org, "Bert Berg")
    vectors = looks(3)
    together = make_blob(org)
    make_faces(org, [vectors[0]], blob_id=together, state=FaceState.CONFIRMED, person=anna)
    [second] = make_faces(org, [vectors[1]], state=FaceState.CONFIRMED, person=bert)
    second.position, second.blob_id = 1, together
    second.save(update_fields=["position", "blob"])
    make_faces(org, alike(vectors[0], 1), state=FaceState.CONFIRMED, person=anna)
    make_faces(org, [vectors[2]])
    Person.objects.filter(pk=anna.pk).update(face_count=2)
    Asset.objects.filter(media__blob=together).update(own_title="Together")
    make_asset(org, "A chair")
    return anna, bert


def test_people_and_numbers_of_faces_narrow_it(two: tuple[Person, Person]) -> None:
    anna, bert = two

    assert len(titles(f"person={anna.pk}")) == 2
    assert titles(f"person={anna.pk}&person={bert.pk}") == {"Together"}
    assert titles("faces=2") == {"Together"}
    assert len(titles("faces=1")) == 2
    assert "A chair" in titles("faces=0")
    assert titles(f"person={uuid.uuid4()}") == set()
    chips = chips_of(LibraryFilter.parse(QueryDict(f"person={bert.pk}&faces=2")))
    assert [chip.label for chip in chips] == ["Bert Berg", "Two faces"]


def test_each_count_is_what_its_page_holds(two: tuple[Person, Person]) -> None:
    for query in ("", f"person={two[0].pk}", "faces=1", "q=photo", "source=upload"):
        facets = facet_counts(LibraryFilter.parse(QueryDict(query)))
        assert [extra.label for extra in facets.extras] == ["Person", "Faces"]
        for extra in facets.extras:
            for value in extra.values:
                if not value.is_selected:
                    assert len(titles(value.querystring)) == value.count


def test_costs_the_same_for_any_number(org: Organization, two: tuple[Person, Person]) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            facet_counts(LibraryFilter.parse(QueryDict(f"person={two[0].pk}")))
            titles(f"person={two[0].pk}")
        return len(captured)

    few = statements()
    make_person(org, "Carl", vectors=looks(4))

    assert statements() == few


def test_typed_operators_become_chips(
    member_client: MemberClient, two: tuple[Person, Person]
) -> None:
    address = "/o/acme/library/"

    response = member_client.get(
        address, {"q": 'together person:"bert berg" faces:2 person:nobody'}
    )

    assert response["Location"] == (
        f"{address}?q=together+person%3Anobody&person={two[1].pk}&faces=2"
    )
