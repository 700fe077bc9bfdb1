"""Credentials of linked accounts: sealed at rest, refreshed by one at a time."""

from connectors.credentials.refresh import fresh_tokens
from connectors.credentials.store import (
    credential_of,
    forget_tokens,
    note_state,
    read_tokens,
    store_tokens,
)
from connectors.credentials.tokens import Tokens

__all__ = [
    "Tokens",
    "credential_of",
    "forget_tokens",
    "fresh_tokens",
    "note_state",
    "read_tokens",
    "store_tokens",
]
