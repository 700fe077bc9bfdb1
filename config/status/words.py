"""Seconds and bytes as people read them."""

from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
_STEP: Final = 1024


def span(seconds: float | None) -> str:
    """Return ``3 min`` or ``2.5 h``; a dash where there is nothing to say."""
    if seconds is None:
        return "—"
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{seconds / length:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"


def size(count: int) -> str:
    """Return ``1.5 GiB``."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < _STEP:
            return f"{amount:.1f}".removesuffix(".0") + f" {unit}"
        amount /= _STEP
    return f"{amount:.1f} TiB"
