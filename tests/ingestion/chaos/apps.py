"""Makes the steps of the engine small, so that there are many to be broken off in."""

import time
from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

PAGE_SIZE = 20
# As a source takes that is asked page by page.
PAGE_S = 0.15
FETCH_BATCH = 6
RENDITION_BATCH = 6


class SmallStepsConfig(AppConfig):
    """Small pages and batches, and a source that takes its time."""

    name = "tests.ingestion.chaos"
    label = "tests_chaos"

    def ready(self) -> None:
        """Change the limits in this process."""
        # Imported here: kinds need loaded models.
        from ingestion.imports import kind  # noqa: PLC0415
        from ingestion.stages.fetch import FetchKind  # noqa: PLC0415
        from ingestion.stages.rendition import RenditionKind  # noqa: PLC0415

        kind.PAGE_SIZE = PAGE_SIZE
        FetchKind.batch_size = FETCH_BATCH
        RenditionKind.batch_size = RENDITION_BATCH
        read = kind.ImportKind.fetch_delta

        def read_slowly(*arguments: Any) -> Iterator[Any]:
            for page in read(*arguments):
                time.sleep(PAGE_S)
                yield page

        kind.ImportKind.fetch_delta = read_slowly  # type: ignore[assignment,method-assign]
