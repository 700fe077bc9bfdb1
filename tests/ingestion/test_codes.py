"""The table of failure codes: complete, and the same in the code and in its documentation."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from connectors.errors import AddressRefusedError, FetchError, FileRefusedError
from connectors.guard import answers
from ingestion.codes import CODES, FailureType, Remedy, ended
from ingestion.engine import endings, runs
from ingestion.management.commands.failure_codes import PAGE, failures_page
from ingestion.taxonomy import classify

FETCH_CODE = re.compile(r'fetch_code(?:=|: str = )"(\w+)"')
SWEPT = {"worker_lost", "stalled_no_progress", "deadline_exceeded"}


def sources() -> list[Path]:
    return [
        path
        for app in ("connectors", "ingestion", "media", "faces")
        for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
    ]


def fetch_codes() -> set[str]:
    """Return every code that is written at a place that raises, and those of HTTP's statuses."""
    written = {code for path in sources() for code in FETCH_CODE.findall(path.read_text())}
    return written | {answers._code_of(status) for status in range(300, 600)}


def refused() -> list[type[FileRefusedError]]:
    """Return the class of files that are refused, and all below it."""
    found: list[type[FileRefusedError]] = [FileRefusedError]
    for error in found:
        found += error.__subclasses__()
    return found


class TestTable:
    def test_knows_every_way_in_which_a_request_fails(self) -> None:
        found = fetch_codes()

        assert {"network", "source_timeout", "rate_limited", "not_found"} <= found
        assert found <= set(CODES)

    @pytest.mark.parametrize("error", refused())
    def test_knows_every_file_that_is_refused(self, error: type[FileRefusedError]) -> None:
        assert CODES[error.code].failure_type == FailureType.CONFIG
        assert CODES[error.code].remedy == Remedy.UPLOAD

    def test_knows_what_the_engine_ends_runs_with(self) -> None:
        own = {endings.CANCELLED_BY_USER, runs.HELD_TOO_LONG, AddressRefusedError.code, *SWEPT}

        assert own <= set(CODES)

    def test_gives_each_a_sentence_and_a_meaning(self) -> None:
        assert all(code.sentence.endswith(".") and code.meaning for code in CODES.values())

    def test_promises_nothing_of_what_has_ended(self) -> None:
        said = " ".join(ended(code.sentence) for code in CODES.values())

        assert not re.search(r"we try|we go on|goes on", said)

    def test_a_code_that_nobody_wrote_down_is_a_fault_of_ours(self) -> None:
        failure = classify(FetchError("Odd.", fetch_code="brand_new"))

        assert (failure.code, failure.failure_type) == ("internal_error", FailureType.SYSTEM)


class TestPage:
    def test_is_what_the_command_writes(self, tmp_path: Path) -> None:
        file = tmp_path / "failures.md"

        call_command("failure_codes", file=file)

        committed = (settings.BASE_DIR / PAGE).read_text(encoding="utf-8")
        assert file.read_text(encoding="utf-8") == committed, "Run 'manage.py failure_codes'."

    def test_names_each_code_once(self) -> None:
        named = re.findall(
            r"^\| `(\w+)` \| (?!Nobody|Somebody|The operators)", failures_page(), re.MULTILINE
        )

        assert sorted(named) == sorted(CODES)
