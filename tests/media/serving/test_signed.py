"""Signed addresses open one picture of one organization, for a while, on one host."""

import datetime as dt
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
from tenants.permissions import Role
from tests.conftest import ClientFor, MemberClient
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


def test_nothing_in_it_can_be_changed(org: Organization, picture: AssetMedia) -> None:
    address = picture_address(org, picture.pk, "thumb", version="abc")
    expires = dict(parse_qsl(urlsplit(address).query))["expires"]
    forged = [
        get(address, expires=str(int(expires) + 1)),
        get(address, expires=str(int(expires) + 3_600)),
        get(address, expires="²"),
        get(address, signature="0" * 64),
        get(address, signature=""),
        get(address, signature="é"),
        get(address.replace("/thumb", "/original")),
    ]

    assert [response.status_code for response in forged] == [404] * len(forged)


def test_it_opens_no_other_picture_that_is_there(
    org: Organization, other_org: Organization, picture: AssetMedia
) -> None:
    other, foreign = store_picture(org), store_picture(other_org)
    address = picture_address(org, picture.pk, "thumb", version="abc")
    theirs = picture_address(other_org, foreign.pk, "thumb", version="abc")
    forged = [
        get(address.replace(str(picture.pk), str(other.pk))),
        get(address.replace(str(picture.pk), str(foreign.pk))),
        get(address.replace(str(org.pk), str(other_org.pk))),
        get(
            address.replace(str(org.pk), str(other_org.pk)).replace(
                str(picture.pk), str(foreign.pk)
            )
        ),
        # Signed as it should be, for a picture that its organization does not have.
        get(picture_address(org, foreign.pk, "thumb", version="abc")),
    ]

    assert [response.status_code for response in forged] == [404] * len(forged)
    assert body(get(theirs)) == CONTENT[:100]


def test_a_key_that_is_not_ours_signs_nothing(org: Organization, picture: AssetMedia) -> None:
    with override_settings(SECRET_KEY="somebody else's key of fifty letters, or maybe more"):
        address = picture_address(org, picture.pk, "thumb", version="abc")

    assert get(address).status_code == 404


def test_it_ends(org: Organization, picture: AssetMedia) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 21, 12, 30, tzinfo=dt.UTC), tick=False) as clock:
        address = picture_address(org, picture.pk, "thumb", version="abc")
        clock.move_to(dt.datetime(2026, 11, 21, 13, 59, 59, tzinfo=dt.UTC))
        before = body(get(address))
        clock.move_to(dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC))
        after = get(address)

    assert (before, after.status_code) == (CONTENT[:100], 404)


def test_a_member_is_nobody_there(
    org: Organization, member_client: MemberClient, picture: AssetMedia
) -> None:
    answers = [
        member_client.get(path, headers={"host": HOST})
        for path in (
            f"/o/acme/media/{picture.pk}/thumb",
            f"/signed/{org.pk}/{picture.pk}/thumb",
            "/o/acme/library/",
        )
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert [dict(answer.cookies) for answer in answers] == [{}] * 3


def test_it_is_asked_for_by_get_and_head_only(org: Organization, picture: AssetMedia) -> None:
    parts = urlsplit(picture_address(org, picture.pk, "thumb", version="abc"))
    target = f"{parts.path}?{parts.query}"

    assert Client().head(target, headers={"host": HOST}).status_code == 200
    for method in ("post", "put", "delete", "options"):
        assert getattr(Client(), method)(target, headers={"host": HOST}).status_code == 404


def test_the_pages_show_signed_addresses_only(
    org: Organization, member_client: MemberClient, picture: AssetMedia
) -> None:
    library = member_client.get("/o/acme/library/").text
    asset = member_client.get(f"/o/acme/assets/{picture.asset_id}/").text

    assert f"https://{HOST}/signed/{org.pk}/{picture.pk}/thumb?" in library
    assert f"https://{HOST}/signed/{org.pk}/{picture.pk}/original?" in asset
    assert f"/o/acme/media/{picture.pk}" not in library + asset


def test_the_pages_own_host_still_asks_for_a_member(
    org: Organization, other_org: Organization, picture: AssetMedia, client_for: ClientFor
) -> None:
    path = f"/o/acme/media/{picture.pk}/thumb"

    member = client_for(Role.VIEWER)

    assert client_for(Role.OWNER, org=other_org).get(path).status_code == 404
    assert Client().get(path).status_code == 302
    assert body(member.get(path)) == CONTENT[:100]


def test_it_is_unknown_on_any_other_host(org: Organization, picture: AssetMedia) -> None:
    address = picture_address(org, picture.pk, "thumb", version="abc")

    assert get(address, host="testserver").status_code == 404


@pytest.mark.parametrize("path", ["/", "/o/acme/library/", "/account/login/", "/signed/"])
@pytest.mark.usefixtures("picture")
def test_the_host_has_no_other_page(path: str) -> None:
    assert Client().get(path, headers={"host": HOST}).status_code == 404
