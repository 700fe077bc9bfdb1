"""Which of the addresses that elements offer are taken, and which is the best."""

import pytest

from tests.connectors.web.support import HERE, only, urls_of


@pytest.mark.parametrize(
    "sources",
    [
        '<source media="(max-width: 767px)" srcset="s.jpg">',
        '<source media="(max-width: 767px)" srcset="s.jpg 400w, s2.jpg 767w">',
        '<source media="(max-width: 767px)" data-srcset="s.jpg, s2.jpg 2x">',
        '<source media="(max-width: 9em)" srcset="s.jpg"><source media="screen" srcset="l.jpg">',
        '<source media="(width < 30em)" srcset="s.jpg"><source srcset="l.jpg">',
        '<source media="(orientation: portrait)" srcset="p.jpg">',
        '<source media="print" srcset="gray.jpg">',
        '<source media="(prefers-color-scheme: dark)" srcset="dark.jpg">',
    ],
)
def test_what_large_screens_show_comes_first(sources: str) -> None:
    assert urls_of(f'<picture>{sources}<img src="l.jpg"></picture>') == [f"{HERE}/l.jpg"]


def test_what_only_small_screens_are_told_of_serves_where_there_is_no_other() -> None:
    picture = only('<picture><source media="(max-width: 9px)" srcset="s.jpg"><img></picture>')

    assert picture.url == f"{HERE}/s.jpg"


def test_a_picture_that_is_never_closed_hides_no_other() -> None:
    page = '<picture><source srcset="a.webp"><img src="a.jpg"><p><img src="b.jpg"><img src="c.jpg">'

    assert urls_of(page) == [f"{HERE}/{name}.jpg" for name in "abc"]


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="data:," data-src="my photo (1).jpg">',
        '<img src="s.jpg" data-zoom-image="my photo (1).jpg">',
        '<div data-bg="my photo (1).jpg"></div>',
    ],
)
def test_names_of_files_may_have_spaces_and_parentheses(markup: str) -> None:
    assert urls_of(markup) == [f"{HERE}/my%20photo%20(1).jpg"]


@pytest.mark.parametrize("words", ["a large one. see a / b", "b.jpg, c.jpg", '{"a": "b.jpg"}'])
def test_words_are_no_address(words: str) -> None:
    assert urls_of(f"<img src=a.jpg data-large='{words}'>") == [f"{HERE}/a.jpg"]
