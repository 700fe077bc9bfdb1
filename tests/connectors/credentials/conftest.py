"""A linked account, and a source that exchanges its tokens."""

import datetime as dt
import threading

import pytest
from django.utils import timezone

from connectors.credentials import Tokens
from connectors.errors import ReconnectError
from connectors.items import Source
from connectors.models import Connection
from tenants.models import Organization
from tenants.scope import org_scope

HOUR = dt.timedelta(hours=1)


def tokens_of(number: int, *, expires_in: dt.timedelta = HOUR) -> Tokens:
    """Return the pair that the source gives as its ``number``-th."""
    return Tokens(
        f"hush-access-{number}",
        f"hush-refresh-{number}",
        timezone.now() + expires_in,
        None,
        ("boards:read", "pins:read"),
    )


class RotatingSource:
    """A source whose refresh tokens are good for one use; a second use ends the grant for ever."""

    def __init__(self, *, expires_in: dt.timedelta = HOUR) -> None:
        self.expires_in = expires_in
        self.number, self.is_revoked, self.asked = 1, False, 0
        self._lock = threading.Lock()

    def refresh(self, tokens: Tokens) -> Tokens:
        """Exchange the pair."""
        with self._lock:
            self.asked += 1
            if self.is_revoked or tokens.refresh_token != f"hush-refresh-{self.number}":
                self.is_revoked = True
                raise ReconnectError("Used twice.")
            self.number += 1
            return tokens_of(self.number, expires_in=self.expires_in)


@pytest.fixture
def connection(org: Organization) -> Connection:
    """A connection of ``org``, not yet linked."""
    with org_scope(org.pk):
        return Connection.objects.create(org=org, source=Source.PINTEREST, name="Pins")
