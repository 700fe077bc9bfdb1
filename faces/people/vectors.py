"""Vectors as the database gives them, and as arrays."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from django.db import connection

from faces.linkage import Vectors
from faces.models import EMBEDDINGS
from media.sql import fetch_row

_CURRENT = "SELECT current_setting('enable_nestloop'), current_setting('jit')"
_CHANGE = (
    "SELECT set_config('enable_nestloop', %(nestloop)s, true), set_config('jit', %(jit)s, true)"
)
DIMENSIONS_OF = {model._meta.db_table: size for size, model in EMBEDDINGS.items()}


def as_vectors(texts: Sequence[str | None], size: int) -> Vectors:
    """Return (n, size) of what pgvector writes; zeros where there is none."""
    vectors = np.zeros((len(texts), size), dtype=np.float32)
    for at, text in enumerate(texts):
        if text is not None:
            vectors[at] = np.fromstring(text[1:-1], dtype=np.float32, sep=",")
    return vectors


@contextmanager
def hashed() -> Iterator[None]:
    """Join faces and vectors by hashing, whatever the planner believes; within a transaction.

    Of an organization that has just got its faces it knows nothing, takes them for a handful, and
    would go through all vectors for each face.
    """
    before = fetch_row(_CURRENT, {})
    fetch_row(_CHANGE, {"nestloop": "off", "jit": "off"})
    try:
        yield
    finally:
        # After an error there is no transaction left, and so nothing to set back.
        if not connection.needs_rollback:
            fetch_row(_CHANGE, {"nestloop": before[0], "jit": before[1]})
