"""The applications that operators registered at sources: their ids, and their sealed secrets."""

import dataclasses
import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from connectors.credentials.platform import (
    forget_platform_secret,
    read_platform_secret,
    store_platform_secret,
)
from connectors.errors import ApplicationMissingError
from connectors.models import OAuthApp, PlatformSecret
from tenants.errors import SecretUnreadableError

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Application:
    """Who Magpie is at a source."""

    client_id: str
    client_secret: str = dataclasses.field(repr=False)


def secret_name(connector: str) -> str:
    """Return the name under which the platform keeps an application's secret."""
    return f"{connector}.client_secret"


def client_id_of(connector: str) -> str:
    """Return the id of the application for a connector; empty where none is set up."""
    found = OAuthApp.objects.filter(pk=connector).values_list("client_id", flat=True).first()
    return found or ""


def is_set_up(connector: str) -> bool:
    """Say whether an application is entered, with its secret."""
    has_secret = PlatformSecret.objects.filter(pk=secret_name(connector)).exists()
    return has_secret and bool(client_id_of(connector))


def secret_changed_at(connector: str) -> dt.datetime | None:
    """Return when the secret was entered; None where there is none."""
    named = PlatformSecret.objects.filter(pk=secret_name(connector))
    return named.values_list("changed_at", flat=True).first()


def application_of(connector: str, *, title: str) -> Application:
    """Return the application for a connector.

    Args:
        title: of the source, for the sentence.

    Raises:
        ApplicationMissingError: none is entered, or its secret is missing or can be opened no more.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    client_id = client_id_of(connector)
    try:
        secret = read_platform_secret(secret_name(connector)) if client_id else None
    except SecretUnreadableError as error:
        logger.warning("The secret of %s cannot be opened: %s", connector, error.message)
        raise ApplicationMissingError(
            f"The secret of the application for {title} can be opened no more: its key is gone. "
            "Whoever runs this installation enters it again in the administration."
        ) from error
    if not secret:
        raise ApplicationMissingError(
            f"{title} is not set up on this installation. Whoever runs it enters an application's "
            "id and secret in the administration."
        )
    return Application(client_id, secret)


@transaction.atomic
def save_application(connector: str, *, client_id: str, client_secret: str = "") -> OAuthApp:
    """Enter an application, or change it; an empty secret leaves the one that is there.

    Raises:
        KeyRingUnavailableError: what keeps the keys does not answer; nothing was changed.
    """
    app, _ = OAuthApp.objects.update_or_create(
        pk=connector, defaults={"client_id": client_id, "changed_at": timezone.now()}
    )
    if client_secret:
        store_platform_secret(secret_name(connector), client_secret)
    return app


@transaction.atomic
def delete_application(connector: str) -> None:
    """Forget an application with its secret; accounts that are linked are refreshed no more."""
    forget_platform_secret(secret_name(connector))
    OAuthApp.objects.filter(pk=connector).delete()
