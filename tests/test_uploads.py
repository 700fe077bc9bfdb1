"""Files in requests: whose are taken, and how much of them."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from tenants.models import User

CHUNK = 64 * 1024


class TestMembersUploadHandler:
    def post(self, user: User | AnonymousUser, size_bytes: int = 10) -> list[int]:
        """Return how much of the one file that ``user`` sends lies on the disk."""
        file = SimpleUploadedFile("pins.json", b"x" * size_bytes)
        request = RequestFactory().post("/", {"file": file, "note": "hello"})
        request.user = user

        assert request.POST["note"] == "hello"
        sizes = [len(each.read()) for each in request.FILES.getlist("file")]
        request.close()
        return sizes

    def test_takes_the_file_of_a_person(self) -> None:
        assert self.post(User(), 3 * CHUNK) == [3 * CHUNK]

    def test_passes_over_the_file_of_a_stranger(self) -> None:
        assert self.post(AnonymousUser()) == []

    def test_writes_a_chunk_beyond_the_limit_and_no_more(self, settings: Settings) -> None:
        settings.IMPORT_MAX_BYTES = CHUNK

        [kept_bytes] = self.post(User(), 9 * CHUNK)

        assert CHUNK < kept_bytes <= 2 * CHUNK

    @pytest.mark.django_db
    def test_sign_in_form_of_a_stranger_takes_no_file(self, client: Client) -> None:
        file = SimpleUploadedFile("huge.bin", b"x" * CHUNK)

        response = client.post(reverse("account_login"), {"login": "a@b.org", "file": file})

        assert response.wsgi_request.POST["login"] == "a@b.org"
        assert not response.wsgi_request.FILES
