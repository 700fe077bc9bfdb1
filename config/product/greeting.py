"""What ``manage.py run`` says once people can come in."""

import json
import os
from pathlib import Path

from django.conf import settings
from django.urls import reverse


def greeting(address: str) -> str:
    """Return the few lines that lead a person in: the address, and the demo's sign-in."""
    rows = [("Open", f"{address}/"), *_sign_in()]
    if settings.DEMO and "filebased" in settings.EMAIL_BACKEND:
        rows.append(("Mail", f"{address}{reverse('tenants:demo_mail')}"))
    rows.append(("Logs", f"{_short(settings.VAR_DIR / 'log')}/"))
    width = max(len(label) for label, _ in rows) + 2
    lines = [f"    {label:<{width}}{value}" for label, value in rows]
    return "\n".join(["", "  Magpie is ready.", "", *lines, "", "  Press Ctrl-C to stop it.", ""])


def _sign_in() -> list[tuple[str, str]]:
    kept = settings.VAR_DIR / "demo.json"
    if not (settings.DEMO and kept.exists()):
        return []
    demo = json.loads(kept.read_text())
    return [("Sign in as", demo["email"]), ("Password", demo["password"])]


def _short(path: Path) -> str:
    """Return the path as seen from here, if that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
