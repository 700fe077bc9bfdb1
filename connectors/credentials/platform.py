"""Secrets of the platform: an application's client secret, shared headers; for operators' code."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from connectors.models import PlatformSecret
from tenants.vault.platform import seal_into_platform, unseal_from_platform


@transaction.atomic
def store_platform_secret(name: str, text: str, *, expires_at: dt.datetime | None = None) -> None:
    """Keep a secret of the platform, in place of what was there by this name.

    Raises:
        KeyRingUnavailableError: what keeps the keys does not answer; nothing was changed.
    """
    known = PlatformSecret.objects.filter(pk=name).select_for_update().first()
    secret = known or PlatformSecret(name=name)
    seal_into_platform(secret, text)
    secret.expires_at, secret.changed_at = expires_at, timezone.now()
    secret.save()


def read_platform_secret(name: str) -> str | None:
    """Return a secret of the platform; None where there is none, or it has expired.

    Raises:
        SecretUnreadableError: its key is lost, or the row was damaged: enter it anew.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    secret = PlatformSecret.objects.filter(pk=name).first()
    if secret is None or (secret.expires_at is not None and secret.expires_at <= timezone.now()):
        return None
    return unseal_from_platform(secret)


def forget_platform_secret(name: str) -> bool:
    """Delete a secret of the platform; return whether there was one."""
    deleted, _ = PlatformSecret.objects.filter(pk=name).delete()
    return bool(deleted)
