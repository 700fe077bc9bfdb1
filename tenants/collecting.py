"""When Python looks for garbage: seldom, while much is made that stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Objects, and turns of the younger generation.
SELDOM = (50_000, 20, 100)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look seldom until the end of the block.

    Each migration leaves thousands of model classes that refer to each other: with Python's own
    thresholds the collector goes over them again and again, for a third of the time. A batch of
    records is thousands of objects that refer to nothing back: a tenth of the time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
