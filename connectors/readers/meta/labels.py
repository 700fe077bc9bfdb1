"""The dialect of ``label_values``: a form whose labels are in the account's language."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.readers.urls import web_address

_MAX_DEPTH = 6
_MAX_ENTRIES = 500
_FIELDS_OF_COLLECTION = 2
# Groups that describe a person; their addresses are not the address of what was saved.
OWNER_TITLES = frozenset(
    {
        "owner", "author", "creator", "eigentümer", "besitzer", "inhaber", "ersteller", "autor",
        "propriétaire", "auteur", "propietario", "proprietario", "proprietário", "eigenaar",
        "ejer", "ägare", "eier", "omistaja", "właściciel", "sahibi", "владелец", "所有者",
        "拥有者", "소유자",
    }
)  # fmt: skip
_TITLE_LABELS = frozenset(
    {
        "title",
        "titel",
        "titre",
        "título",
        "titolo",
        "tytuł",
        "otsikko",
        "tittel",
        "ba\u015fl\u0131k",
    }
)
_NAME_LABELS = frozenset(
    {"name", "nom", "nombre", "nome", "naam", "navn", "namn", "nimi", "nazwa", "имя", "isim", "ad"}
)
_CHOICES = frozenset(
    {
        "privacy", "privatsphäre", "confidentialité", "privacidad", "privatliv", "privacidade",
        "sekretess", "personvern", "yksityisyys", "prywatność", "gizlilik", "конфиденциальность",
        "プライバシー設定", "隐私", "隱私", "공개 범위",
    }
)  # fmt: skip


@dataclasses.dataclass(slots=True)
class Labels:
    """What a form says.

    Attributes:
        url: the first address, of the form itself before those of its groups.
        title: of the thing; its name where the form has no title.
        owner: whose it is.
        texts: other values, in order.
        timestamp: the first one.
        has_address_field: there is a field for an address, be it empty: collections have none.
        is_collection: there are a name and who may see it, and nothing else.
    """

    url: str = ""
    title: str = ""
    owner: str = ""
    texts: list[str] = dataclasses.field(default_factory=list)
    timestamp: object = None
    has_address_field: bool = False
    is_collection: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    label: str
    value: str
    href: str
    group: str
    depth: int
    timestamp: object
    has_href: bool


def read_labels(entries: list[Any]) -> Labels:
    """Return what the fields of a form say, by their values more than by their labels."""
    fields = list(_fields_in(entries, "", 0))[:_MAX_ENTRIES]
    own = [field for field in fields if field.group not in OWNER_TITLES]
    labels = Labels(
        url=_first_address(sorted(own, key=lambda field: field.depth > 0)),
        owner=_owner_in(fields),
        timestamp=next((f.timestamp for f in fields if f.timestamp is not None), None),
        has_address_field=any(f.has_href or web_address(f.value) for f in own),
    )
    values = [f for f in own if f.depth == 0 and f.value and not web_address(f.value)]
    titled = [f for f in values if f.label in _TITLE_LABELS]
    named = [f for f in values if f.label in _NAME_LABELS]
    candidates = titled or named or [f for f in values if f.label not in _CHOICES]
    chosen = candidates[0] if candidates else None
    labels.title = chosen.value if chosen else ""
    has_choice = any(field.label in _CHOICES for field in fields)
    labels.is_collection = len(fields) == _FIELDS_OF_COLLECTION and bool(named) and has_choice
    labels.texts = [f.value for f in values if f is not chosen and f.label not in _CHOICES]
    return labels


def _first_address(fields: list[_Field]) -> str:
    for field in fields:
        for value in (field.href, field.value):
            if web_address(value):
                return value
    return ""


def _owner_in(fields: list[_Field]) -> str:
    owned = [f for f in fields if f.group in OWNER_TITLES and f.value]
    texts = [f for f in owned if not web_address(f.value)]
    named = [f for f in texts if f.label in _NAME_LABELS]
    return (named or texts)[0].value if texts else ""


def _fields_in(entries: object, group: str, depth: int) -> Iterator[_Field]:
    """Yield the fields in order, depth first, with the title of the group they stand in."""
    if depth > _MAX_DEPTH or not isinstance(entries, list):
        return
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        label, title = (text_in(entry, key).casefold() for key in ("label", "title"))
        if any(key in entry for key in ("value", "href", "timestamp_value")):
            yield _Field(
                label,
                text_in(entry, "value"),
                text_in(entry, "href"),
                group,
                depth,
                entry.get("timestamp_value"),
                "href" in entry,
            )
        for key in ("dict", "vec"):
            yield from _fields_in(entry.get(key), title or label or group, depth + 1)


def text_in(entry: Mapping[str, Any], key: str) -> str:
    """Return the text under a key; "" for what is none."""
    value = entry.get(key)
    return value.strip() if isinstance(value, str) else ""
