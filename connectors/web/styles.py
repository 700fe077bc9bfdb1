"""Pictures behind boxes: the backgrounds of CSS, in attributes and in style blocks."""

from collections.abc import Iterator
from typing import Any, Final

import tinycss2

# Of one sheet or attribute; nested rules deeper than this show nothing that is worth it.
MAX_RULES: Final = 20_000
MAX_DEPTH: Final = 8
_PROPERTIES: Final = frozenset({"background", "background-image", "content"})
_SHORT: Final = {"background-image": "background"}
_SETS: Final = frozenset({"image-set", "-webkit-image-set"})
_RESOLUTIONS: Final = {"x": 1.0, "dppx": 1.0, "dpi": 1 / 96, "dpcm": 2.54 / 96}

Alternatives = list[str]


def read_declarations(text: str) -> list[Alternatives]:
    """Return the backgrounds of a ``style`` attribute; each with its addresses, the best first."""
    if not _may_name(text):
        return []
    return list(_of_contents(tinycss2.parse_blocks_contents(text), MAX_DEPTH))


def read_sheet(text: str) -> list[Alternatives]:
    """Return the backgrounds of a style block, as `read_declarations`."""
    if not _may_name(text):
        return []
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    return list(_of_rules(rules[:MAX_RULES], MAX_DEPTH))


def read_value(text: str) -> list[Alternatives]:
    """Return the pictures of one value, such as ``url(a.jpg), url(b.jpg)``."""
    return list(_of_tokens(tinycss2.parse_component_value_list(text)))


def read_set(text: str) -> list[Alternatives]:
    """Return the pictures of the inside of ``image-set``; ``|`` parts several of them."""
    parts = (tinycss2.parse_component_value_list(part) for part in text.split("|"))
    return [found for part in parts if (found := _of_set(part))]


def _may_name(text: str) -> bool:
    lowered = text.lower()
    return "url(" in lowered or "image-set(" in lowered


def _of_rules(rules: list[Any], depth: int) -> Iterator[Alternatives]:
    for rule in rules:
        if rule.type == "qualified-rule" or (rule.type == "at-rule" and rule.content):
            is_font = rule.type == "at-rule" and rule.lower_at_keyword == "font-face"
            if depth and not is_font:
                yield from _of_contents(tinycss2.parse_blocks_contents(rule.content), depth - 1)


def _of_contents(contents: list[Any], depth: int) -> Iterator[Alternatives]:
    """Yield the pictures of declarations, then of the rules among them.

    A property that is declared again is the same picture, in a way that newer browsers know.
    """
    declared: dict[tuple[str, int], Alternatives] = {}
    rules: list[Any] = []
    for one in contents:
        if one.type != "declaration":
            rules.append(one)
        elif one.lower_name in _PROPERTIES or one.lower_name.startswith("--"):
            name = _SHORT.get(one.lower_name, one.lower_name)
            for at, found in enumerate(_of_tokens(one.value)):
                declared[name, at] = found + declared.get((name, at), [])
    yield from declared.values()
    yield from _of_rules(rules, depth)


def _of_tokens(tokens: list[Any]) -> Iterator[Alternatives]:
    for token in tokens:
        if token.type == "url":
            yield [token.value]
        elif token.type == "function":
            if token.lower_name in _SETS:
                if found := _of_set(token.arguments):
                    yield found
            elif token.lower_name == "url":
                yield from ([one.value] for one in token.arguments if one.type == "string")


def _of_set(tokens: list[Any]) -> Alternatives:
    """Return the addresses of ``image-set``, the highest resolution first."""
    found: list[tuple[float, str]] = []
    for token in tokens:
        address = token.value if token.type in {"string", "url"} else ""
        if token.type == "function" and token.lower_name == "url":
            address = next((one.value for one in token.arguments if one.type == "string"), "")
        if address:
            found.append((1.0, address))
        elif token.type == "dimension" and found:
            scale = _RESOLUTIONS.get(token.lower_unit, 0.0)
            found[-1] = (token.value * scale, found[-1][1])
    return [address for _, address in sorted(found, key=lambda one: -one[0])]
