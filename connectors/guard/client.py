"""The guarded client: the only code that sends a request to an address that comes from data."""

import asyncio
import io
from collections.abc import Callable, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Final, Self

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard.addresses import Judge, judge
from connectors.guard.answers import OK, REDIRECTS, Answer, Download, Headers, refuse_failure
from connectors.guard.bodies import BodySink, Writer, decode, refuse_too_large
from connectors.guard.connections import Connections
from connectors.guard.dialing import Dialer
from connectors.guard.exchange import (
    Exchange,
    bearer_headers,
    check_headers,
    form_headers,
    is_conditional,
    session_headers,
)
from connectors.guard.options import GuardOptions, options_from_settings
from connectors.guard.resolving import Resolver
from connectors.guard.slots import Slots
from connectors.guard.urls import CheckedURL, check_location, check_url

MAX_REDIRECTS: Final = 5


class GuardedClient:
    """Downloads from public addresses within limits of size and time.

    Every connection goes to an address that was judged; redirects are followed by hand, and each
    hop is judged anew. No proxy, cookie, credential or environment variable takes part. One client
    belongs to one event loop and is used as a context manager::

        async with GuardedClient() as client:
            download = await client.download(url, to=file, max_bytes=10_000_000, deadline_s=30)
    """

    def __init__(
        self,
        options: GuardOptions | None = None,
        *,
        resolver: Resolver | None = None,
        ca_file: str = "",
        judge: Judge = judge,
    ) -> None:
        """Prepare a client.

        Args:
            options: limits and stand-ins; those of the settings by default.
            resolver: looks up names; the operating system by default.
            ca_file: certificates that are believed; certifi's list by default.
            judge: decides about addresses. For tests only: no setting reaches it.
        """
        self._options = options or options_from_settings()
        self._stand_ins = self._options.host_map.hosts
        self._connections = Connections(
            Dialer(resolver=resolver, host_map=self._options.host_map, judge=judge),
            trusted_hosts=self._options.trusted_hosts,
            http2_hosts=self._options.http2_hosts,
            ca_file=ca_file,
        )
        self._exchange = Exchange(self._connections, user_agent=self._options.user_agent)
        self._slots = Slots(
            total=self._options.total_limit,
            per_host=self._options.host_limit,
            special=self._options.host_limits,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connections.aclose()

    async def download(
        self,
        url: str,
        *,
        to: Writer,
        max_bytes: int,
        deadline_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> Download:
        """Stream one address to a writer.

        Args:
            url: as it came from data; it is checked here.
            to: a binary file, or a function that takes each piece. After an error it has taken
                the pieces before the error.
            max_bytes: of the decoded body.
            deadline_s: wall-clock time for all of it, redirects and name look-ups included. The
                clock starts when it is this request's turn at the host.
            headers: only those of `exchange.REQUEST_HEADERS`; sent with the first hop alone.

        Raises:
            AddressRefusedError: this address, or one that it redirects to, is refused.
            FetchError: with one of its codes.
            ValueError: a header that may not be sent.
        """
        checked = check_url(url, stand_ins=self._stand_ins)
        asked = check_headers(headers or {})
        sink = BodySink(to, max_bytes=max_bytes)
        try:
            async with asyncio.timeout(None) as clock:
                for hop in range(1 + MAX_REDIRECTS):
                    async with self._slots.hold(checked.host):
                        if clock.when() is None:
                            clock.reschedule(asyncio.get_running_loop().time() + deadline_s)
                        found = await self._fetch(checked, {} if hop else asked, sink, max_bytes)
                    if isinstance(found, Download):
                        return found
                    checked = found
        except TimeoutError as exc:
            raise FetchError(
                "The site did not answer in time.", fetch_code="source_timeout"
            ) from exc
        raise FetchError("The address redirects too often.", fetch_code="bad_response")

    async def get_bytes(
        self,
        url: str,
        *,
        max_bytes: int,
        deadline_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Download, bytes]:
        """Fetch something small into memory; arguments and errors as `download`."""
        body = io.BytesIO()
        download = await self.download(
            url, to=body, max_bytes=max_bytes, deadline_s=deadline_s, headers=headers
        )
        return download, body.getvalue()

    async def follow(
        self, url: str, *, until: Callable[[str], bool], max_bytes: int, deadline_s: float
    ) -> str:
        """Return the first address that ``url`` redirects to and ``until`` says yes to.

        That one is judged as text, and not asked for anything. Where ``until`` never says yes, it
        is the address that answers at last.

        Args:
            max_bytes: of that answer, which goes nowhere.
            deadline_s: wall-clock time for all of it.

        Raises:
            AddressRefusedError: this address, or one that it redirects to, is refused.
            FetchError: with one of its codes.
        """
        checked = check_url(url, stand_ins=self._stand_ins)
        sink = BodySink(lambda _: None, max_bytes=max_bytes)
        try:
            async with asyncio.timeout(deadline_s):
                for _ in range(1 + MAX_REDIRECTS):
                    async with self._slots.hold(checked.host):
                        found = await self._fetch(checked, {}, sink, max_bytes)
                    if isinstance(found, Download):
                        return found.final_url
                    checked = found
                    if until(str(checked)):
                        return str(checked)
        except TimeoutError as exc:
            raise FetchError(
                "The site did not answer in time.", fetch_code="source_timeout"
            ) from exc
        raise FetchError("The address redirects too often.", fetch_code="bad_response")

    async def ask(
        self,
        url: str,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        max_bytes: int,
        deadline_s: float,
    ) -> Answer:
        """Ask an API for JSON, and return what it answers, whatever its status.

        No redirect is followed, and nothing is asked without TLS, so that the token stays between
        Magpie and the host that it is for.

        Args:
            url: the way to it may come from data; its host must not.
            token: of OAuth; empty for an API that asks for none.
            headers: of a browser's session, in place of a token; only those of
                `exchange.SESSION_HEADERS`.
            max_bytes: of the decoded body.
            deadline_s: wall-clock time, from when it is this request's turn at the host.

        Raises:
            AddressRefusedError: the address is refused, or is not https.
            FetchError: there is no answer, or it is larger.
            ValueError: the token is no token, or a header may not be sent.
        """
        sent = bearer_headers(token) if headers is None else session_headers(headers)
        return await self._answer(url, sent, None, max_bytes=max_bytes, deadline_s=deadline_s)

    async def submit(
        self, url: str, *, form: bytes, authorization: str, max_bytes: int, deadline_s: float
    ) -> Answer:
        """Send a form to an API, and return what it answers; else as `ask`.

        It is sent once at the most.

        Args:
            form: as ``application/x-www-form-urlencoded``.
            authorization: the header that signs it, by HTTP Basic.

        Raises:
            AddressRefusedError: the address is refused, or is not https.
            FetchError: there is no answer, or it is larger.
            ValueError: it is not signed.
        """
        return await self._answer(
            url, form_headers(authorization), form, max_bytes=max_bytes, deadline_s=deadline_s
        )

    async def _answer(
        self,
        url: str,
        headers_sent: Mapping[str, str],
        form: bytes | None,
        *,
        max_bytes: int,
        deadline_s: float,
    ) -> Answer:
        """Send one request to an API, and read its answer whatever that is."""
        checked = check_url(url, stand_ins=self._stand_ins)
        if checked.scheme != "https":
            raise AddressRefusedError("An API is asked by https alone.", reason="scheme")
        body = io.BytesIO()
        try:
            async with (
                self._slots.hold(checked.host),
                asyncio.timeout(deadline_s),
                self._exchange.request(checked, headers_sent, form=form) as response,
            ):
                told = Headers(response.headers)
                refuse_too_large(told.announced_size_bytes(), max_bytes)
                sink = BodySink(body, max_bytes=max_bytes)
                async with aclosing(decode(response.body, told.encoding())) as pieces:
                    async for piece in pieces:
                        sink.write(piece)
        except TimeoutError as exc:
            raise FetchError(
                "The site did not answer in time.", fetch_code="source_timeout"
            ) from exc
        media_type = told.text("content-type").partition(";")[0].strip().lower()
        return Answer(response.status, media_type, told.texts(), body.getvalue())

    async def _fetch(
        self, url: CheckedURL, asked: Mapping[str, str], sink: BodySink, max_bytes: int
    ) -> Download | CheckedURL:
        """Ask one address; return what it gave, or where it redirects to."""
        async with self._exchange.request(url, asked) as response:
            headers = Headers(response.headers)
            if response.status in REDIRECTS:
                return check_location(url, headers.location(), stand_ins=self._stand_ins)
            refuse_failure(response.status, headers, is_conditional=is_conditional(asked))
            if response.status == OK:
                refuse_too_large(headers.announced_size_bytes(), max_bytes)
                async with aclosing(decode(response.body, headers.encoding())) as pieces:
                    async for piece in pieces:
                        sink.write(piece)
        content_type = headers.text("content-type")
        return Download(
            final_url=str(url),
            status=response.status,
            content_type=content_type,
            media_type=content_type.partition(";")[0].strip().lower(),
            size_bytes=sink.size_bytes,
            sha256=sink.sha256,
            etag=headers.text("etag"),
            last_modified=headers.text("last-modified"),
        )
