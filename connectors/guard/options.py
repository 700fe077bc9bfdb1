"""How a guarded client is set up, and what of it an operator may choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from connectors.guard.host_map import HostMap

USER_AGENT = "Magpie/0.1 (+https://example.org/about)"
TRUSTED_HOSTS = ("i.pinimg.com", "v1.pinimg.com")


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """What a client may do, beyond what the guard forbids to all.

    Attributes:
        user_agent: how Magpie names itself to the servers.
        host_map: loopback stand-ins for named hosts.
        trusted_hosts: exact names whose connections are kept open between requests.
        http2_hosts: those of them to which HTTP/2 is offered, so that one connection carries
            several requests at a time.
        total_limit: requests under way at a time.
        host_limit: requests under way at a time to one host.
        host_limits: other limits for named hosts.
    """

    user_agent: str = USER_AGENT
    host_map: HostMap = field(default_factory=HostMap)
    trusted_hosts: frozenset[str] = frozenset(TRUSTED_HOSTS)
    http2_hosts: frozenset[str] = frozenset()
    total_limit: int = 32
    host_limit: int = 8
    host_limits: Mapping[str, int] = field(default_factory=lambda: {"i.pinimg.com": 16})


def is_production() -> bool:
    """Say whether this installation serves real people: it has a secret of its own."""
    return not settings.IS_LOCAL


def options_from_settings() -> GuardOptions:
    """Read the options of this installation.

    Raises:
        ImproperlyConfigured: ``FETCH_HOST_MAP`` is wrong, or set in production.
    """
    entries = getattr(settings, "FETCH_HOST_MAP", {})
    if entries and is_production():
        raise ImproperlyConfigured("FETCH_HOST_MAP is for demos and tests; production has none.")
    return GuardOptions(
        user_agent=getattr(settings, "FETCH_USER_AGENT", USER_AGENT),
        host_map=HostMap(entries),
        trusted_hosts=frozenset(getattr(settings, "FETCH_TRUSTED_HOSTS", TRUSTED_HOSTS)),
        total_limit=getattr(settings, "FETCH_CONCURRENCY", 32),
    )
