"""Consent and a vouched-for source do not answer for the terms of a platform."""

import pytest

from faces.erasure import unallowed_faces
from faces.models import FaceConsent
from faces.queries import eligible_blobs
from media.models import Asset, Blob
from tenants.models import Organization
from tests.connectors.policy.reviews import OFFICIAL, review
from tests.faces.making import allow, make_face, picture_of
from tests.ingestion.policy.reports import Via, by_file, linked, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def blob(in_scope: Organization) -> Blob:
    """A picture that came through the API, of a site that the organization vouches for."""
    allow(in_scope, site="ours.example")
    review(OFFICIAL)
    blob = picture_of(in_scope, site="ours.example")
    report(Asset.objects.get(media__blob=blob), linked(in_scope))
    return blob


def test_pictures_are_searched_for_faces_only_where_the_terms_allow_it(blob: Blob) -> None:
    assert list(eligible_blobs()) == [blob]

    review(OFFICIAL, allows_faces=False)

    assert not eligible_blobs().exists()


def test_faces_of_before_go_once_the_terms_do_not_allow_them(blob: Blob) -> None:
    face = make_face(blob, FaceConsent.objects.get())
    assert not unallowed_faces().exists()

    review(OFFICIAL, allows_faces=False)

    assert list(unallowed_faces()) == [face]


def test_a_picture_that_came_another_way_as_well_is_free(blob: Blob) -> None:
    review(OFFICIAL, allows_faces=False)

    asset = Asset.objects.get(media__blob=blob)
    report(asset, by_file(blob.org), Via.SCRAPE)

    assert list(eligible_blobs()) == [blob]
