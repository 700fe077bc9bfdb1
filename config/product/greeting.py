"""What ``manage.py run`` says once people can come in."""

import json
import os
import sys
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from ingestion.management.commands.seed_demo import EMAIL, KEPT_FILE
from tenants.models import User

Rows = list[tuple[str, str]]


def greeting(address: str) -> str:
    """Return the few lines that lead a person in: the address, and the demo's sign-in."""
    rows = [("Open", f"{address}/"), *_sign_in()]
    if settings.DEMO and "filebased" in settings.EMAIL_BACKEND:
        rows.append(("Mail", f"{address}{reverse('tenants:demo_mail')}"))
    elif "console" in settings.EMAIL_BACKEND:
        rows.append(("Mail", "in the logs, until EMAIL_URL names a mail server"))
    rows.append(("Logs", f"{_short(settings.VAR_DIR / 'log')}/"))
    width = max(len(label) for label, _ in rows) + 2
    lines = [f"    {label:<{width}}{value}" for label, value in rows]
    return "\n".join(["", "  Magpie is ready.", "", *lines, "", "  Press Ctrl-C to stop it.", ""])


def _sign_in() -> Rows:
    """Return how to sign in to the demo: the password that was kept only if it is the right one."""
    if not settings.DEMO:
        return []
    person = User.objects.filter(email=EMAIL, is_active=True).first()
    if person is None:
        return [("Sign in", f"with an account of your own; {EMAIL} is not in this database")]
    password = _kept_password()
    if password and person.check_password(password):
        return [("Sign in as", EMAIL), ("Password", password)]
    command = f"{_short(Path(sys.executable))} manage.py changepassword {EMAIL}"
    return [
        ("Sign in as", EMAIL),
        ("Password", "was changed, or comes from a backup. Set a new one with:"),
        ("", command),
    ]


def _kept_password() -> str:
    kept = settings.VAR_DIR / KEPT_FILE
    return str(json.loads(kept.read_text()).get("password", "")) if kept.exists() else ""


def _short(path: Path) -> str:
    """Return the path as seen from here, if that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
