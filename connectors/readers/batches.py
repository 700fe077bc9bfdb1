"""What the parsers of file formats hand over: runs of parsed records and where they came from."""

import dataclasses
from collections.abc import Sequence

MAX_RECORD_BYTES = 16 * 1024 * 1024
EXCERPT_LENGTH = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in a batch for a record that could not be parsed.

    Attributes:
        detail: one sentence for the person, without the record's content.
        excerpt: start of the record.
    """

    detail: str
    excerpt: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of a member.

    Attributes:
        values: parsed records: JSON values, :class:`Unreadable`, or what a parser defines.
        restart_at: offset from which the parser can start again ...
        records_before: ... and how many records, counted from there, come before this batch.
        ends_at: offset behind the batch, for progress.
        list_name: key of the list that holds the records; empty for a bare list.
        source: the bytes from which all the values were parsed, so that one search tells what
            none of them holds; empty where there is no such run.
    """

    values: Sequence[object]
    restart_at: int = 0
    records_before: int = 0
    ends_at: int = 0
    list_name: str = ""
    source: bytes = b""
