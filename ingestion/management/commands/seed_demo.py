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
KEPT_FILE = "demo.json"


class Command(BaseCommand):
    """Makes the demo person and organization, and imports the sample exports."""

    help = "Make the demo organization with the sample exports; does nothing the second time."

    def handle(self, **options: Any) -> None:
        """Seed once; ``var/demo.json`` keeps the random password and what was seeded.

        What people do with the demo afterwards is theirs: an organization that they left or
        deleted is not made again, and no other one gets the sample exports.
        """
        if not settings.DEMO:
            raise CommandError("The demo is for DEMO=1 only; it makes a person who can sign in.")
        org = _demo_organization() if _was_made() else _make_people()
        if org is None:
            self.stdout.write(
                "The demo was made before; what is not there any more is not made again."
            )
            return
        if _kept().get("is_seeded"):
            return
        for export in (PINTEREST_EXPORT, FACEBOOK_EXPORT):
            if not _was_imported(org, Path(export)):
                foreground.work(foreground.prepare(org, [Path(export)]), stop=threading.Event())
        _keep({**_kept(), "is_seeded": True})


def _was_made() -> bool:
    """Return whether this database had the demo; an empty one gets it whatever was kept."""
    if User.objects.filter(email=EMAIL).exists():
        return True
    return bool(_kept()) and User.objects.exists()


def _demo_organization() -> Organization | None:
    """Return the organization that the demo made, if the demo person still belongs to it."""
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        return None
    slug = _kept().get("org")
    return next((org for org in organizations_of(user) if org.slug == slug), None)


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


def _kept() -> dict[str, Any]:
    """Return what an earlier seed kept; nothing if there was none here."""
    path = settings.VAR_DIR / KEPT_FILE
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def _keep(facts: dict[str, Any]) -> None:
    """Keep them for the next start, in a file that is whole or not there."""
    path = settings.VAR_DIR / KEPT_FILE
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(facts))
    partial.replace(path)
