"""Filters of the library that apps above this one bring: what faces know, media must not."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# A condition over ``media_asset a``, and its parameters; ``%(org)s`` is there.
Condition = tuple[str, dict[str, Any]]
_OPERATOR = re.compile(r'(?<!\S)(\w+):("[^"]+"|[^\s"]+)')


@dataclasses.dataclass(frozen=True, slots=True)
class ExtraFilter:
    """One kind of filter.

    Attributes:
        key: of the parameter in an address, and of the operator that people type.
        label, hint: of its menu.
        takes_several: whether each value narrows what the others leave; else one takes the
            place of another.
        condition: what must hold of an asset, for values as they came.
        counts: the statement for (value, label, how many assets), given one for the assets.
        labels: how people read values; those that are not there are left out.
        typed: the value that a typed word stands for; None for none.
        is_on: whether there is anything to choose from.
        choices: all values there are, where they are few; else values are keys.
    """

    key: str
    label: str
    hint: str
    takes_several: bool
    condition: Callable[[Sequence[str]], Condition]
    counts: Callable[[str], str]
    labels: Callable[[Sequence[str]], Mapping[str, str]]
    typed: Callable[[str], str | None]
    is_on: Callable[[], bool]
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)


_EXTRAS: dict[str, ExtraFilter] = {}


def register(extra: ExtraFilter) -> None:
    """Make a filter known; called while the apps get ready."""
    _EXTRAS[extra.key] = extra


def extras() -> list[ExtraFilter]:
    """Return the filters of other apps, in the order in which they were registered."""
    return list(_EXTRAS.values())


def take_typed(q: str) -> tuple[str, list[tuple[str, str]]]:
    """Return words without the operators that are typed among them, and what these stand for.

    One that stands for nothing stays a word.
    """
    taken: list[tuple[str, str]] = []

    def take(match: re.Match[str]) -> str:
        extra = _EXTRAS.get(match[1].lower())
        value = extra.typed(match[2].strip('"')) if extra else None
        if extra is None or value is None:
            return match[0]
        taken.append((extra.key, value))
        return ""

    return " ".join(_OPERATOR.sub(take, q).split()), taken
