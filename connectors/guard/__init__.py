"""The guarded client: the only door to addresses that come from data.

It keeps hostile data from making Magpie talk to its own network. Text is checked (`check_url`),
every resolved address is judged (`judge`), the connection is made to exactly what was judged
(`Dialer`), and each answer is bounded in bytes and in time (`GuardedClient`).
"""

from connectors.guard.addresses import Judge, judge
from connectors.guard.answers import Answer, Download
from connectors.guard.bodies import Writer
from connectors.guard.client import GuardedClient
from connectors.guard.dialing import Dialer, Endpoint, GuardedBackend, GuardedStream
from connectors.guard.host_map import HostMap
from connectors.guard.options import GuardOptions
from connectors.guard.resolving import Resolver, SystemResolver
from connectors.guard.urls import CheckedURL, check_url

__all__ = [
    "Answer",
    "CheckedURL",
    "Dialer",
    "Download",
    "Endpoint",
    "GuardOptions",
    "GuardedBackend",
    "GuardedClient",
    "GuardedStream",
    "HostMap",
    "Judge",
    "Resolver",
    "SystemResolver",
    "Writer",
    "check_url",
    "judge",
]
