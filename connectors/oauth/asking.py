"""The way to a source: the address at which a person grants access."""

import secrets
import time
import uuid
from typing import Final

from authlib.oauth2.client import OAuth2Client
from django.conf import settings
from django.urls import reverse

from connectors.base import Connector
from connectors.errors import ApplicationMissingError
from connectors.oauth.applications import application_of
from connectors.oauth.endpoints import Endpoints
from connectors.oauth.states import Session, Way, remember

# Of 43 to 128 characters.
_VERIFIER_BYTES: Final = 48


def redirect_address(connector: str) -> str:
    """Return where a source leads back to: of this installation's own address, whoever asks.

    The source knows it letter by letter, so it is made of a setting, and never of a request.
    """
    path = reverse("ingestion:connection_callback", kwargs={"connector": connector})
    return f"{settings.SITE_URL}{path}"


def endpoints_of(connector: Connector) -> Endpoints:
    """Return what a connector says of its OAuth.

    Raises:
        ApplicationMissingError: its accounts are not linked by OAuth.
    """
    found = connector.oauth()
    if found is None:
        raise ApplicationMissingError(f"{connector.title} is not linked by signing in there.")
    return found


def begin(
    connector: Connector,
    session: Session,
    *,
    org_id: uuid.UUID,
    user_id: uuid.UUID,
    connection_id: uuid.UUID | None = None,
) -> str:
    """Remember a way, and return the address at the source to lead the person to.

    Args:
        connection_id: of the account that is to be linked anew.

    Raises:
        ApplicationMissingError: the operator has entered no application, or its secret, without
            which nobody could be let in on the way back, can be opened no more.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    endpoints = endpoints_of(connector)
    application = application_of(connector.name, title=connector.title)
    way = Way(
        connector=connector.name,
        org_id=org_id,
        user_id=user_id,
        connection_id=connection_id,
        redirect_uri=redirect_address(connector.name),
        verifier=secrets.token_urlsafe(_VERIFIER_BYTES) if endpoints.offers_pkce else "",
        began_at=time.time(),
    )
    client = OAuth2Client(
        session=None,
        client_id=application.client_id,
        scope=endpoints.scope_separator.join(scope.name for scope in connector.scopes),
        redirect_uri=way.redirect_uri,
        code_challenge_method="S256",
    )
    address, _ = client.create_authorization_url(
        endpoints.authorize_url,
        state=remember(session, way),
        code_verifier=way.verifier or None,
    )
    return str(address)
