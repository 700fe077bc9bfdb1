"""Places in a list that callers bring back."""

import pytest

from tenants.cursors import seal, unseal

PLACE = ["newest", "2026-01-28T20:14:09+00:00", "Zwölf ~ : 12"]


def test_opens_what_was_sealed() -> None:
    assert unseal(seal(PLACE, of="library"), of="library") == PLACE


def test_stands_in_an_address_as_it_is() -> None:
    assert seal(PLACE, of="library").replace("~", "").replace("-", "").replace("_", "").isalnum()


def test_opens_in_no_other_list() -> None:
    assert unseal(seal(PLACE, of="boards"), of="library") is None


@pytest.mark.parametrize("at", range(0, 60, 7))
def test_is_none_of_ours_once_a_sign_is_changed(at: int) -> None:
    cursor = seal(PLACE, of="library")
    changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]

    assert unseal(changed, of="library") is None


@pytest.mark.parametrize("made_up", ["", "~", "W10~x", "\0", "\ud800", "[" * 3_000])
def test_is_none_of_ours_where_it_was_made_up(made_up: str) -> None:
    assert unseal(made_up, of="library") is None
