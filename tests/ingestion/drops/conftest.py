"""A space on a disk of its own for each test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings


@pytest.fixture(autouse=True)
def drops(tmp_path: Path) -> Iterator[Path]:
    """Return where all organizations have their spaces."""
    place: dict[str, Any] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "drops")},
    }
    with override_settings(STORAGES={**settings.STORAGES, "drops": place}):
        yield tmp_path / "drops"
