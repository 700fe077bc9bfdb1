"""Bytes reach members only, whole or in part, and can do nothing in a browser."""

import hashlib
import os
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from media.models import AssetMedia, Rendition
from media.storage import put_bytes
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.media.making import make_asset, make_picture

CONTENT = bytes(range(256)) * 4


# Of an answer without a body.
HARMLESS = {
    "Content-Type": None,
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def store_picture(org: Organization, *, title: str = "A chair, “Paimio”") -> AssetMedia:
    """Store an original and a thumb, rows and bytes."""
    asset = make_asset(org, title)
    with org_scope(org.pk):
        picture = make_picture(asset, content=CONTENT)
        assert picture.blob is not None
        put_bytes(picture.blob.storage_key, CONTENT)
        thumb = Rendition.objects.get(blob=picture.blob)
        put_bytes(thumb.storage_key, CONTENT[:100])
        Rendition.objects.filter(pk=thumb.pk).update(
            size_bytes=100, sha256=hashlib.sha256(CONTENT[:100]).hexdigest()
        )
    return picture


def body(response: Any) -> bytes:
    """Read and close a streamed answer."""
    content = b"".join(response.streaming_content)
    response.close()
    return content


def headers_of(response: Any) -> dict[str, str | None]:
    """Return the headers that make an answer harmless."""
    return {name: response.headers.get(name) for name in HARMLESS}


@pytest.mark.usefixtures("any_storage")
class TestPicture:
    def test_a_member_gets_the_thumb(self, org: Organization, member_client: MemberClient) -> None:
        picture = store_picture(org)
        digest = hashlib.sha256(CONTENT[:100]).hexdigest()

        response = member_client.get(f"/o/acme/media/{picture.pk}/thumb?v={digest[:12]}")

        assert body(response) == CONTENT[:100]
        assert {
            name: response[name]
            for name in (
                "Content-Type", "Content-Length", "ETag", "X-Content-Type-Options",
                "Content-Security-Policy", "Cache-Control", "Cross-Origin-Resource-Policy",
            )
        } == {
            "Content-Type": "image/webp",
            "Content-Length": "100",
            "ETag": f'"{digest}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, immutable, max-age=31536000",
            "Cross-Origin-Resource-Policy": "same-origin",
        }  # fmt: skip

    @pytest.mark.parametrize("version", ["", "{digest:.1}", "{digest:.11}", "0123456789ab"])
    def test_only_an_address_with_its_version_is_kept_for_ever(
        self, org: Organization, member_client: MemberClient, version: str
    ) -> None:
        picture = store_picture(org)
        digest = hashlib.sha256(CONTENT[:100]).hexdigest()

        response = member_client.head(
            f"/o/acme/media/{picture.pk}/thumb", {"v": version.format(digest=digest)}
        )

        assert response["Cache-Control"] == "private, max-age=300"

    def test_the_original_is_an_attachment_named_after_its_asset(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        picture = store_picture(org, title="Stuhl für/..\\Küche")

        response = member_client.get(f"/o/acme/media/{picture.pk}/original")

        assert body(response) == CONTENT
        assert response["Content-Type"] == "image/jpeg"
        assert response["Content-Disposition"] == (
            "attachment; filename*=utf-8''Stuhl_f%C3%BCr..K%C3%BCche.jpg"
        )

    @pytest.mark.parametrize(
        ("header", "status", "expected", "content_range"),
        [
            ("bytes=0-0", 206, CONTENT[:1], "bytes 0-0/1024"),
            ("bytes=1000-", 206, CONTENT[1000:], "bytes 1000-1023/1024"),
            ("bytes=-24", 206, CONTENT[-24:], "bytes 1000-1023/1024"),
            ("bytes=10-99999", 206, CONTENT[10:], "bytes 10-1023/1024"),
            ("bytes=-99999", 206, CONTENT, "bytes 0-1023/1024"),
            ("bytes=0-1,5-6", 200, CONTENT, None),
            ("bytes=9-3", 200, CONTENT, None),
            ("lines=0-1", 200, CONTENT, None),
        ],
    )
    def test_parts_are_given_out(  # noqa: PLR0917  # a table of cases
        self,
        org: Organization,
        member_client: MemberClient,
        header: str,
        status: int,
        expected: bytes,
        content_range: str | None,
    ) -> None:
        picture = store_picture(org)

        response = member_client.get(
            f"/o/acme/media/{picture.pk}/original", headers={"Range": header}
        )

        assert response.status_code == status
        assert body(response) == expected
        assert response.headers.get("Content-Range") == content_range
        assert response["Content-Length"] == str(len(expected))

    @pytest.mark.parametrize("header", ["bytes=1024-", "bytes=-0"])
    def test_a_part_behind_the_end_is_refused(
        self, org: Organization, member_client: MemberClient, header: str
    ) -> None:
        picture = store_picture(org)

        response = member_client.get(
            f"/o/acme/media/{picture.pk}/original", headers={"Range": header}
        )

        assert response.status_code == 416
        assert response["Content-Range"] == "bytes */1024"
        assert response.content == b""
        assert headers_of(response) == HARMLESS

    def test_known_bytes_are_not_sent_again(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        picture = store_picture(org)
        address = f"/o/acme/media/{picture.pk}/original"
        etag = member_client.head(address)["ETag"]

        again = member_client.get(address, headers={"If-None-Match": etag})
        changed = member_client.get(
            address, headers={"Range": "bytes=0-0", "If-Range": '"of another picture"'}
        )

        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
        assert headers_of(again) == HARMLESS
        assert (changed.status_code, body(changed)) == (200, CONTENT)

    def test_missing_bytes_do_not_exist(
        self, org: Organization, member_client: MemberClient
    ) -> None:
        asset = make_asset(org)
        with org_scope(org.pk):
            picture = make_picture(asset, content=os.urandom(8))

        response = member_client.get(f"/o/acme/media/{picture.pk}/original")

        assert response.status_code == 404


class TestWhoMaySee:
    def test_nobody_without_a_session(self, org: Organization) -> None:
        picture = store_picture(org)

        response = Client().get(f"/o/acme/media/{picture.pk}/thumb")

        assert response.status_code == 302

    def test_no_member_of_another_organization(
        self, org: Organization, other_org: Organization, client_for: ClientFor
    ) -> None:
        picture = store_picture(org)
        stranger = client_for(Role.OWNER, org=other_org)

        through_theirs = stranger.get(f"/o/other/media/{picture.pk}/thumb")
        through_ours = stranger.get(f"/o/acme/media/{picture.pk}/thumb")

        assert (through_theirs.status_code, through_ours.status_code) == (404, 404)

    def test_no_key_that_is_none(self, member_client: MemberClient) -> None:
        assert member_client.get(f"/o/acme/media/{uuid.uuid4()}/thumb").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_transaction_has_ended_before_the_first_byte(
    org: Organization, client_for: ClientFor
) -> None:
    picture = store_picture(org)

    response = client_for(Role.VIEWER).get(f"/o/acme/media/{picture.pk}/original")

    assert response.streaming
    assert not connection.in_atomic_block
    assert body(response) == CONTENT
