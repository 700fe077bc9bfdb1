"""Loopback stand-ins for named hosts: how demos and tests fetch without the internet."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from connectors.errors import AddressRefusedError
from connectors.guard.addresses import IPAddress
from connectors.guard.urls import ALLOWED_PORTS, parse_authority


@dataclass(frozen=True, slots=True)
class StandIn:
    """Where a mapped host is served instead, always in plain HTTP."""

    address: IPAddress
    port: int


class HostMap:
    """Stand-ins by exact host and port; a name without a port is mapped for both web ports.

    Raises:
        ImproperlyConfigured: a name that is not one, or a stand-in that is not a
            loopback address with a port.
    """

    def __init__(self, entries: Mapping[str, str] | None = None) -> None:
        self._stand_ins: dict[tuple[str, int], StandIn] = {}
        for name, target in (entries or {}).items():
            stand_in = _parse_stand_in(target)
            for host, port in _parse_name(name):
                self._stand_ins[host, port] = stand_in

    @property
    def hosts(self) -> frozenset[str]:
        """The names that have a stand-in."""
        return frozenset(host for host, _ in self._stand_ins)

    def find(self, host: str, port: int) -> StandIn | None:
        """Return the stand-in of exactly this host and port."""
        return self._stand_ins.get((host, port))


def _parse_name(name: str) -> list[tuple[str, int]]:
    try:
        found = {parse_authority(name, default_port=port)[:2] for port in ALLOWED_PORTS}
    except AddressRefusedError as exc:
        raise ImproperlyConfigured(f"FETCH_HOST_MAP: {name!r} is not a host name.") from exc
    return sorted(found)


def _parse_stand_in(target: str) -> StandIn:
    problem = f"FETCH_HOST_MAP: {target!r} is not a loopback address with a port."
    try:
        parts = urlsplit(f"//{target}")
        address, port = ip_address(parts.hostname or ""), parts.port
    except ValueError as exc:
        raise ImproperlyConfigured(problem) from exc
    if not address.is_loopback or not port or parts.netloc != target or "@" in target:
        raise ImproperlyConfigured(problem)
    return StandIn(address, port)
