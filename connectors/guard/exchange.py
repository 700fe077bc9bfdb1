"""One request and its answer, on one connection, without redirects."""

import re
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import httpcore

from connectors.errors import FetchError
from connectors.guard.connections import Connection, Connections
from connectors.guard.http2 import UnansweredError
from connectors.guard.messages import Request, Response
from connectors.guard.urls import CheckedURL

# What a caller may ask with. None of it is a credential, and none of it survives a redirect. A
# token or a signed form is sent by `bearer_headers` and `form_headers` alone, with a request that
# follows no redirect.
REQUEST_HEADERS: Final = frozenset(
    {"accept", "accept-language", "if-modified-since", "if-none-match", "referer"}
)
# What the session of a browser is asked with, by `session_headers` alone; like a token, it is sent
# with a request that follows no redirect, to a host that does not come from data.
SESSION_HEADERS: Final = frozenset(
    {
        *("accept", "accept-language", "cookie", "referer", "user-agent"),
        *("x-app-version", "x-csrftoken", "x-pinterest-pws-handler", "x-requested-with"),
    }
)
_CONDITIONAL: Final = frozenset({"if-modified-since", "if-none-match"})
MAX_HEADER_CHARS: Final = 4096
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}\Z")
_BASIC = re.compile(r"Basic [A-Za-z0-9+/]{1,4000}={0,2}\Z")
_HEADER_VALUE = re.compile(rf"[\x20-\x7e]{{1,{MAX_HEADER_CHARS}}}\Z")


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by lower-case name.

    Raises:
        ValueError: a header that is not one of `REQUEST_HEADERS`, or not visible ASCII.
    """
    checked = {name.lower(): value for name, value in headers.items()}
    for name, value in checked.items():
        if name not in REQUEST_HEADERS or not _HEADER_VALUE.match(value):
            raise ValueError(f"The header {name!r} may not be sent with this value.")
    return checked


def bearer_headers(token: str) -> dict[str, str]:
    """Return the headers of a request to an API, with a token of OAuth where there is one.

    Raises:
        ValueError: the token is no token. It is not in the message.
    """
    headers = {"accept": "application/json"}
    if token:
        if not _TOKEN.match(token):
            raise ValueError("The access token is none: it is too long, or not visible ASCII.")
        headers["authorization"] = f"Bearer {token}"
    return headers


def session_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a request that is made as a browser's page makes it.

    Raises:
        ValueError: a header that is not one of `SESSION_HEADERS`, or not visible ASCII. Its value
            is not in the message.
    """
    checked = {name.lower(): value for name, value in headers.items()}
    for name, value in checked.items():
        if name not in SESSION_HEADERS or not _HEADER_VALUE.match(value):
            raise ValueError(f"The header {name!r} may not be sent, or not with this value.")
    return checked


def form_headers(authorization: str) -> dict[str, str]:
    """Return the headers of a form that is sent to an API, signed by HTTP Basic.

    Raises:
        ValueError: the signature is none. It is not in the message.
    """
    if not _BASIC.match(authorization):
        raise ValueError("The form is not signed by HTTP Basic, or with more than fits a header.")
    return {
        "accept": "application/json",
        "authorization": authorization,
        "content-type": "application/x-www-form-urlencoded",
    }


def is_conditional(headers: Mapping[str, str]) -> bool:
    """Say whether checked headers allow the answer 304."""
    return not _CONDITIONAL.isdisjoint(headers)


class Exchange:
    """Sends requests over guarded connections and translates the failures of the network."""

    def __init__(self, connections: Connections, *, user_agent: str) -> None:
        self._connections = connections
        self._user_agent = user_agent

    @asynccontextmanager
    async def request(
        self, url: CheckedURL, headers: Mapping[str, str], *, form: bytes | None = None
    ) -> AsyncGenerator[Response]:
        """Send a GET, or a POST with a form, and yield the answer with its body still to be read.

        Raises:
            AddressRefusedError: the name leads to an address that is refused.
            FetchError: ``network``, ``source_timeout`` or ``bad_response``.
        """
        request = self._make_request(url, headers, form)
        with _translating(protocol_code="bad_response"):
            connection, response = await self._send(url, request)
        try:
            response.stream.begin_body()
            # A body that breaks off or breaks its framing may be whole another time.
            with _translating(protocol_code="network"):
                yield response
        finally:
            try:
                await response.body.aclose()
            except BaseException:
                # Whoever gives up here would leave the socket open.
                await connection.aclose()
                raise
            await self._connections.give_back(url, connection)

    async def _send(self, url: CheckedURL, request: Request) -> tuple[Connection, Response]:
        # A form that may have arrived is not sent twice: what is in it may be good for one use.
        is_form = request.method == b"POST"
        if not is_form and (shared := await self._send_shared(url, request)) is not None:
            return shared
        idle = None if is_form else await self._connections.take_idle(url)
        if idle is not None:
            try:
                return idle, await idle.send(request)
            except (httpcore.NetworkError, httpcore.ProtocolError):
                # The server may end an idle connection just as the request is on its way.
                await idle.aclose()
            except BaseException:
                # Who gives up before the request is on its way leaves httpcore unaware of it.
                await idle.aclose()
                raise
        connection = self._connections.open(url)
        try:
            return connection, await connection.send(request)
        except BaseException:
            await connection.aclose()
            raise

    async def _send_shared(
        self, url: CheckedURL, request: Request
    ) -> tuple[Connection, Response] | None:
        """Send a request by HTTP/2, once more at the most; None where the server has none."""
        for is_last in (False, True):
            connection = await self._connections.share(url)
            if connection is None:
                break
            try:
                return connection, await connection.send(request)
            except UnansweredError:
                if is_last and not connection.is_broken:
                    raise
        return None

    def _make_request(
        self, url: CheckedURL, headers: Mapping[str, str], form: bytes | None
    ) -> Request:
        sent = {
            "Host": url.authority,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "keep-alive" if self._connections.is_kept_alive(url) else "close",
            **{name.title(): value for name, value in headers.items()},
        }
        if form is not None:
            sent["Content-Length"] = str(len(form))
        raw = [(name.encode(), value.encode()) for name, value in sent.items()]
        return Request(url.target.encode(), raw, form)


@contextmanager
def _translating(*, protocol_code: str) -> Generator[None]:
    try:
        yield
    except httpcore.TimeoutException as exc:
        raise FetchError("The site did not answer in time.", fetch_code="source_timeout") from exc
    except httpcore.NetworkError as exc:
        raise FetchError("The site could not be reached.", fetch_code="network") from exc
    except httpcore.ProtocolError as exc:
        raise FetchError(
            "The site's answer breaks the rules of HTTP.", fetch_code=protocol_code
        ) from exc
