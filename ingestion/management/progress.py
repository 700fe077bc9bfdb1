"""What a command shows of a run while it works, or while it waits."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import OutputWrapper

from ingestion.engine.claims import is_gone, lease_owner
from ingestion.models import SyncRun
from ingestion.models.run import RunState

BAR_WIDTH = 30
CLEAR = "\r\033[K"


class _BarAside(logging.Handler):
    """Takes the bar off its line, so that what the next handler writes there stands by itself."""

    def __init__(self, terminal: OutputWrapper) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        """Clear the line; the bar comes back when it is drawn next."""
        self._terminal.write(CLEAR, style_func=str, ending="")


@contextmanager
def logs_above_the_bar(terminal: OutputWrapper) -> Iterator[None]:
    """Keep lines of the log, which go to the same terminal, from being glued to a bar."""
    if not terminal.isatty():
        yield
        return
    root, aside = logging.getLogger(), _BarAside(terminal)
    root.handlers.insert(0, aside)
    try:
        yield
    finally:
        root.removeHandler(aside)


class Progress:
    """A line, once, whenever the run begins to wait; on a terminal a bar while records arrive."""

    def __init__(self, terminal: OutputWrapper) -> None:
        self._terminal = terminal
        self._said = ""

    def show(
        self, run: SyncRun, *, holder: SyncRun | None = None, is_stopping: bool = False
    ) -> None:
        """Show how far ``run`` is, or why it does not move; ``holder`` as in ``notice_of``."""
        notice = _STOPPING if is_stopping else notice_of(run, holder)
        if notice and notice != self._said:
            self.clear()
            self._write(f"{notice}\n")
        self._said = notice
        if self._terminal.isatty() and run.state == RunState.RUNNING:
            self._draw(run)
        self._terminal.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._terminal.isatty():
            self._write(CLEAR)

    def _draw(self, run: SyncRun) -> None:
        share = run.bytes_read / run.bytes_total if run.bytes_total else 0
        filled = round(share * BAR_WIDTH)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        self._write(f"\r{bar} {share:4.0%}  {run.raw_count:,} records")

    def _write(self, text: str) -> None:
        """Show ``text`` as it is: nothing of it is an error."""
        self._terminal.write(text, style_func=str, ending="")


_STOPPING = "Stopping at the next page. Press Ctrl-C again to end at once."


def notice_of(run: SyncRun, holder: SyncRun | None = None) -> str:
    """Return why ``run`` does not move here, and when it will; empty while it does.

    Args:
        holder: the run of the same import that somebody is at, or was until they died.
    """
    if run.state == RunState.RETRY_WAIT:
        why = run.user_message or "The work was interrupted."
        return (
            f"{why} Attempt {max(run.failed_streak, 1)} of {run.max_attempts}; "
            f"the next one comes at {run.run_after:%H:%M:%S} UTC."
        )
    if run.state == RunState.QUEUED and not run.is_held and not run.raw_count:
        if holder is not None:
            return _notice_of_holder(holder)
        return "Waiting its turn; other imports of the organization go first."
    if run.state == RunState.RUNNING and run.lease_owner != lease_owner():
        return "A worker has taken it up; this command watches."
    return ""


def _notice_of_holder(holder: SyncRun) -> str:
    if is_gone(holder.lease_owner) and holder.lease_expires_at is not None:
        return (
            "This import is still held by a command that was killed; it goes on at "
            f"{holder.lease_expires_at:%H:%M:%S} UTC at the latest."
        )
    # Without a moment: the one at work moves it on again and again.
    return (
        "Another process is at this import; it goes on here when that has ended, or "
        f"{settings.LEASE_S} seconds after that was killed."
    )
