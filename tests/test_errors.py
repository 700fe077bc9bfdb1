"""Answers where no view answers."""

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from config.errors import server_error

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/assets/none", "/api/v1/nothing", "/api/"])
def test_the_api_says_in_its_own_shape_that_there_is_nothing(
    member_client: Client, path: str
) -> None:
    response = member_client.get(path)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_a_page_says_so_to_people(member_client: Client) -> None:
    response = member_client.get("/nothing/")

    assert response.status_code == 404
    assert "<html" in response.text


@pytest.mark.parametrize(
    ("path", "media_type"), [("/api/v1/assets", "application/json"), ("/o/acme/", "text/html")]
)
def test_a_failure_is_told_in_the_shape_of_its_place(path: str, media_type: str) -> None:
    request: HttpRequest = RequestFactory().get(path)

    response = server_error(request)

    assert response.status_code == 500
    assert response["Content-Type"].startswith(media_type)
