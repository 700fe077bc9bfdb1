"""How much an archive may hold, and the sentences with which it is refused."""

import dataclasses

from connectors.errors import ArchiveRefusedError

MIB = 1024 * 1024
GIB = 1024 * MIB


@dataclasses.dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds of one archive; sizes in bytes.

    Attributes:
        directory_bytes: size of the table of contents.
        entries: how many members the table may list.
        member_bytes: real size of one member, counted while it is read.
        total_bytes: size of the data members of one archive together.
        ratio: allowed expansion of a member whose size is above ``ratio_floor_bytes``.
        ratio_floor_bytes: below it any expansion is harmless.
    """

    directory_bytes: int = 64 * MIB
    entries: int = 65_535
    member_bytes: int = 4 * GIB
    total_bytes: int = 4 * GIB
    ratio: int = 200
    ratio_floor_bytes: int = 10 * MIB

    def is_bomb(self, *, packed_bytes: int, real_bytes: int) -> bool:
        """Say whether the data grow more than any honest export does."""
        return real_bytes > self.ratio_floor_bytes and real_bytes > self.ratio * packed_bytes


DEFAULT_LIMITS = ArchiveLimits()


def damaged(label: str, what: str, *, reason: str = "damaged") -> ArchiveRefusedError:
    """Return the refusal of an archive whose structure does not hold together."""
    return ArchiveRefusedError(
        f"The archive “{label}” cannot be trusted: {what}. "
        "Download the export again, or unpack it and upload the data file by itself.",
        reason=reason,
    )


def bomb(label: str, member: str) -> ArchiveRefusedError:
    """Return the refusal of data that grow beyond measure when they are unpacked."""
    return ArchiveRefusedError(
        f"“{member}” in “{label}” grows more than an export ever does when it is unpacked. "
        "Unpack it yourself and upload the data file if you trust it.",
        reason="bomb",
    )
