"""Vectors as the database writes them, and as arrays."""

from collections.abc import Sequence

import numpy as np

from faces.linkage import Vectors
from faces.models import EMBEDDINGS

DIMENSIONS_OF = {model._meta.db_table: size for size, model in EMBEDDINGS.items()}


def as_vectors(texts: Sequence[str | None], size: int) -> Vectors:
    """Return (n, size) of what pgvector writes; zeros where there is none."""
    vectors = np.zeros((len(texts), size), dtype=np.float32)
    for at, text in enumerate(texts):
        if text is not None:
            vectors[at] = np.fromstring(text[1:-1], dtype=np.float32, sep=",")
    return vectors
