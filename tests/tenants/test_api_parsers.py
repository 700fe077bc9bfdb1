"""What the API reads of a body."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tenants.models import Membership
from tests.tenants.tokens import bearer, token_of

pytestmark = pytest.mark.django_db


class TestJSONParser:
    @pytest.fixture(autouse=True)
    def arrange(self, client: Client, editor: Membership) -> None:
        self.client = client
        self.headers = bearer(token_of(editor))

    def post(self, body: bytes | str) -> tuple[int, dict[str, object]]:
        response = self.client.post(
            reverse("media_api:board-list"), body, "application/json", headers=self.headers
        )
        return response.status_code, response.json()

    def test_reads_a_body_of_the_allowed_length(self, settings: Settings) -> None:
        body = '{"name": "Tiles"}'
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)

        assert self.post(body)[0] == 201

    def test_refuses_a_longer_one(self, settings: Settings) -> None:
        body = '{"name": "Tiles"}'
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body) - 1

        status, problem = self.post(body)

        assert status == 413
        assert problem["code"] == "body_too_large"
        assert problem["context"] == {"limit": len(body) - 1}

    @pytest.mark.parametrize("body", ['{"name": ', "[" * 100_000, '{"a":' * 100_000])
    def test_says_what_is_no_json(self, body: str) -> None:
        status, problem = self.post(body)

        assert (status, problem["code"]) == (400, "parse_error")

    def test_refuses_text_that_is_none(self) -> None:
        status, problem = self.post(r'{"name": "half a pair: \ud800"}')

        assert (status, problem["code"]) == (400, "parse_error")
        assert self.post(r'{"name": "a whole one: \ud83e\udeb6"}')[0] == 201
