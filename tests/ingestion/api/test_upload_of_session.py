"""Uploads to the API by a browser's session: who may send files is asked before they are read."""

import io
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from ingestion.models import Job
from ingestion.models.job import JobKind
from tenants.models import Organization
from tenants.permissions import Role
from tenants.scope import org_scope
from tests.conftest import ClientFor, MemberClient
from tests.ingestion.crawler import as_zip, quirky_rows

IMPORTS = "/api/v1/imports"


def csrf_token(client: MemberClient) -> str:
    """Return a token as a page has it, and let the browser keep the cookie that goes with it."""
    client.handler.enforce_csrf_checks = True
    page = HttpRequest()
    token = get_token(page)
    client.cookies[settings.CSRF_COOKIE_NAME] = page.META["CSRF_COOKIE"]
    return token


def upload(client: MemberClient, headers: dict[str, str], **fields: str) -> tuple[Any, int]:
    """Send an export; return the answer, and how many bytes of the body were read for it."""
    export = SimpleUploadedFile("pins.zip", as_zip(quirky_rows()))
    content = encode_multipart(BOUNDARY, {**fields, "files": [export]})
    body = io.BytesIO(content)
    wsgi: dict[str, Any] = {
        "wsgi.input": body,
        "CONTENT_TYPE": MULTIPART_CONTENT,
        "CONTENT_LENGTH": str(len(content)),
    }
    headers = {"X-Magpie-Org": "acme", **headers}
    response = client.generic("POST", IMPORTS, headers=headers, **wsgi)
    return response, body.tell()


def test_of_who_may_import_is_taken(org: Organization, client_for: ClientFor) -> None:
    client = client_for(Role.EDITOR)

    response, read_bytes = upload(client, {"X-CSRFToken": csrf_token(client)})

    assert response.status_code == 202
    assert response.json()["created_by"]["id"] == str(client.user.pk)
    assert read_bytes > 0


def test_of_who_may_not_is_refused_unread(org: Organization, client_for: ClientFor) -> None:
    client = client_for(Role.VIEWER)

    response, read_bytes = upload(client, {"X-CSRFToken": csrf_token(client)})

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert read_bytes == 0


def test_that_may_be_forged_is_refused_unread(org: Organization, client_for: ClientFor) -> None:
    client = client_for(Role.EDITOR)
    token = csrf_token(client)

    for headers in [{}, {"X-CSRFToken": "x" * len(token)}]:
        response, read_bytes = upload(client, headers, csrfmiddlewaretoken=token)
        assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
        assert read_bytes == 0

    with org_scope(org.pk):
        assert not Job.objects.filter(kind=JobKind.IMPORT).exists()
