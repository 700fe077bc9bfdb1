"""The check of a URL that comes from data: it refuses what two parsers could read differently.

Nothing is repaired. A URL that needs repair in its authority is refused, because the parser that
checks and the parser that connects might repair it in two ways.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin

import idna

from connectors.errors import AddressRefusedError
from connectors.guard.addresses import IPAddress

MAX_URL_CHARS: Final = 8192
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
ALLOWED_PORTS: Final = frozenset(DEFAULT_PORTS.values())

# [0-9] and never \d, which takes the digits of every script; \Z and never $, which takes a newline.
_URL = re.compile(r"([Hh][Tt][Tt][Pp][Ss]?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?\Z", re.DOTALL)
_NAMED_AUTHORITY = re.compile(r"([^:\[\]]+)(?::([1-9][0-9]{0,4}))?\Z")
_V6_AUTHORITY = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([1-9][0-9]{0,4}))?\Z")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER_LABEL = re.compile(r"(?:[0-9]+|0[xX][0-9A-Fa-f]*)\Z")
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_DOTTED_DECIMAL = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}\Z")
# White space and control characters: parsers drop, keep or split at them.
_INVISIBLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_VISIBLE_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))

# Names that public DNS does not serve: special use, or reserved in practice for inner networks.
# fmt: off
_INTERNAL_SUFFIXES: Final = frozenset({
    "alt", "arpa", "cluster", "consul", "corp", "docker", "domain", "example", "home", "i2p",
    "internal", "intranet", "invalid", "kubernetes", "lan", "local", "localdomain", "localhost",
    "localnet", "mail", "onion", "private", "svc", "test", "workgroup",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class CheckedURL:
    """A URL that passed the check, in the one form in which it is requested.

    Attributes:
        scheme: ``http`` or ``https``.
        host: an ASCII name in lower case without a final dot, or an IP address without brackets.
        port: 80 or 443.
        target: path and query in visible ASCII, begins with a slash.
        literal: the address when the host is one; a literal still has to be judged.
    """

    scheme: str
    host: str
    port: int
    target: str
    literal: IPAddress | None = None

    @property
    def authority(self) -> str:
        """What the ``Host`` header says: no port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def check_url(url: str, *, stand_ins: Container[str] = ()) -> CheckedURL:
    """Take an ``http`` or ``https`` URL apart, or refuse it.

    The check reads text only: no name is resolved and no address is judged.

    Args:
        url: as it came from data.
        stand_ins: hosts with a loopback stand-in; these alone may bear a reserved name.

    Raises:
        AddressRefusedError: with ``reason`` one of ``syntax``, ``scheme``, ``port``, ``host``
            and ``internal_name`` in its context.
    """
    if len(url) > MAX_URL_CHARS or _INVISIBLE.search(url):
        raise _refusal("syntax")
    match = _URL.match(url)
    if match is None:
        raise _refusal("scheme")
    scheme, authority, path, query = match.groups(default="")
    if "\\" in path:
        raise _refusal("syntax")
    scheme = scheme.lower()
    host, port, literal = parse_authority(authority, default_port=DEFAULT_PORTS[scheme])
    if literal is None and host not in stand_ins:
        refuse_internal_name(host)
    # Only what is not ASCII gets encoded; the visible rest goes out as it came.
    target = quote((path or "/") + query, safe=_VISIBLE_ASCII)
    return CheckedURL(scheme, host, port, target, literal)


def parse_authority(authority: str, *, default_port: int) -> tuple[str, int, IPAddress | None]:
    """Take ``host`` or ``host:port`` of a URL apart, by syntax alone.

    Returns:
        Host and port as in `CheckedURL`, and the address when the host is one.

    Raises:
        AddressRefusedError: as `check_url`.
    """
    if any(sign in authority for sign in "@%\\") or _INVISIBLE.search(authority):
        raise _refusal("syntax")
    if authority.startswith("["):
        match = _V6_AUTHORITY.match(authority)
    else:
        match = _NAMED_AUTHORITY.match(authority)
    if match is None:
        raise _refusal("syntax")
    port = int(match[2]) if match[2] else default_port
    if port not in ALLOWED_PORTS:
        raise _refusal("port")
    if authority.startswith("["):
        address: IPAddress = _parse_v6(match[1])
        return str(address), port, address
    host = _check_name(match[1])
    return host, port, IPv4Address(host) if _DOTTED_DECIMAL.match(host) else None


def refuse_internal_name(host: str) -> None:
    """Refuse a name that public DNS does not serve.

    Raises:
        AddressRefusedError: a single label, or a suffix of inner networks.
    """
    _, dot, suffix = host.rpartition(".")
    if not dot or suffix in _INTERNAL_SUFFIXES:
        raise _refusal("internal_name")


def check_location(
    base: CheckedURL, location: str, *, stand_ins: Container[str] = ()
) -> CheckedURL:
    """Check the raw ``Location`` of a redirect that ``base`` answered with.

    Spaces are encoded, as browsers do: servers that unpack a path to redirect it send them. In an
    authority they are refused all the same, for their percent sign.

    Raises:
        AddressRefusedError: as `check_url`.
    """
    location = location.replace(" ", "%20")
    if not location or _INVISIBLE.search(location) or "\\" in location.partition("?")[0]:
        raise _refusal("syntax")
    if _ABSOLUTE.match(location):
        return check_url(location, stand_ins=stand_ins)
    if location.startswith("//"):
        return check_url(f"{base.scheme}:{location}", stand_ins=stand_ins)
    return check_url(urljoin(str(base), location), stand_ins=stand_ins)


def _parse_v6(text: str) -> IPv6Address:
    try:
        return IPv6Address(text)
    except AddressValueError as exc:
        raise _refusal("host") from exc


def _check_name(name: str) -> str:
    if _DOTTED_DECIMAL.match(name):
        return name
    name = name.removesuffix(".")
    host = name.lower() if name.isascii() else _to_ascii(name)
    labels = host.split(".")
    if len(host) > 253 or not all(map(_is_label, labels)):  # noqa: PLR2004  # RFC 1035
        raise _refusal("host")
    if _NUMBER_LABEL.match(labels[-1]):
        raise _refusal("host")
    return host


def _is_label(label: str) -> bool:
    if not _LABEL.match(label):
        return False
    if not label.startswith("xn--"):
        return True
    try:
        idna.ulabel(label)
    except UnicodeError:
        return False
    return True


def _to_ascii(name: str) -> str:
    """Encode an international name by IDNA 2008, without any of the mappings of UTS 46."""
    lowered = name.lower()
    labels = lowered.split(".")
    if unicodedata.normalize("NFKC", name) != name or labels[-1].isnumeric():
        raise _refusal("host")
    try:
        return ".".join(
            label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels
        )
    except UnicodeError as exc:
        raise _refusal("host") from exc


_SENTENCES: Final = {
    "syntax": "The address is not written as a plain web address.",
    "scheme": "Only addresses that begin with http:// or https:// can be fetched.",
    "port": "Only the standard web ports 80 and 443 can be fetched.",
    "host": "The name of the site in the address is not a valid public name.",
    "internal_name": "The address leads into an internal network. Use a public web address.",
}


def _refusal(reason: str) -> AddressRefusedError:
    return AddressRefusedError(_SENTENCES[reason], reason=reason)
