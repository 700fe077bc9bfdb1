"""What a command shows of a run while it works, or while it waits."""

from django.core.management.base import OutputWrapper

from ingestion.engine.claims import lease_owner
from ingestion.models import SyncRun
from ingestion.models.run import RunState

BAR_WIDTH = 30
_CLEAR = "\r\033[K"


class Progress:
    """A line, once, whenever the run begins to wait; on a terminal a bar while records arrive."""

    def __init__(self, terminal: OutputWrapper) -> None:
        self._terminal = terminal
        self._said = ""

    def show(self, run: SyncRun, *, is_stopping: bool = False) -> None:
        """Show how far ``run`` is, or why it does not move."""
        notice = _STOPPING if is_stopping else notice_of(run)
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
            self._write(_CLEAR)

    def _draw(self, run: SyncRun) -> None:
        share = run.bytes_read / run.bytes_total if run.bytes_total else 0
        filled = round(share * BAR_WIDTH)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        self._write(f"\r{bar} {share:4.0%}  {run.raw_count:,} records")

    def _write(self, text: str) -> None:
        """Show ``text`` as it is: nothing of it is an error."""
        self._terminal.write(text, style_func=str, ending="")


_STOPPING = "Stopping at the next page. Press Ctrl-C again to end at once."


def notice_of(run: SyncRun) -> str:
    """Return why ``run`` does not move here, and when it will; empty while it does."""
    if run.state == RunState.RETRY_WAIT:
        why = run.user_message or "The work was interrupted."
        return (
            f"{why} Attempt {max(run.failed_streak, 1)} of {run.max_attempts}; "
            f"the next one comes at {run.run_after:%H:%M:%S} UTC."
        )
    if run.state == RunState.QUEUED and not run.is_held and not run.raw_count:
        return "Waiting its turn; other imports of the organization go first."
    if run.state == RunState.RUNNING and run.lease_owner != lease_owner():
        return "A worker has taken it up; this command watches."
    return ""
