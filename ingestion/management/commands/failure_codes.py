"""``manage.py failure_codes``: the table of failure codes, as a page of the documentation."""

import textwrap
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from ingestion.codes import CODES, Code, FailureType, Origin, Remedy
from ingestion.engine.runs import MAX_FAILURES
from ingestion.models import SyncRun
from ingestion.taxonomy import JITTER, LADDER_S, SYSTEM_RETRIES, WATCHED_LADDER_S

PAGE: Final = Path("docs/operations/failures.md")

_TYPES: Final = {
    FailureType.CONFIG: "Somebody of the organization: no try helps before they did.",
    FailureType.RATE_LIMITED: "Nobody: the run waits as long as the source asks; no try is spent.",
    FailureType.TRANSIENT: "Nobody: it is tried again by itself, later and later.",
    FailureType.DATA: "Nobody: another try would meet the same. A single record is passed over.",
    FailureType.SYSTEM: "The operators, where it comes again: it is tried again a few times.",
    FailureType.CONTROL: "Nobody: somebody wanted it so.",
}
_ORIGINS: Final = {
    Origin.SOURCE: "the source",
    Origin.PLATFORM: "Magpie",
    Origin.STORAGE: "the storage",
    Origin.USER: "what somebody brought, or asked for",
}
_REMEDIES: Final = {
    Remedy.NONE: "Nothing",
    Remedy.WAIT: "Waiting",
    Remedy.RETRY: "Another try",
    Remedy.UPLOAD: "Bringing another file",
    Remedy.EDIT: "Changing what the job is told",
    Remedy.RECONNECT: "Reconnecting the account",
}


class Command(BaseCommand):
    """Writes the page from the table in the code, so that the two never differ."""

    help = f"Write the table of failure codes into {PAGE}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--file", type=Path, default=settings.BASE_DIR / PAGE)

    def handle(self, *, file: Path, **options: Any) -> None:
        """Write the page."""
        file.write_text(failures_page(), encoding="utf-8")
        self.stdout.write(f"Wrote {len(CODES)} codes to {file}.")


def failures_page() -> str:
    """Return the page, in Markdown."""
    return "\n".join([_HEAD, _types(), _LADDERS, *map(_table, FailureType)]) + "\n"


def _types() -> str:
    return _rows(["Type", "Who must act"], [[f"`{each}`", _TYPES[each]] for each in FailureType])


def _table(failure_type: FailureType) -> str:
    codes = [code for code in CODES.values() if code.failure_type == failure_type]
    head = ["Code", "Where", "What people read", "What it means", "What mends it"]
    return f"\n## {failure_type}\n\n" + _rows(head, [_row(code) for code in codes])


def _row(code: Code) -> list[str]:
    where, remedy = _ORIGINS[code.origin], _REMEDIES[code.remedy]
    return [f"`{code.name}`", where, code.sentence, code.meaning, remedy]


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _listed(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}"


_MAX_ATTEMPTS: Final = SyncRun._meta.get_field("max_attempts").default
_HEAD: Final = """\
# Failure codes

Written by `manage.py failure_codes` from `ingestion/codes.py`; change it there. A run, its tries,
its steps and its dataset carry one of these codes, a type that says who must act, and the
sentence that people read. An error that brings a sentence of its own, such as the name of a file
that breaks off, is shown with that.
"""
_LADDERS: Final = "\n" + textwrap.fill(
    f"A transient error is tried again after {_listed([s // 60 for s in LADDER_S])} minutes, each "
    f"up to {JITTER:.0%} sooner or later; where a person waits for the run, after "
    f"{_listed(WATCHED_LADDER_S)} seconds first. A fault of ours is tried again {SYSTEM_RETRIES} "
    "times. What counts are failures in a row without anything written in between, "
    f"{_MAX_ATTEMPTS} at the most, and {MAX_FAILURES} of a run in all. A scheduled job then goes "
    "on at its next time.",
    width=96,
)
