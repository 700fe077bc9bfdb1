"""What a command shows of a run."""

import datetime as dt
import io
import logging
import socket
import subprocess
import sys

import pytest
from django.core.management.base import OutputWrapper

from ingestion.engine.claims import lease_owner
from ingestion.management.progress import Progress, logs_above_the_bar, notice_of
from ingestion.models import SyncRun
from ingestion.models.run import HELD_UNTIL, RunState

AT = dt.datetime(2030, 1, 1, 10, 5, 30, tzinfo=dt.UTC)


class Screen(io.StringIO):
    """Looks like a terminal."""

    def isatty(self) -> bool:
        """Return that a person looks at it."""
        return True


def run_in(state: RunState, **values: object) -> SyncRun:
    return SyncRun(state=state, **{"run_after": AT, "lease_owner": lease_owner(), **values})


class TestNotice:
    @pytest.mark.parametrize(
        ("run", "expected"),
        [
            (run_in(RunState.RUNNING), ""),
            (run_in(RunState.RUNNING, lease_owner="host:work:1"), "A worker has taken it up"),
            (run_in(RunState.QUEUED), "Waiting its turn"),
            (run_in(RunState.QUEUED, raw_count=10, new_count=10), ""),
            (run_in(RunState.QUEUED, run_after=HELD_UNTIL), ""),
            (run_in(RunState.SUCCEEDED), ""),
            (
                run_in(RunState.RETRY_WAIT, failed_streak=2, user_message="Storage is away."),
                "Storage is away. Attempt 2 of 6; the next one comes at 10:05:30 UTC.",
            ),
        ],
    )
    def test_says_why_a_run_does_not_move(self, run: SyncRun, expected: str) -> None:
        assert notice_of(run).startswith(expected)
        assert bool(notice_of(run)) == bool(expected)


def ended_process() -> int:
    """Return the number of a process that was, and is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


class TestNoticeOfTheSameImport:
    def test_that_died_says_until_when(self) -> None:
        owner = f"{socket.gethostname()}:manual:{ended_process()}"
        holder = run_in(RunState.RUNNING, lease_owner=owner, lease_expires_at=AT)

        assert notice_of(run_in(RunState.QUEUED), holder) == (
            "This import is still held by a command that was killed; it goes on at 10:05:30 UTC "
            "at the latest."
        )

    @pytest.mark.parametrize(
        "owner",
        # The first has another number in each process, so its test has a name.
        [pytest.param(lease_owner(), id="ours"), "elsewhere:manual:1", "host:work:1:2", ""],
    )
    def test_that_may_live_names_no_moment_that_would_move(self, owner: str) -> None:
        holder = run_in(RunState.RUNNING, lease_owner=owner, lease_expires_at=AT)

        said = notice_of(run_in(RunState.QUEUED), holder)

        assert said.startswith("Another process is at this import")
        assert "60 seconds" in said


class TestProgress:
    def test_says_a_thing_once(self) -> None:
        out = io.StringIO()
        progress = Progress(OutputWrapper(out))

        for _ in range(3):
            progress.show(run_in(RunState.QUEUED))
        progress.show(run_in(RunState.RUNNING), is_stopping=True)

        assert [line.split()[0] for line in out.getvalue().splitlines()] == ["Waiting", "Stopping"]

    def test_draws_a_bar_on_a_terminal_only(self) -> None:
        run = run_in(RunState.RUNNING, bytes_read=50, bytes_total=100, raw_count=1234)
        screen, file = Screen(), io.StringIO()

        Progress(OutputWrapper(screen)).show(run)
        Progress(OutputWrapper(file)).show(run)

        assert screen.getvalue().endswith(" 50%  1,234 records")
        assert file.getvalue() == ""


class TestLogsAboveTheBar:
    def said_by(self, terminal: io.StringIO) -> str:
        """Return what stands on the terminal when the log says something beside a bar."""
        console, root = logging.StreamHandler(terminal), logging.getLogger()
        root.addHandler(console)
        try:
            with logs_above_the_bar(OutputWrapper(terminal)):
                terminal.write("\r███░░░")
                logging.getLogger("elsewhere").warning("A line.")
        finally:
            root.removeHandler(console)
        return terminal.getvalue()

    def test_take_the_bar_away_first(self) -> None:
        before = list(logging.getLogger().handlers)

        assert self.said_by(Screen()) == "\r███░░░\r\033[KA line.\n"
        assert logging.getLogger().handlers == before

    def test_are_left_alone_where_nobody_looks(self) -> None:
        assert self.said_by(io.StringIO()) == "\r███░░░A line.\n"
