"""``manage.py seed_demo``: one organization with the sample exports, made once."""

import json
import secrets
import threading
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ingestion.demo.exports import FACEBOOK_EXPORT, PINTEREST_EXPORT
from ingestion.imports import foreground
from tenants.models import Organization, User
from tenants.services.organizations import create_organization

EMAIL = "demo@example.com"
ORG_NAME = "Demo Studio"


class Command(BaseCommand):
    """Makes the demo person and organization, and imports the sample exports."""

    help = "Make the demo organization with the sample exports; does nothing the second time."

    def handle(self, **options: Any) -> None:
        """Seed once; the password is random and kept in ``var/demo.json``."""
        if not settings.DEMO:
            raise CommandError("The demo is for DEMO=1 only; it makes a person who can sign in.")
        if User.objects.filter(email=EMAIL).exists():
            return
        org = _make_people()
        for export in (PINTEREST_EXPORT, FACEBOOK_EXPORT):
            foreground.work(
                foreground.prepare(org, [Path(export)]), stop=threading.Event(), on_progress=None
            )


@transaction.atomic
def _make_people() -> Organization:
    password = secrets.token_urlsafe(9)
    user = User.objects.create_user(EMAIL, password, name="Demo Person")
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    org = create_organization(name=ORG_NAME, owner=user)
    _keep({"email": EMAIL, "password": password, "org": org.slug})
    return org


def _keep(credentials: dict[str, str]) -> None:
    path = settings.VAR_DIR / "demo.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(credentials))
