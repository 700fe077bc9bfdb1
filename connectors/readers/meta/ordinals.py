"""Count how often the same row came before, in 16 bytes a row."""

from array import array

_FIRST_SIZE = 1 << 12
_MAX_LOAD = 0.5


class OrdinalCounter:
    """Tells the ordinal of a row among identical ones.

    An open-addressing table of 64-bit digests; two different rows among a million share one
    with a chance of 1 in 30 million, and then get different ordinals and stay apart.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._used = 0
        self._repeats: dict[int, int] = {}

    def next(self, digest: bytes) -> int:
        """Return how many times ``digest`` was given before."""
        key = int.from_bytes(digest[:8], "big") or 1
        at = self._find(key)
        if self._slots[at] == key:
            ordinal = self._repeats.get(key, 0) + 1
            self._repeats[key] = ordinal
            return ordinal
        self._slots[at] = key
        self._used += 1
        if self._used > _MAX_LOAD * len(self._slots):
            self._grow()
        return 0

    def _find(self, key: int) -> int:
        slots = self._slots
        mask = len(slots) - 1
        at = key & mask
        while slots[at] not in {0, key}:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(16 * len(old)))
        for key in old:
            if key:
                self._slots[self._find(key)] = key
