"""Which IP addresses the guard connects to.

``ipaddress.is_global`` is not the judge: it lets through multicast, NAT64, 6to4, site-local and
other forms that end at a private machine.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Protocol

from connectors.errors import AddressRefusedError

IPAddress = IPv4Address | IPv6Address

_V4_DENIED = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's wire server: a public address that answers only inside
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_V6_ALLOWED = IPv6Network("2000::/3")
_V6_DENIED = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# An ISATAP interface identifier carries an IPv4 address behind a public prefix.
_ISATAP_IDENTIFIERS = frozenset({0x0000_5EFE, 0x0200_5EFE})


class Judge(Protocol):
    """Decides about one address before a connection is made to it."""

    def __call__(self, address: IPAddress, /) -> None:
        """Return when the address may be connected to.

        Raises:
            AddressRefusedError: when it may not.
        """


def judge(address: IPAddress) -> None:
    """Let public unicast addresses pass: IPv4 by a deny list, IPv6 by an allow list.

    Raises:
        AddressRefusedError: the address is private, reserved, or carries another address.
    """
    is_public = (
        _is_public_v4(address) if isinstance(address, IPv4Address) else _is_public_v6(address)
    )
    if not is_public:
        raise AddressRefusedError(
            "The address leads to a private or reserved network. Use a public web address.",
            reason="private_address",
        )


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in block for block in _V4_DENIED)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in _V6_ALLOWED:
        return False
    if any(address in block for block in _V6_DENIED):
        return False
    return (int(address) >> 32) & 0xFFFF_FFFF not in _ISATAP_IDENTIFIERS
