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

# https://sqlite.org/fileformat2.html#the_rollback_journal: at the very end of a journal this stands
# behind the path of another one.
_NAMES_ANOTHER: Final = bytes.fromhex("d9d505f920a163d7")
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
    """Copy what lies beside the database; return whether there was anything to settle."""
    found = [ending for ending in (WAL, JOURNAL) if ending in beside and beside[ending].size_bytes]
    for ending in found:
        copy = path.with_name(path.name + ending)
        _copy(beside[ending], copy)
        if ending == JOURNAL and _names_another(copy):
            copy.unlink()
    return any(path.with_name(path.name + ending).exists() for ending in found)


def _names_another(journal: Path) -> bool:
    """Return whether a journal leads to another file by its path.

    Where that is there, SQLite plays the journal back and then deletes the file: any file that we
    may delete, as whoever made the journal chose the path. Where it is not, as it would be not
    here, SQLite leaves the journal alone; so this one is left alone in any case.
    """
    with journal.open("rb") as file:
        file.seek(max(file.seek(0, 2) - len(_NAMES_ANOTHER), 0))
        return file.read() == _NAMES_ANOTHER


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
