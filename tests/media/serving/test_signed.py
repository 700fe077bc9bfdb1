"""Signed addresses open one picture of one organization, for a while, on one host."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import time_machine
from django.conf import settings
from django.test import Client, override_settings

from media.models import AssetMedia
from media.serving.addresses import download_address, picture_address
from tenants.models import Organization
from tests.media.serving.test_pictures import CONTENT, body, store_picture

HOST = "pictures.example"
MIDDLEWARE = "media.serving.host.MediaHostMiddleware"


@pytest.fixture
def picture(org: Organization) -> Iterator[AssetMedia]:
    """A picture, while ``MEDIA_ORIGIN`` is set up."""
    chain = [name for name in settings.MIDDLEWARE if name != MIDDLEWARE]
    with override_settings(
        MEDIA_ORIGIN=f"https://{HOST}",
        ALLOWED_HOSTS=[HOST, "testserver"],
        MIDDLEWARE=[MIDDLEWARE, *chain],
    ):
        yield store_picture(org)


def get(address: str, *, host: str = HOST, **changes: str) -> Any:
    """Fetch a signed address, with some of its parameters changed."""
    parts = urlsplit(address)
    query = urlencode({**dict(parse_qsl(parts.query)), **changes})
    return Client().get(f"{parts.path}?{query}", headers={"host": host})


def test_it_needs_no_session_and_sets_no_cookie(org: Organization, picture: AssetMedia) -> None:
    address = picture_address(org, picture.pk, "thumb", version="abc")

    response = get(address)

    assert address.startswith(f"https://{HOST}/")
    assert body(response) == CONTENT[:100]
    assert not response.cookies
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_original_is_an_attachment(org: Organization, picture: AssetMedia) -> None:
    response = get(download_address(org, picture.pk))

    assert body(response) == CONTENT
    assert response["Content-Disposition"].startswith("attachment")


def test_nothing_in_it_can_be_changed(
    org: Organization, other_org: Organization, picture: AssetMedia
) -> None:
    address = picture_address(org, picture.pk, "thumb", version="abc")
    expires = dict(parse_qsl(urlsplit(address).query))["expires"]
    forged = [
        get(address, expires=str(int(expires) + 1)),
        get(address, expires="²"),
        get(address, signature="0" * 64),
        get(address, signature=""),
        get(address.replace("/thumb", "/original")),
        get(address.replace(str(org.pk), str(other_org.pk))),
        get(address.replace(str(picture.pk), str(uuid.uuid4()))),
    ]

    assert [response.status_code for response in forged] == [404] * len(forged)


def test_it_ends(org: Organization, picture: AssetMedia) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, 30, tzinfo=dt.UTC), tick=False) as clock:
        address = picture_address(org, picture.pk, "thumb", version="abc")
        clock.move_to(dt.datetime(2026, 11, 21, 13, 59, 59, tzinfo=dt.UTC))
        before = body(get(address))
        clock.move_to(dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC))
        after = get(address)

    assert (before, after.status_code) == (CONTENT[:100], 404)


def test_it_is_unknown_on_any_other_host(org: Organization, picture: AssetMedia) -> None:
    address = picture_address(org, picture.pk, "thumb", version="abc")

    assert get(address, host="testserver").status_code == 404


@pytest.mark.parametrize("path", ["/", "/o/acme/library/", "/account/login/", "/signed/"])
@pytest.mark.usefixtures("picture")
def test_the_host_has_no_other_page(path: str) -> None:
    assert Client().get(path, headers={"host": HOST}).status_code == 404
