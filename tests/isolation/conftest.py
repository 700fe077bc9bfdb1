"""What the tests of isolation share."""

import pytest

from tests.isolation.rows import Rows, tenant_models, two_organizations


@pytest.fixture
def rows() -> tuple[Rows, Rows]:
    """The rows of two organizations: ours and theirs."""
    return two_organizations()


@pytest.fixture
def full(rows: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    """The same, with a row of every model in both."""
    for of_one in rows:
        for model in tenant_models():
            of_one.get(model)
    return rows
