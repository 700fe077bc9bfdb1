"""The tokens of a linked account; they never show in a text by accident."""

import dataclasses
import datetime as dt
import json
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Tokens:
    """What a source gave for an account.

    Attributes:
        refresh_token: empty where the source gives none.
        refresh_expires_at: None where the source names no end, or gives no such token.
        scopes: what was granted.
    """

    access_token: str = dataclasses.field(repr=False)
    refresh_token: str = dataclasses.field(repr=False)
    access_expires_at: dt.datetime
    refresh_expires_at: dt.datetime | None
    scopes: tuple[str, ...]

    def is_fresh(self, *, at: dt.datetime, margin: dt.timedelta) -> bool:
        """Return whether the access token can be used for ``margin`` longer."""
        return self.access_expires_at > at + margin

    def as_sealed(self) -> str:
        """Return the two secrets as they are sealed; the rest stands in columns."""
        return json.dumps([self.access_token, self.refresh_token])


def tokens_from(
    text: str,
    *,
    access_expires_at: dt.datetime,
    refresh_expires_at: dt.datetime | None,
    scopes: list[str],
) -> Tokens:
    """Return the tokens of which ``as_sealed`` gave the text."""
    found: Any = json.loads(text)
    access_token, refresh_token = found
    return Tokens(access_token, refresh_token, access_expires_at, refresh_expires_at, tuple(scopes))
