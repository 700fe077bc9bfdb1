"""Commands that Ctrl-C and SIGTERM stop where everything is committed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# What a shell expects of a command that Ctrl-C ended.
INTERRUPTED = 130


@contextmanager
def interruptible(*signals: signal.Signals) -> Iterator[threading.Event]:
    """Yield an event that the first of ``signals`` sets; the second ends the process at once."""
    stop = threading.Event()

    def ask_to_stop(*_: object) -> None:
        stop.set()
        for each in signals:
            signal.signal(each, signal.SIG_DFL)

    before = {each: signal.signal(each, ask_to_stop) for each in signals}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
