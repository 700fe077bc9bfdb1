"""What requests may carry: every query parameter, form field and field of the API, by name.

A name means one thing everywhere. One that names an object says which model; the suite then
sends keys of others under it, to every address that reads it. A name that stands in neither
list fails the suite. Some names carry a whole filter, in which the same names stand.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from django.forms import BaseForm
from django.http import QueryDict
from rest_framework import serializers

from tests.isolation.rows import Rows

OUR_MODULES = ("tenants.", "media.", "connectors.", "ingestion.", "faces.", "config.")

# Names an object, or several; of which model, where that depends on the page.
NAMED: dict[str, tuple[str, ...]] = {
    "about": ("faces.person",),
    "after": ("media.board", "ingestion.runitem", "media.stagestate"),
    "asset": ("media.asset",),
    "before": (
        "media.operation",
        "ingestion.job",
        "media.asset",
        "ingestion.notification",
        "ingestion.syncrun",
        "faces.faceevent",
    ),
    "board": ("media.board",),
    "checkpoint": ("ingestion.checkpointhistory",),
    "connection": ("connectors.connection",),
    "going": ("ingestion.job",),
    "face": ("faces.face",),
    "ids": ("media.asset", "faces.person", "faces.face"),
    "job": ("ingestion.job",),
    "other": ("faces.person",),
    "others": ("faces.person",),
    "person": ("faces.person",),
    "tag": ("media.tag",),
}

# Names none; with a value that the forms accept.
PLAIN: dict[str, str] = {
    "acknowledges": "",
    "action": "add_to_board",
    "all": "",
    "allows_ai": "",
    "allows_faces": "",
    "auto_assign": "on",
    "board_name": "",
    "brought": "keep",
    "by_email": "",
    "choice": "",
    "choose": "",
    "chooses": "",
    "client_id": "",
    "client_secret": "",
    "code": "",
    "color": "",
    "connector": "",
    "count": "10",
    "cron": "",
    "cursor": "",
    "days": "30",
    "decision": "yes",
    "email": "invited@example.com",
    "embedded": "1",
    "end": "",
    "error": "",
    "every": "manual",
    "faces": "",
    "files": "",
    "filter": "",
    "filters": "",
    "folder": "",
    "has_read": "",
    "health": "",
    "heeds_robots": "",
    "in_app": "",
    "interval_s": "",
    "is_agreed": "on",
    "is_hidden": "",
    "is_named": "",
    "is_one_off": "",
    "jitter_s": "",
    "keep": "",
    "keep_days": "",
    "kind": "",
    "lawful_basis": "household",
    "limit": "10",
    "link": "",
    "max_concurrent": "",
    "media_status": "",
    "name": "A name",
    "note": "A note",
    "of": "faces",
    "only_images": "",
    "outcome": "",
    "page": "1",
    "page_title": "A page",
    "params": "",
    "pause": "",
    "picture": "",
    "positions": "0",
    "q": "",
    "query": "",
    "reason": "",
    "relation": "own",
    "rendering": "never",
    "requests_per_minute": "",
    "reset": "",
    "rest": "",
    "retention_days": "30",
    "role": "viewer",
    "row": "1",
    "rows": "",
    "said": "",
    "samples": "",
    "scopes": "library:read",
    "seen": "",
    "show": "",
    "shown": "",
    "since": "",
    "site": "example.com",
    "sort": "",
    "source": "",
    "start": "",
    "starts_itself": "",
    "state": "",
    "steps": "",
    "sweep_days": "",
    "tags": "first, second",
    "text": "Some text",
    "text_version": "2026-11",
    "theme": "dark",
    "timezone": "UTC",
    "title": "A title",
    "trash": "",
    "until": "",
    "url": "https://pages.example.com/",
    "user_agent": "",
    "v": "",
    "waiting": "",
    "which": "",
    "year": "",
}
# Several values of one name are a list in JSON.
LISTS = {"ids", "others", "positions", "tags"}
# Names that carry others inside, and what to send so that one with this key is read there: what
# is selected by a filter is not selected by keys.
CARRYING: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "filter": lambda name, key: {
        "filter": {name: key if name == "board" else [key]},
        "ids": "",
    },
    "query": lambda name, key: {"query": urlencode({name: key}), "all": "1"},
}
# Those of ``NAMED`` that may stand inside.
CARRIED = ("board", "person", "tag")
# Read by Django and allauth themselves.
OF_THE_FRAMEWORK = {"csrfmiddlewaretoken", "next", "format", "files-clear"}


class InputSpy:
    """Remembers which names were read of what requests carry."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._is_filling = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record every name that is looked up in a query, a form, or a body of the API."""
        with pytest.MonkeyPatch.context() as patch:
            for method in ("__getitem__", "__contains__", "get", "getlist"):
                patch.setattr(QueryDict, method, self._recording(getattr(QueryDict, method)))
            patch.setattr(QueryDict, "appendlist", self._silently(QueryDict.appendlist))
            # Fields of lists and of objects look their value up in a way of their own.
            for kind in (serializers.Field, *_subclasses_of_any(serializers.Field)):
                if own := vars(kind).get("get_value"):
                    patch.setattr(kind, "get_value", self._recording_field(own))
            yield

    def _recording(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(query: QueryDict, key: str, *rest: Any, **options: Any) -> Any:
            if not self._is_filling:
                self.names.add(key)
            return original(query, key, *rest, **options)

        return look_up

    def _recording_field(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_value(field: Any, dictionary: Any) -> Any:
            self.names.add(field.field_name)
            return original(field, dictionary)

        return get_value

    def _silently(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return what does not count: a query looks its names up while it is being filled."""

        def fill(*arguments: Any, **options: Any) -> Any:
            self._is_filling = True
            try:
                return original(*arguments, **options)
            finally:
                self._is_filling = False

        return fill


def declared_names() -> dict[str, set[str]]:
    """Return the names that the product's forms and writable serializers declare, by class."""
    forms = {
        _label(form): set(form.base_fields)
        for form in _subclasses(BaseForm)
        if hasattr(form, "base_fields")
    }
    fields = {
        _label(serializer): {
            name for name, field in serializer().get_fields().items() if not field.read_only
        }
        for serializer in _subclasses(serializers.Serializer)
    }
    return {**forms, **fields}


def _subclasses(base: type[Any]) -> Iterator[type[Any]]:
    """Yield what inherits from ``base`` and is ours."""
    return (each for each in _subclasses_of_any(base) if each.__module__.startswith(OUR_MODULES))


def _subclasses_of_any(base: type[Any]) -> Iterator[type[Any]]:
    for each in base.__subclasses__():
        yield each
        yield from _subclasses_of_any(each)


def _label(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__name__}"


def own_values(rows: Rows) -> dict[str, str]:
    """Return a value for every name, with the organization's own objects."""
    keys = {name: str(rows.get_by_label(labels[0]).pk) for name, labels in NAMED.items()}
    return {**PLAIN, **keys}


def json_body(values: dict[str, Any]) -> str:
    """Return values as a body for the API; what is empty is left out."""
    given = {name: value for name, value in values.items() if value}
    return json.dumps({name: [v] if name in LISTS else v for name, v in given.items()})
