"""The ways of reading a platform that its terms bind, each known by its name."""

import dataclasses

from connectors.base import Terms, connectors


@dataclasses.dataclass(frozen=True, slots=True)
class Declared:
    """A way of reading a platform, and the terms that bind it.

    Attributes:
        name: stable; reviews are stored under it.
        title: what people read, such as "Pinterest".
        terms: of the platform, as somebody read them.
        what: it reads, in one sentence.
    """

    name: str
    title: str
    terms: Terms
    what: str


_DECLARED: dict[str, Declared] = {}


def declare(declared: Declared) -> None:
    """Make a way known that no connector declares; again with the same words changes nothing.

    Raises:
        ValueError: another way has the name.
    """
    if _DECLARED.setdefault(declared.name, declared) != declared:
        raise ValueError(f"Two ways of reading are named {declared.name!r}.")


def declared() -> tuple[Declared, ...]:
    """Return all ways in the order of their names; connectors declare themselves."""
    of_connectors = [
        Declared(connector.name, connector.title, connector.terms, connector.reads)
        for connector in connectors()
    ]
    return tuple(sorted([*of_connectors, *_DECLARED.values()], key=lambda way: way.name))


def declaration_of(name: str) -> Declared | None:
    """Return what is declared under a name; None where nothing is."""
    return next((way for way in declared() if way.name == name), None)
