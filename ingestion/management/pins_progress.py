"""What ``manage.py pins`` shows while it works: a bar for each step, its rate, what is left."""

import time

from django.core.management.base import OutputWrapper

from ingestion.management.progress import BAR_WIDTH, CLEAR
from ingestion.pins.places import Place
from ingestion.runs_page.pace import spoken_rate, spoken_rest

# A rate over less says nothing.
_LEAST_S = 1.0


class StepProgress:
    """A line when a step begins and when it ends; on a terminal a bar in between."""

    def __init__(self, terminal: OutputWrapper, labels: dict[str, str]) -> None:
        self._terminal = terminal
        self._labels = labels
        self._step = ""
        self._place = Place()
        self._begun_at = 0.0
        self._done_before = 0

    def show(self, step: str, place: Place) -> None:
        """Show how far ``step`` is."""
        if step != self._step:
            self.end()
            self._step, self._begun_at = step, time.monotonic()
            self._done_before = place.done
            self._write(f"{self._labels.get(step, step)}…\n")
        self._place = place
        if self._terminal.isatty() and place.of:
            self._write(f"{CLEAR}{self.bar(time.monotonic())}")
        self._terminal.flush()

    def bar(self, now: float) -> str:
        """Return the bar of the step that is going on."""
        place = self._place
        share = min(place.done / place.of, 1) if place.of else 0
        filled = round(share * BAR_WIDTH)
        parts = [
            "█" * filled + "░" * (BAR_WIDTH - filled),
            f"{share:4.0%}",
            f"{place.done:,} of {place.of:,}",
        ]
        passed = now - self._begun_at
        done = place.done - self._done_before
        if passed >= _LEAST_S and done:
            per_s = done / passed
            parts += [spoken_rate(per_s), spoken_rest((place.of - place.done) / per_s)]
        return "  ".join(parts)

    def end(self) -> None:
        """Take the bar away, and say what the step came to."""
        if not self._step:
            return
        if self._terminal.isatty():
            self._write(CLEAR)
        self._step = ""

    def say(self, text: str) -> None:
        """Show a line of its own."""
        if self._terminal.isatty():
            self._write(CLEAR)
        self._write(f"{text}\n")
        self._terminal.flush()

    def _write(self, text: str) -> None:
        """Show ``text`` as it is: nothing of it is an error."""
        self._terminal.write(text, style_func=str, ending="")
