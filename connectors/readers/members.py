"""The members of an import: content, how to cut it into records, how to read them."""

import dataclasses
from collections.abc import Callable, Iterator

from connectors.readers.batches import Batch
from connectors.readers.contents import Content
from connectors.readers.units import UnitReader


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One file, or member of an archive, that is part of an import.

    Attributes:
        content: its bytes, decoded where they are text.
        parse: cuts the content into records, from an offset that a batch named.
        reader: of this member alone, or shared by all of the same kind.
    """

    content: Content
    parse: Callable[[Content, int], Iterator[Batch]]
    reader: UnitReader

    def batches(self, restart_at: int) -> Iterator[Batch]:
        """Yield the records from an offset on."""
        return self.parse(self.content, restart_at)
