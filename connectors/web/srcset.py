"""The candidates of a ``srcset``, cut apart by the rules of the WHATWG."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_CANDIDATES: Final = 100
_SPACE = "\t\n\f\r "
# Descriptors up to the comma that ends the candidate; commas in parentheses belong to them.
_SEPARATORS = re.compile(r"[\t\n\f\r ,]*+")
_ADDRESS = re.compile(r"[^\t\n\f\r ]++")
_DESCRIPTORS = re.compile(r"((?:[^,(]++|\([^)]*+\)?+)*+),?+")
_DESCRIPTOR = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([wxh])\Z")


class Source(NamedTuple):
    """One candidate.

    Attributes:
        address: as it is written.
        width_px: of a ``w`` descriptor; None without.
        density: of an ``x`` descriptor; 1 without any descriptor.
    """

    address: str
    width_px: int | None
    density: float


def parse_srcset(text: str) -> list[Source]:
    """Return the candidates in the order of the text, without those of broken descriptors."""
    return list(_parse(text))


def _parse(text: str) -> Iterator[Source]:
    at = 0
    for _ in range(MAX_CANDIDATES):
        at = _SEPARATORS.match(text, at).end()  # type: ignore[union-attr]  # matches nothing, too
        match = _ADDRESS.match(text, at)
        if match is None:
            return
        address, at = match[0], match.end()
        descriptors = ""
        if address.endswith(","):
            address = address.rstrip(",")
        else:
            found = _DESCRIPTORS.match(text, at)
            if found is not None:
                descriptors, at = found[1], found.end()
        source = _describe(address, descriptors.split())
        if source is not None:
            yield source


def _describe(address: str, descriptors: list[str]) -> Source | None:
    width: int | None = None
    density = 1.0
    for written in descriptors:
        match = _DESCRIPTOR.match(written)
        if match is None:
            return None
        if match[2] == "w":
            width = int(float(match[1])) or None
        elif match[2] == "x":
            density = float(match[1])
    return Source(address, width, density) if address else None
