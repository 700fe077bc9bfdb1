"""Tokens for a code, tokens for a refresh token, and what a source's answer means.

==============================================  ==================================================
answer                                          raised
==============================================  ==================================================
``invalid_client``, ``unauthorized_client``,    `ApplicationRefusedError`: the operator's to mend;
401 without a code of OAuth                     what accounts have is good still
``invalid_grant``, 400 without a code of OAuth  `ReconnectError`: the code or the token is no good
429                                             ``rate_limited``
5xx                                             ``source_unavailable``
anything else, HTML, a redirect                 ``bad_response`` or ``request_refused``
==============================================  ==================================================
"""

import asyncio
import dataclasses
import datetime as dt
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client
from django.utils import timezone

from connectors.credentials.tokens import Tokens
from connectors.errors import ApplicationRefusedError, ConnectorError, FetchError, ReconnectError
from connectors.guard import GuardedClient
from connectors.guard.answers import parse_retry_after
from connectors.oauth.applications import Application
from connectors.oauth.endpoints import DEADLINE_S, Endpoints
from connectors.oauth.transport import GuardedTransport
from connectors.readers.json_values import parse_value

OK, BAD_REQUEST, UNAUTHORIZED, TOO_MANY = 200, 400, 401, 429
_SERVER_ERRORS: Final = range(500, 600)
_OF_APPLICATION: Final = frozenset({"invalid_client", "unauthorized_client"})
_OF_GRANT: Final = frozenset({"invalid_grant", "access_denied"})
# Of an access token where the source names no end.
ASSUMED_S: Final = 3600
_LONGEST_S: Final = 10 * 365 * 86_400
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}\Z")
_DIGITS = re.compile(r"\d{1,12}\Z")


@dataclasses.dataclass(frozen=True, slots=True)
class Desk:
    """A source's token endpoint, and who asks there.

    Attributes:
        title: of the source, for sentences.
        client: makes what sends the requests.
    """

    title: str
    endpoints: Endpoints
    application: Application
    client: Callable[[], GuardedClient]

    def tokens_for_code(
        self, code: str, *, redirect_uri: str, verifier: str, asked: tuple[str, ...]
    ) -> Tokens:
        """Exchange what a person came back with.

        Args:
            verifier: of PKCE; empty where the source offers none.
            asked: the scopes that were asked for: granted as they are where nothing is said.

        Raises:
            ReconnectError: the code is no good: used, too old, or of another address.
            ApplicationRefusedError, FetchError: see above.
        """
        extra = dict(self.endpoints.code_extra)
        if verifier:
            extra["code_verifier"] = verifier
        found = self._run(
            lambda session: session.fetch_token(
                self.endpoints.token_url,
                grant_type="authorization_code",
                code=code,
                redirect_uri=redirect_uri,
                **extra,
            )
        )
        return self._read(found, asked, former=None)

    def tokens_for_refresh(self, tokens: Tokens) -> Tokens:
        """Exchange a refresh token; the former one stays where the source gives no other.

        Raises:
            ReconnectError: there is none, or the source accepts it no more.
            ApplicationRefusedError, FetchError: see above.
        """
        if not tokens.refresh_token:
            raise ReconnectError(f"The access to {self.title} has ended. Reconnect the account.")
        found = self._run(
            lambda session: session.fetch_token(
                self.endpoints.token_url,
                grant_type="refresh_token",
                refresh_token=tokens.refresh_token,
                scope=self.endpoints.scope_separator.join(tokens.scopes),
            )
        )
        return self._read(found, tokens.scopes, former=tokens)

    def _run(self, ask: Callable[[Any], Awaitable[Any]]) -> dict[str, Any]:
        """Ask once, in an event loop of its own; the caller's thread has none."""

        async def exchange() -> dict[str, Any]:
            async with (
                self.client() as guarded,
                AsyncOAuth2Client(
                    self.application.client_id,
                    self.application.client_secret,
                    token_endpoint_auth_method="client_secret_basic",  # noqa: S106  # a method
                    transport=GuardedTransport(guarded, deadline_s=DEADLINE_S),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=None,
                ) as session,
            ):
                session.register_compliance_hook("access_token_response", self._check)
                return dict(await ask(session))

        return asyncio.run(exchange())

    def _check(self, response: httpx2.Response) -> httpx2.Response:
        """Let an answer pass that holds a token; Authlib asks, before it reads one."""
        body = parse_value(response.content)
        found = body if isinstance(body, dict) else {}
        token = found.get("access_token")
        if response.status_code == OK and isinstance(token, str) and _TOKEN.match(token):
            return response
        raise self._failure(response.status_code, found, response.headers.get("retry-after", ""))

    def _failure(self, status: int, found: dict[str, Any], retry_after: str) -> ConnectorError:
        word = found.get("error")
        word = word if isinstance(word, str) else ""
        if status in _SERVER_ERRORS or status == TOO_MANY:
            is_trouble = status in _SERVER_ERRORS
            return FetchError(
                f"{self.title} has trouble of its own at the moment. Try again in a while."
                if is_trouble
                else f"{self.title} asks us to slow down. Try again in a while.",
                fetch_code="source_unavailable" if is_trouble else "rate_limited",
                retry_after_s=parse_retry_after(retry_after, now=timezone.now()),
                http_status=status,
            )
        if word in _OF_APPLICATION or (status == UNAUTHORIZED and word not in _OF_GRANT):
            return ApplicationRefusedError(
                f"{self.title} does not accept the application of this installation. Whoever runs "
                "it has to look at the id and secret in the administration."
            )
        if word in _OF_GRANT or (status == BAD_REQUEST and not word):
            return ReconnectError(
                f"{self.title} does not accept the connection any more. Reconnect the account."
            )
        is_ours = status == BAD_REQUEST
        return FetchError(
            f"{self.title} does not accept what we ask of it."
            if is_ours
            else f"{self.title} answered something we cannot use. Try again in a while.",
            fetch_code="request_refused" if is_ours else "bad_response",
            http_status=status,
        )

    def _read(
        self, found: dict[str, Any], asked: tuple[str, ...], *, former: Tokens | None
    ) -> Tokens:
        now = timezone.now()
        given = found.get("refresh_token")
        is_given = isinstance(given, str) and bool(_TOKEN.match(given))
        kept = former.refresh_token if former else ""
        ends = _refresh_end(found, now)
        return Tokens(
            found["access_token"],
            str(given) if is_given else kept,
            now + dt.timedelta(seconds=_seconds(found.get("expires_in")) or ASSUMED_S),
            ends if is_given or former is None else former.refresh_expires_at,
            self._granted(found.get("scope"), asked),
        )

    def _granted(self, said: object, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Return the scopes that were granted; those that were asked for where nothing is said."""
        if not isinstance(said, str) or not said.strip():
            return asked
        words = re.split(r"[\s,]+", said.strip())
        return tuple(dict.fromkeys(word[:80] for word in words if word))


def _seconds(value: object) -> int | None:
    """Return a number of seconds; None for anything that is none."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    found = int(text) if _DIGITS.match(text) else 0
    return min(found, _LONGEST_S) or None


def _refresh_end(found: dict[str, Any], now: dt.datetime) -> dt.datetime | None:
    """Return when the refresh token ends: as seconds, else as a moment of Unix time."""
    if seconds := _seconds(found.get("refresh_token_expires_in")):
        return now + dt.timedelta(seconds=seconds)
    moment = found.get("refresh_token_expires_at")
    if isinstance(moment, int) and now.timestamp() < moment < now.timestamp() + _LONGEST_S:
        return dt.datetime.fromtimestamp(moment, dt.UTC)
    return None
