"""What readers leave of the texts of a source."""

import pytest

from connectors.readers.text import clean


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" A\u202echair\u202c ", "Achair"),
        ("\u200b\u2066\u2069", ""),
        ("two\nlines\tand\x07 a bell", "two\nlines\tand a bell"),
        ("nul\0 and \ud800half", "nul and half"),
        ("👩\u200d👧", "👩\u200d👧"),
        ({"text": "Kit\u2067chen"}, "Kitchen"),
        (1984, "1984"),
    ],
)
def test_nothing_that_cannot_be_seen(given: object, kept: str) -> None:
    assert clean(given) == kept
