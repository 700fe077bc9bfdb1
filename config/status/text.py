"""The installation as a person reads it on a terminal."""

from collections.abc import Iterator, Sequence

from config.status.facts import Installation
from config.status.sections import Section, sections


def as_text(found: Installation, problems: Sequence[str]) -> str:
    """Return all of it, what is wrong first."""
    lines = list(_head(found, problems))
    for section in sections(found):
        lines += _table(section)
    return "\n".join(lines)


def _head(found: Installation, problems: Sequence[str]) -> Iterator[str]:
    commit = f", commit {found.commit[:12]}" if found.commit else ""
    yield f"Magpie {found.version}{commit}, at {found.at:%Y-%m-%d %H:%M:%S} UTC"
    if not problems:
        yield "All is well."
    for problem in problems:
        yield f"! {problem}"


def _table(section: Section) -> Iterator[str]:
    """Return a heading and lines in columns; one line where there is nothing."""
    yield f"\n{section.title}"
    if not section.rows:
        yield "  none"
        return
    cells = [[str(cell) for cell in row] for row in (section.head, *section.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(section.head))]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {line.rstrip()}"
