"""What an import of each sample export must report: the oracle of tests and of the demo."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ExpectedReport:
    """The figures of the first import into an empty organization.

    raw = new + skipped, for nothing in the samples fails; `parsed` leaves out what is no record.
    """

    raw: int
    parsed: int
    new: int
    with_picture: int
    link_only: int
    metadata_only: int
    boards: int
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def reference_only(self) -> int:
        return self.link_only + self.metadata_only


PINTEREST = ExpectedReport(
    raw=61,
    parsed=59,
    new=58,
    with_picture=56,
    link_only=2,
    metadata_only=0,
    boards=7,
    skipped={"bad_type": 1, "duplicate_in_file": 1, "error_row": 1},
)

FACEBOOK = ExpectedReport(
    raw=40,
    parsed=40,
    new=39,
    with_picture=2,
    link_only=5,
    metadata_only=32,
    boards=5,
    skipped={"duplicate_in_file": 1},
)

PICTURES = 61  # two pins have three; one lies in both exports, one in the Facebook export only
