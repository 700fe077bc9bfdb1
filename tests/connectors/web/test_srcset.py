"""The candidates of a srcset."""

import pytest

from connectors.web.srcset import MAX_CANDIDATES, parse_srcset


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" , ,", []),
        ("a", [("a", None, 1.0)]),
        ("a, b 2x", [("a", None, 1.0), ("b", None, 2.0)]),
        ("a 400w,b 800w", [("a", 400, 1.0), ("b", 800, 1.0)]),
        ("\n a\t1.5x ,\n b  3x\n", [("a", None, 1.5), ("b", None, 3.0)]),
        ("/c_fill,w_320/a.jpg 320w, /c_fill,w_9/a.jpg 9w", [
            ("/c_fill,w_320/a.jpg", 320, 1.0), ("/c_fill,w_9/a.jpg", 9, 1.0),
        ]),
        ("a,b 2x", [("a,b", None, 2.0)]),
        ("a,, b", [("a", None, 1.0), ("b", None, 1.0)]),
        ("a 100w 50h, b", [("a", 100, 1.0), ("b", None, 1.0)]),
        ("a nonsense, b 2x", [("b", None, 2.0)]),
        ("a (1x, 2x) 3x, b 2x", [("b", None, 2.0)]),
        ("a 1e9w, b 0w", [("b", None, 1.0)]),
    ],
)  # fmt: skip
def test_are_cut_apart_as_browsers_do(
    text: str, found: list[tuple[str, int | None, float]]
) -> None:
    assert [tuple(source) for source in parse_srcset(text)] == found


def test_are_bounded() -> None:
    assert len(parse_srcset("a 1x, " * 10_000)) == MAX_CANDIDATES
