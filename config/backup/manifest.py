"""What an archive says about itself; its last member, so that its presence means complete."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from config.backup.errors import BackupError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive."""

    size_bytes: int
    sha256: str


@dataclass(slots=True)
class TableContent:
    """The rows of one table; ``parts`` holds one member for all rows or one per organization.

    Attributes:
        columns: names in the order of the values; what the database computes is left out.
        rows: how many rows all parts hold together.
    """

    columns: list[str]
    rows: int = 0
    parts: dict[str, Member] = field(default_factory=dict)


@dataclass(slots=True)
class Manifest:
    """Everything that is needed to check an archive and to put it back.

    Attributes:
        migrations: applied ones as ``app.name``; rows fit a schema of exactly this state.
        sequences: the last value of each sequence that was used.
        files: stored files by their name in the storage.
    """

    version: str
    made_at: str
    migrations: list[str]
    tables: dict[str, TableContent] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    files: dict[str, Member] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    def as_json(self) -> bytes:
        """Return the manifest as it is stored."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Read a stored manifest.

        Raises:
            BackupError: a newer release wrote it, or it is damaged.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            found = values["format"]
            if found != FORMAT:
                message = f"The archive has format {found}; this release reads {FORMAT}."
                raise BackupError(message)
            datetime.fromisoformat(values["made_at"])
            tables = {name: _table(table) for name, table in values.pop("tables").items()}
            return cls(tables=tables, files=_members(values.pop("files")), **values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = "The archive's manifest is damaged; use another backup."
            raise BackupError(message) from error


def _table(values: dict[str, Any]) -> TableContent:
    return TableContent(values["columns"], values["rows"], _members(values["parts"]))


def _members(values: dict[str, dict[str, Any]]) -> dict[str, Member]:
    return {name: Member(**member) for name, member in values.items()}
