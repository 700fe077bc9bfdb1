"""What several tests of the engine ask for."""

from collections.abc import Iterator

import pytest
from django.test import override_settings


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """More than three assets are very many, and a batch has two."""
    monkeypatch.setattr("media.operations.freezing.BATCH_SIZE", 2)
    with override_settings(BULK_MAX_AT_ONCE=3):
        yield
