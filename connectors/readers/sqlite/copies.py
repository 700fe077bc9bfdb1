"""A database as the bytes of one member of an import: copied, so that the original stays as it is.

SQLite needs a file. It gets a copy of its own that no name leads to any more once it is open, so
that a process that is killed leaves nothing behind; the file that was brought is only ever read.
"""

import sqlite3
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from connectors.errors import FileRefusedError
from connectors.readers.contents import Content
from connectors.readers.sqlite.beside import JOURNAL, WAL, Beside

# Longer texts are no record.
_MAX_LENGTH: Final = 32 * 1024 * 1024


class DatabaseContent:
    """The content of a member that is a database.

    Attributes:
        name, size_bytes: of the member.
        inner: its bytes as they were brought.
        beside: what lies beside it, by ending: changes that it lacks, or has too much.
    """

    def __init__(self, content: Content, beside: Beside) -> None:
        self.name = content.name
        self.inner, self.beside = content, beside
        self.size_bytes = content.size_bytes
        self._opened: tuple[sqlite3.Connection, BinaryIO] | None = None

    def chunks(self, start: int = 0) -> Iterator[bytes]:
        """Yield the bytes from ``start`` on."""
        return self.inner.chunks(start)

    def opened(self) -> tuple[sqlite3.Connection, BinaryIO]:
        """Return the copy, as a database that nothing can change, and as bytes."""
        if self._opened is None:
            with tempfile.TemporaryDirectory(prefix="magpie-database-") as folder:
                path = Path(folder, "copy.db")
                _copy(self.inner, path)
                if _copy_beside(self.beside, path):
                    _settle(path)
                file = path.open("rb")
                database = _connect(f"{path.as_uri()}?mode=ro&immutable=1")
                self._opened = database, file
                # Nobody says when an import has been read: its readers go out of use together.
                weakref.finalize(self, _close, database, file)
        return self._opened


def _close(database: sqlite3.Connection, file: BinaryIO) -> None:
    database.close()
    file.close()


def _copy(content: Content, path: Path) -> None:
    """Write the bytes, as many as can be read: of an archive that breaks off, the start."""
    with path.open("wb") as file:
        try:
            for chunk in content.chunks():
                file.write(chunk)
        except FileRefusedError:
            if not file.tell():
                raise


def _copy_beside(beside: Beside, path: Path) -> bool:
    """Copy what lies beside the database; return whether there was anything."""
    found = [ending for ending in (WAL, JOURNAL) if ending in beside and beside[ending].size_bytes]
    for ending in found:
        _copy(beside[ending], path.with_name(path.name + ending))
    return bool(found)


def _settle(path: Path) -> None:
    """Let SQLite bring the copy into order with what lay beside it; a damaged one stays so."""
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return


def _connect(address: str) -> sqlite3.Connection:
    # Pages are read in a thread of their own, one at a time.
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    connection.text_factory = _text
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_LENGTH)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
