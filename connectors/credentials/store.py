"""Tokens of connections: stored, read, forgotten; in the scope of their organization."""

import logging

from django.db.models import Q
from django.utils import timezone

from connectors.credentials.tokens import Tokens, tokens_from
from connectors.errors import CredentialsMissingError, CredentialsUnreadableError
from connectors.models import Connection, Credential, CredentialState
from tenants.errors import SecretUnreadableError
from tenants.vault.rows import seal_into, unseal_from

logger = logging.getLogger(__name__)


def store_tokens(
    connection: Connection, tokens: Tokens, *, account_id: str, account_name: str
) -> Credential:
    """Keep what linking an account gave, in place of what was there.

    Raises:
        KeyRingUnavailableError: what keeps the keys does not answer; nothing was changed.
    """
    # Two who link at once write one after the other.
    Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    known = Credential.objects.filter(connection=connection).select_for_update().first()
    credential = known or Credential(org_id=connection.org_id, connection=connection, version=0)
    credential.account_id, credential.account_name = account_id, account_name
    credential.connected_at = timezone.now()
    write_tokens(credential, tokens)
    return credential


def write_tokens(credential: Credential, tokens: Tokens) -> None:
    """Seal other tokens into a credential, which is locked or new, and save it."""
    seal_into(credential, tokens.as_sealed())
    credential.access_expires_at = tokens.access_expires_at
    credential.refresh_expires_at = tokens.refresh_expires_at
    credential.is_renewable = bool(tokens.refresh_token)
    credential.scopes = list(tokens.scopes)
    credential.state = CredentialState.OK
    credential.version += 1
    credential.changed_at = timezone.now()
    credential.save()


def read_tokens(connection: Connection) -> Tokens:
    """Return the tokens of a connection, which may have expired.

    Raises:
        CredentialsMissingError: no account is linked.
        CredentialsUnreadableError: the key is lost, or the row was damaged: connect anew.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    return open_tokens(credential_of(connection))


def credential_of(connection: Connection) -> Credential:
    """Return what a connection has.

    Raises:
        CredentialsMissingError: no account is linked.
    """
    credential = Credential.objects.filter(connection=connection).first()
    if credential is None:
        raise CredentialsMissingError("No account is linked. Connect it to go on.")
    return credential


def open_tokens(credential: Credential) -> Tokens:
    """Return the tokens of a credential that was read.

    Raises:
        CredentialsUnreadableError: the key is lost, or the row was damaged: connect anew.
        KeyRingUnavailableError: what keeps the keys does not answer.
    """
    try:
        text = unseal_from(credential)
    except SecretUnreadableError as error:
        logger.warning("Credential %s cannot be opened: %s", credential.pk, error.message)
        raise CredentialsUnreadableError(
            "The stored access to this account can no longer be opened. Reconnect it: what was "
            "imported stays."
        ) from error
    return tokens_from(
        text,
        access_expires_at=credential.access_expires_at,
        refresh_expires_at=credential.refresh_expires_at,
        scopes=credential.scopes,
    )


def forget_tokens(connection: Connection) -> bool:
    """Delete what a connection has; return whether there was anything."""
    deleted, _ = Credential.objects.filter(connection=connection).delete()
    return bool(deleted)


def note_state(credential: Credential, state: CredentialState) -> None:
    """Note that a credential cannot be used, unless other tokens were stored meanwhile."""
    Credential.objects.filter(~Q(state=state), pk=credential.pk, version=credential.version).update(
        state=state, changed_at=timezone.now()
    )
