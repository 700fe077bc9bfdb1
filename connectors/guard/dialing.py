"""The one door to the network: resolve once, judge every answer, connect to what was judged."""

import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import zip_longest
from typing import Any, Final

import httpcore

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard.addresses import IPAddress, Judge, judge
from connectors.guard.host_map import HostMap
from connectors.guard.resolving import Resolver, SystemResolver
from connectors.guard.sockets import connect

MAX_ANSWERS: Final = 32
# Of a host with many addresses, so many are tried before the fetch gives up.
MAX_ATTEMPTS: Final = 4
CONNECT_TIME_LIMIT_S: Final = 5.0
MAX_HEAD_BYTES: Final = 64 * 1024
_HEAD_READ_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that may be connected to: judged, or the loopback stand-in of a mapped host."""

    address: IPAddress
    port: int


class Dialer:
    """Opens connections for a fetch, or for a proxy that filters for a browser.

    ``judge`` is a parameter for tests only; no setting reaches it.
    """

    def __init__(
        self,
        *,
        resolver: Resolver | None = None,
        host_map: HostMap | None = None,
        judge: Judge = judge,
    ) -> None:
        self._resolver = resolver or SystemResolver()
        self._host_map = host_map or HostMap()
        self._judge = judge

    def has_stand_in(self, host: str, port: int) -> bool:
        """Say whether the host is served by a loopback stand-in, in plain HTTP."""
        return self._host_map.find(host, port) is not None

    async def resolve_and_judge(self, host: str, port: int) -> Sequence[Endpoint]:
        """Return the endpoints of a checked host in the order in which to try them.

        One lookup; a single answer that the judge refuses refuses them all.

        Raises:
            AddressRefusedError: an answer is not public, or there are too many.
            FetchError: ``network`` or ``source_timeout``, when there is no answer.
        """
        stand_in = self._host_map.find(host, port)
        if stand_in is not None:
            return (Endpoint(stand_in.address, stand_in.port),)
        addresses = [_literal(host)] if _is_literal(host) else await self._look_up(host, port)
        for address in addresses:
            self._judge(address)
        return tuple(Endpoint(address, port) for address in addresses)

    async def connect(self, endpoints: Sequence[Endpoint]) -> "GuardedStream":
        """Connect to the first endpoint that answers, by both versions of IP in turn.

        Raises:
            AddressRefusedError: the socket's peer is not the endpoint.
            httpcore.ConnectError: no endpoint answers.
            httpcore.ConnectTimeout: the last endpoint does not answer in time.
        """
        *earlier, last = _in_turn(endpoints)[:MAX_ATTEMPTS]
        for endpoint in earlier:
            try:
                return await self._connect_to(endpoint)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect_to(last)

    async def dial(self, host: str, port: int) -> "GuardedStream":
        """Resolve, judge and connect, with the errors of these."""
        return await self.connect(await self.resolve_and_judge(host, port))

    async def _connect_to(self, endpoint: Endpoint) -> "GuardedStream":
        # asyncio takes an address without another lookup.
        stream = await connect(str(endpoint.address), endpoint.port, within_s=CONNECT_TIME_LIMIT_S)
        try:
            peer = stream.get_extra_info("socket").getpeername()
        except OSError as exc:
            await stream.aclose()
            raise httpcore.ConnectError("The connection ended at once.") from exc
        if ip_address(peer[0]) != endpoint.address or peer[1] != endpoint.port:
            await stream.aclose()
            raise AddressRefusedError("The connection led elsewhere.", reason="peer")
        return GuardedStream(stream)

    async def _look_up(self, host: str, port: int) -> list[IPAddress]:
        answers = list(dict.fromkeys(await self._resolver.resolve(host, port)))
        if not answers:
            raise FetchError("The name of the site has no address.", fetch_code="network")
        if len(answers) > MAX_ANSWERS:
            raise AddressRefusedError(
                "The name of the site has too many addresses.", reason="too_many_addresses"
            )
        try:
            return [ip_address(answer) for answer in answers]
        except ValueError as exc:
            raise AddressRefusedError(
                "The name of the site has no usable address.", reason="address"
            ) from exc


def _in_turn(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Alternate the versions: where one leads nowhere, its addresses would use up all attempts."""
    version = endpoints[0].address.version
    first = [one for one in endpoints if one.address.version == version]
    other = [one for one in endpoints if one.address.version != version]
    return [one for pair in zip_longest(first, other) for one in pair if one is not None]


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _literal(host: str) -> IPAddress:
    try:
        return ip_address(host)
    except ValueError as exc:
        raise AddressRefusedError("The address is not valid.", reason="host") from exc


class GuardedStream(httpcore.AsyncNetworkStream):
    """A connection that bounds the head of each answer and never leaks its socket."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._head_bytes_left = MAX_HEAD_BYTES
        self._is_in_head = True
        self._is_tunnel = False

    def begin_body(self) -> None:
        """Stop counting: the head of the answer has been read."""
        self._is_in_head = False

    def become_tunnel(self) -> None:
        """Stop counting for good: what passes from here on is another's conversation."""
        self._is_tunnel = True
        self._is_in_head = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        if not self._is_in_head:
            return await self._stream.read(max_bytes, timeout)
        # Interim answers (1xx) are whole heads of their own; together they share one allowance.
        data = await self._stream.read(min(max_bytes, _HEAD_READ_BYTES), timeout)
        if not data:
            raise httpcore.ReadError("The server ended the connection without an answer.")
        self._head_bytes_left -= len(data)
        if self._head_bytes_left < 0:
            raise httpcore.RemoteProtocolError("The head of the answer is too long.")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's signature
        if buffer and not self._is_tunnel:
            self._head_bytes_left = MAX_HEAD_BYTES
            self._is_in_head = True
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> "GuardedStream":
        try:
            return GuardedStream(
                await self._stream.start_tls(ssl_context, server_hostname, timeout)
            )
        except BaseException:
            # A handshake that is cancelled by the deadline would leave the socket open.
            await self._stream.aclose()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Makes the connections of httpcore go through a dialer."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> GuardedStream:
        return await self._dialer.dial(host, port)
