"""The lines that lead a person in name no sign-in that does not work."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from config.product.greeting import greeting
from ingestion.management.commands.seed_demo import EMAIL, KEPT_FILE
from tests.factories import PASSWORD, UserFactory

ADDRESS = "http://127.0.0.1:8000"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings: Settings, tmp_path: Path) -> Path:
    """The file in which a demo keeps its sign-in."""
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    path = tmp_path / KEPT_FILE
    path.write_text(json.dumps({"email": EMAIL, "password": PASSWORD}))
    return path


def lines() -> list[str]:
    return [" ".join(line.split()) for line in greeting(ADDRESS).splitlines() if line]


def test_names_the_password_that_was_kept() -> None:
    UserFactory.create(email=EMAIL)

    assert f"Open {ADDRESS}/" in lines()
    assert f"Sign in as {EMAIL}" in lines()
    assert f"Password {PASSWORD}" in lines()


def test_says_how_to_get_in_where_the_password_is_another_one() -> None:
    UserFactory.create(email=EMAIL, password="changed on the page of the account")

    assert PASSWORD not in greeting(ADDRESS)
    assert f"Sign in as {EMAIL}" in lines()
    [command] = [line for line in lines() if "manage.py" in line]
    assert command.endswith(f"manage.py changepassword {EMAIL}")


def test_says_the_same_where_none_was_kept(kept: Path) -> None:
    UserFactory.create(email=EMAIL)
    kept.unlink()

    assert f"Sign in as {EMAIL}" in lines()
    assert greeting(ADDRESS).count("changepassword") == 1


@pytest.mark.parametrize("has_person", [False, True])
def test_names_no_password_where_the_demo_cannot_sign_in(*, has_person: bool) -> None:
    if has_person:
        UserFactory.create(email=EMAIL, is_active=False)

    assert PASSWORD not in greeting(ADDRESS)
    [sentence] = [line for line in lines() if EMAIL in line]
    assert sentence.startswith("Sign in with an account of your own")


def test_names_no_sign_in_without_the_demo(settings: Settings) -> None:
    UserFactory.create(email=EMAIL)
    settings.DEMO = False

    assert EMAIL not in greeting(ADDRESS)


@pytest.mark.parametrize(
    ("backend", "is_in_logs"),
    [
        ("django.core.mail.backends.console.EmailBackend", True),
        ("django.core.mail.backends.smtp.EmailBackend", False),
    ],
)
def test_says_where_mails_are_that_no_server_takes(
    settings: Settings, backend: str, *, is_in_logs: bool
) -> None:
    settings.DEMO, settings.EMAIL_BACKEND = False, backend

    assert ("Mail in the logs" in greeting(ADDRESS).replace("  ", " ")) == is_in_logs
