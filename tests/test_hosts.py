"""By which names the server answers, and what it says to all others."""

import logging

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from config.health import HEALTH_PATH

BY_ADDRESS = {"host": "10.1.2.3:8000"}


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every line that the product logs."""
    caplog.set_level(logging.INFO)
    return caplog


class TestProbes:
    @pytest.mark.django_db
    def test_are_answered_by_whatever_name_they_come(
        self, client: Client, settings: Settings
    ) -> None:
        settings.SECURE_SSL_REDIRECT = True

        response = client.get(HEALTH_PATH, headers=BY_ADDRESS)

        assert (response.status_code, response.text) == (200, "ok\n")
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies

    def test_only_read(self, client: Client) -> None:
        assert client.post(HEALTH_PATH, headers=BY_ADDRESS).status_code == 405


class TestUnknownNames:
    @pytest.mark.parametrize("path", ["/", "/account/login/", "/api/v1/me", "/healthz/"])
    def test_are_refused_with_a_sentence(self, client: Client, path: str) -> None:
        response = client.get(path, headers=BY_ADDRESS)

        assert response.status_code == 400
        assert "ALLOWED_HOSTS" in response.text

    def test_cost_one_quiet_line(self, client: Client, caplog: pytest.LogCaptureFixture) -> None:
        client.get("/", headers={"host": "a\nb" + "x" * 1000})

        [record] = caplog.records
        assert record.levelno == logging.INFO
        assert record.exc_info is None
        assert r"by the name a\nbxxx" in record.getMessage()
        assert len(record.getMessage()) < 200
