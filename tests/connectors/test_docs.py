"""The connector that the documentation builds, and its tests, as they stand there."""

import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings

from connectors import base

PAGE = settings.BASE_DIR / "docs" / "connectors.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def lesson() -> Iterator[dict[str, Any]]:
    """Run all blocks of the page, one after the other, as one file."""
    module = types.ModuleType("recipe_box")
    text = PAGE.read_text(encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)
        patch.setattr(base, "_CONNECTORS", dict(base._CONNECTORS))
        for block in BLOCK.finditer(text):
            above = "\n" * text[: block.start(1)].count("\n")
            exec(compile(above + block[1], PAGE, "exec"), module.__dict__)  # noqa: S102  # our own page
        yield module.__dict__


@pytest.mark.parametrize(
    "name", re.findall(r"^def (test_\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
)
def test_the_page_is_true(lesson: dict[str, Any], name: str) -> None:
    test: Callable[[], None] = lesson[name]

    test()

    assert base.connector_named("recipe_box").title == "Recipe Box"


def test_a_name_belongs_to_one_class(lesson: dict[str, Any]) -> None:
    again = base.register(lesson["RecipeBox"])

    with pytest.raises(ValueError, match="recipe_box"):
        base.register(type("Other", (again,), {}))
