"""The mail of a demo, read in the browser."""

from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

pytestmark = pytest.mark.django_db


class TestDemoMailPage:
    @pytest.fixture
    def demo(self, settings: Settings, tmp_path: Path) -> Settings:
        settings.DEMO = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path
        for number in (1, 2):
            message = mail.EmailMessage(f"Subject {number}", f"Zwölf {number} <b>", to=["a@b.org"])
            EmailBackend(file_path=str(tmp_path)).send_messages([message])
        return settings

    def test_shows_what_was_sent_to_a_stranger(self, demo: Settings, client: Client) -> None:
        response = client.get(reverse("tenants:demo_mail"))

        assert response.status_code == 200
        assert "Zwölf 1 &lt;b&gt;" in response.text
        assert "Subject 2" in response.text

    def test_is_not_there_without_a_demo(self, demo: Settings, client: Client) -> None:
        demo.DEMO = False

        assert client.get(reverse("tenants:demo_mail")).status_code == 404

    def test_is_not_there_with_a_mail_server(self, demo: Settings, client: Client) -> None:
        demo.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

        assert client.get(reverse("tenants:demo_mail")).status_code == 404

    @pytest.mark.parametrize(
        "origin",
        [
            {"REMOTE_ADDR": "192.0.2.1"},
            {"HTTP_X_FORWARDED_FOR": "192.0.2.1"},
            {"HTTP_FORWARDED": "for=192.0.2.1"},
            {"HTTP_X_REAL_IP": "192.0.2.1"},
        ],
    )
    def test_is_not_there_for_another_machine(
        self, demo: Settings, client: Client, origin: dict[str, str]
    ) -> None:
        assert client.get(reverse("tenants:demo_mail"), **origin).status_code == 404  # type: ignore[arg-type]  # WSGI variables

    @pytest.mark.parametrize(("is_demo", "links"), [(True, 1), (False, 0)])
    def test_is_led_to_by_who_waits_for_a_mail(
        self, demo: Settings, client: Client, *, is_demo: bool, links: int
    ) -> None:
        demo.DEMO = is_demo

        page = client.get(reverse("account_reset_password_done"))

        assert page.text.count(f'href="{reverse("tenants:demo_mail")}"') == links
