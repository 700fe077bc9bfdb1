"""The collector of garbage looks seldom for a while, and then as it did before."""

import gc

import pytest

from tenants.collecting import SELDOM, seldom_collected


def test_looks_seldom_until_the_end_of_the_block() -> None:
    before = gc.get_threshold()

    with seldom_collected():
        assert gc.get_threshold() == SELDOM

    assert gc.get_threshold() == before != SELDOM


def test_looks_as_before_after_an_error() -> None:
    before = gc.get_threshold()

    with pytest.raises(ZeroDivisionError), seldom_collected():
        1 / 0  # noqa: B018  # any error

    assert gc.get_threshold() == before
