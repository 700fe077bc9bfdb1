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
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from tenants.models import Organization, User
from tenants.scope import org_scope
from tenants.services.organizations import create_organization, organizations_of

EMAIL = "demo@example.com"
ORG_NAME = "Demo Studio"


class Command(BaseCommand):
    """Makes the demo person and organization, and imports the sample exports."""

    help = "Make the demo organization with the sample exports; does nothing the second time."

    def handle(self, **options: Any) -> None:
        """Seed once; the password is random and kept in ``var/demo.json``."""
        if not settings.DEMO:
            raise CommandError("The demo is for DEMO=1 only; it makes a person who can sign in.")
        user = User.objects.filter(email=EMAIL).first()
        org = organizations_of(user)[0] if user else _make_people()
        for export in (PINTEREST_EXPORT, FACEBOOK_EXPORT):
            if not _was_imported(org, Path(export)):
                foreground.work(foreground.prepare(org, [Path(export)]), stop=threading.Event())


def _was_imported(org: Organization, export: Path) -> bool:
    """Return whether a seed that may have been broken off got as far as this file."""
    with org_scope(org.pk):
        return SyncRun.objects.filter(
            job__files__name=export.name, state__in=[RunState.SUCCEEDED, RunState.WARNINGS]
        ).exists()


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
