"""The file that the entries are in: entries are added at its end and never changed."""

import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any, Final

from config.handoff.entry import HEADING
from config.handoff.standing import Coverage

_ENTRY: Final = re.compile(rf"(?m)^{HEADING}.*\n<!-- state (\{{.*\}}) -->\n")


@dataclasses.dataclass(frozen=True, slots=True)
class LastEntry:
    """What the last entry says: its text for people, and what is compared with now.

    What was not known then, or not noted by the release of then, is None.

    Attributes:
        changed: how many files differed from the commit.
        datasets: how many were in each state of freshness.
    """

    text: str
    at: dt.datetime
    commit: str
    branch: str | None
    changed: int | None
    coverage: Coverage | None
    datasets: dict[str, int] | None


def append(path: Path, entry: str) -> None:
    """Add an entry, and the file if it is the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(entry)


def last_entry(path: Path) -> LastEntry | None:
    """Return the last entry; None where there is none."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = list(_ENTRY.finditer(text))
    if not found:
        return None
    match = found[-1]
    state: dict[str, Any] = json.loads(match[1])
    heading = text[match.start() :].split("\n", 1)[0]
    return LastEntry(
        text=f"{heading}\n{text[match.end() :].rstrip()}\n",
        at=dt.datetime.fromisoformat(state["at"]),
        commit=state["commit"],
        branch=state.get("branch"),
        changed=state.get("changed"),
        coverage=state["coverage"],
        datasets=state.get("datasets"),
    )
