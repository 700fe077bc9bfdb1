"""What sessions keep encrypted with the master key, and how it is brought under a newer one."""

from collections.abc import Callable
from typing import Any, Final

from tenants import crypto
from tenants.invited import PURPOSE as INVITATION
from tenants.invited import SESSION_KEY

# A new token, until it is shown for the only time: its key, and the text of it.
NEW_TOKEN = "new_token"  # noqa: S105  # a key of the session


def _invitation(value: Any) -> str:
    return crypto.encrypt(crypto.decrypt(value, purpose=INVITATION), purpose=INVITATION)


def _new_token(value: Any) -> list[str]:
    token_id, secret = value
    text = crypto.decrypt(secret, purpose=NEW_TOKEN, context=token_id)
    return [token_id, crypto.encrypt(text, purpose=NEW_TOKEN, context=token_id)]


# By the key of the session; each takes and returns the whole value.
ENCRYPT_ANEW: Final[dict[str, Callable[[Any], Any]]] = {
    SESSION_KEY: _invitation,
    NEW_TOKEN: _new_token,
}


def ciphertexts_of(session: dict[str, Any]) -> dict[str, str]:
    """Return what a session keeps encrypted, by key."""
    found = {name: session[name] for name in ENCRYPT_ANEW if name in session}
    return {name: value if isinstance(value, str) else value[1] for name, value in found.items()}
