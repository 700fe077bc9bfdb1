"""A pool for the tests that do not harm it."""

from collections.abc import Iterator

import pytest

from media.imaging.pool import RenditionPool
from media.imaging.values import Limits

# A busy machine is no subject of these tests.
PATIENT = Limits(timeout_s=200)


@pytest.fixture(scope="package")
def pool() -> Iterator[RenditionPool]:
    """One pool for all: a picture must leave no trace for the next one anyway."""
    with RenditionPool(processes=1, limits=PATIENT) as pool:
        yield pool
