"""What turns the records of one kind into items, rejections and boards."""

from typing import Protocol, TypeAlias

from connectors.items import BoardRef, Rejection, RejectionReason, SavedItem
from connectors.readers.batches import Batch, Unreadable
from connectors.readers.pinterest.ids import are_rounded
from connectors.readers.pinterest.pins import PinNormalizer, reject

Unit: TypeAlias = SavedItem | Rejection | BoardRef
# What data of a wrong type, or nested too deeply, makes code raise.
ODD_ERRORS = (TypeError, ValueError, AttributeError, KeyError, RecursionError)
# What the serializer says of a record that is nested more deeply than it goes.
_TOO_DEEP = "Recursion limit reached"
_NUL = b"\\u0000"


class UnitReader(Protocol):
    """Reads the records of all members of one kind, in order.

    Attributes:
        is_stateful: what a record becomes depends on those before it, so that a resumed
            import passes over all of them with :meth:`skim`.
    """

    is_stateful: bool

    def begin(self, batch: Batch, member_name: str) -> None:
        """Take note of what holds for all records of a batch; called before they are read."""

    def read(self, value: object, index: int) -> Unit:
        """Return what a record becomes; ``index`` is its ordinal unless it is a board."""

    def skim(self, value: object) -> None:
        """Pass over a record that was read before an interruption."""


class PinReader:
    """Pins out of JSON or CSV, whoever wrote them."""

    is_stateful = False

    def __init__(self, *, drops_promoted: bool) -> None:
        """Read feeds (``drops_promoted``) or a person's own boards."""
        self._normalizer = PinNormalizer()
        self._drops_promoted = drops_promoted
        self._is_storable = False

    def begin(self, batch: Batch, member_name: str) -> None:
        """Look once for what holds for all: what a database refuses, and ids that are none."""
        self._is_storable = bool(batch.source) and _NUL not in batch.source
        before = self._normalizer.has_rounded_ids
        self._normalizer.has_rounded_ids = are_rounded(batch.values, is_likely=before)

    def read(self, value: object, index: int) -> Unit:
        """Return the pin, or why there is none."""
        if isinstance(value, Unreadable):
            return reject_unreadable(value, index)
        try:
            return self._normalizer.read(
                value,
                index,
                drops_promoted=self._drops_promoted,
                is_storable=self._is_storable,
            )
        except ODD_ERRORS as exc:
            return reject_odd(value, index, exc)

    def skim(self, value: object) -> None:
        """Nothing of one pin matters to the next."""


def reject_unreadable(value: Unreadable, index: int) -> Rejection:
    """Return the rejection of a record that could not be parsed."""
    return reject(index, RejectionReason.RECORD_INVALID, value.excerpt, detail=value.detail)


def reject_odd(value: object, index: int, error: Exception) -> Rejection:
    """Return the rejection of a record whose fields are of kinds that nobody expects.

    One bad record must never end an import, so readers call this for ``ODD_ERRORS``.
    """
    if isinstance(error, RecursionError) or str(error) == _TOO_DEEP:
        detail = "The record is nested too deeply."
    else:
        detail = f"The record has a field of an unexpected kind ({type(error).__name__})."
    return reject(index, RejectionReason.RECORD_INVALID, value, detail=detail)
