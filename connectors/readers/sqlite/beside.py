"""What lies beside a database that was not closed: files of its own, and none of an export."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from connectors.errors import FileRefusedError
from connectors.readers.contents import Content, ZipContent, head_of

MAGIC: Final = b"SQLite format 3\0"
WAL, JOURNAL, SHARED = "-wal", "-journal", "-shm"
_ENDINGS: Final = (WAL, JOURNAL, SHARED)
# https://sqlite.org/fileformat2.html: how the file is written and read; 2 is beside a log.
_VERSIONS: Final = slice(18, 20)
_LOGGED: Final = b"\x02\x02"

Beside = Mapping[str, Content]
AnyContent = TypeVar("AnyContent", bound=Content)


def parted(contents: Iterable[AnyContent]) -> list[tuple[AnyContent, Beside]]:
    """Return the contents, databases each with what lies beside them by ending.

    Contents are of one archive, or were brought side by side. A name that several have leads to
    none of them: which log belongs to which database cannot be told.
    """
    all_of_them = list(contents)
    times = Counter(map(_path_of, all_of_them))
    by_path = {path: each for each in all_of_them if times[path := _path_of(each)] == 1}
    beside: dict[str, dict[str, Content]] = {}
    for path, content in by_path.items():
        owner, ending = owner_of(path)
        if owner in by_path and _is_database(by_path[owner]):
            beside.setdefault(owner, {})[ending] = content
    held = {id(content) for files in beside.values() for content in files.values()}
    return [
        (content, beside.get(_path_of(content), {}))
        for content in all_of_them
        if id(content) not in held
    ]


def lacks_log(database: Content, beside: Beside) -> bool:
    """Return whether rows may stand in a file that was not brought with the database."""
    return WAL not in beside and head_of(database, 20)[_VERSIONS] == _LOGGED


def owner_of(path: str) -> tuple[str, str]:
    """Return the path of the database that a file would belong to, and its ending; else nothing."""
    ending = next((each for each in _ENDINGS if path.endswith(each)), "")
    return (path.removesuffix(ending), ending) if ending else ("", "")


def _path_of(content: Content) -> str:
    return content.member.name if isinstance(content, ZipContent) else content.name


def _is_database(content: Content) -> bool:
    try:
        return head_of(content, len(MAGIC)) == MAGIC
    except FileRefusedError:
        return False
