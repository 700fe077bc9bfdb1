"""What runs can do: each kind of job is one class, found here by its name."""

import time
from typing import ClassVar, Protocol

from ingestion.engine.claims import Claim

SLICE_S = 60.0


class Slice:
    """The time that a run may work before others have their turn.

    Attributes:
        held: the claim that the slice works under.
    """

    def __init__(self, held: Claim, *, should_stop: "StopSignal", seconds: float = SLICE_S) -> None:
        self.held = held
        self._should_stop = should_stop
        self._ends_at = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Return whether to save and yield: time is up, or the process is to end."""
        return time.monotonic() >= self._ends_at or self._should_stop()


class StopSignal(Protocol):
    """Tells whether the process is about to end, or the lease is gone."""

    def __call__(self) -> bool:
        """Return True once work should stop at the next batch."""


class Kind(Protocol):
    """One kind of job. ``work`` does a slice of it and ends or yields the run itself."""

    name: ClassVar[str]

    def work(self, turn: Slice) -> None:
        """Work until the end or until ``turn.is_over``; every batch checks the fence."""


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind of job known; called while the apps get ready."""
    _KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Return the kind called ``name``."""
    return _KINDS[name]
