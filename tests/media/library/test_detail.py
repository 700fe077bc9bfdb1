"""Why a picture cannot be shown."""

import pytest
from pytest_django import Settings

from media.library.detail import Picture, pictures_of
from media.models import AssetMedia, StageState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db


def refused_picture(org: Organization, url: str, code: str) -> Picture:
    asset = make_asset(org, media_status="image", picture_count=1)
    with org_scope(org.pk):
        media = AssetMedia.objects.create(org=org, asset=asset, position=0, key="k", url=url)
        StageState.objects.create(
            org=org, stage=Stage.FETCH, media=media, status=StageStatus.FAILED, error_code=code
        )
        [picture] = pictures_of(asset)
    return picture


@pytest.mark.parametrize(
    ("url", "code", "expected"),
    [
        ("https://i.pinimg.com/a.jpg", "forbidden", "This demo fetches only its own pictures."),
        ("https://i.pinimg.com/a.jpg", "not_found", "This demo fetches only its own pictures."),
        ("https://i.pinimg.com/a.jpg", "image_corrupt", "Its file is damaged"),
        ("https://other.example/a.jpg", "forbidden", "Its source does not give it out"),
    ],
)
def test_a_stand_in_is_named_where_it_answered(
    org: Organization, settings: Settings, url: str, code: str, expected: str
) -> None:
    settings.FETCH_HOST_MAP = {"i.pinimg.com": "127.0.0.1:1"}

    assert refused_picture(org, url, code).failure.startswith(expected)


def test_the_source_is_named_where_it_answered_itself(
    org: Organization, settings: Settings
) -> None:
    settings.FETCH_HOST_MAP = {}

    picture = refused_picture(org, "https://i.pinimg.com/a.jpg", "forbidden")

    assert picture.failure == "Its source does not give it out"
