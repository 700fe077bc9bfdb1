"""Pages of the API by key: each starts behind the last row of the one before.

No total and no page number: a page costs the same at the end of a million rows as at the
start, and a row that arrives meanwhile moves no other to a page that was read already.
"""

from typing import Any, ClassVar, TypeAlias

from django.db.models import Field, Model, Q
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from tenants.cursors import seal, unseal

# A column, and whether its largest comes first.
Term: TypeAlias = tuple[str, bool]


class KeysetPagination(BasePagination):
    """Reads ``?limit=`` and ``?cursor=``, answers ``{"next": …, "results": […]}``.

    The view's ``ordering`` must be total: it ends with the key, and its columns are not
    null. ``ordering = ("-created_at", "-pk")`` is the default.
    """

    max_limit: ClassVar[int] = 200
    # What the rows are called in the answer.
    results_name: ClassVar[str] = "results"
    default_ordering: ClassVar[tuple[str, ...]] = ("-created_at", "-pk")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of one page: one query, whatever its place.

        Raises:
            ValidationError: the limit or the cursor is none.
        """
        self._request = request
        ordering = getattr(view, "ordering", self.default_ordering)
        terms = [(name.lstrip("-"), name.startswith("-")) for name in ordering]
        limit = self._limit(request)
        queryset = queryset.order_by(*ordering)
        cursor = request.query_params.get("cursor", "")
        if cursor:
            values = _decode(cursor, model=queryset.model, terms=terms)
            queryset = queryset.filter(_behind(terms, values))
        rows = list(queryset[: limit + 1])
        page = rows[:limit]
        self._next = _encode(page[-1], terms) if len(rows) > limit else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the address of the next one."""
        url = None
        if self._next is not None:
            url = replace_query_param(self._request.build_absolute_uri(), "cursor", self._next)
        return Response({"next": url, self.results_name: data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page for OpenAPI."""
        return {
            "type": "object",
            "required": ["next", self.results_name],
            "properties": {
                "next": {"type": "string", "format": "uri", "nullable": True},
                self.results_name: schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the query parameters for OpenAPI."""
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_limit}
        return [
            {"name": "limit", "in": "query", "required": False, "schema": limit},
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
        ]

    def _limit(self, request: Request) -> int:
        text = request.query_params.get("limit", "")
        if not text:
            return int(api_settings.PAGE_SIZE or self.max_limit)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= self.max_limit):
            raise exceptions.ValidationError({"limit": [f"Between 1 and {self.max_limit}."]})
        return int(text)


def _behind(terms: list[Term], values: list[Any]) -> Q:
    """Return what keeps the rows that come after ``values`` in the order of ``terms``."""
    condition = Q()
    for (name, is_descending), value in reversed(list(zip(terms, values, strict=True))):
        beyond = Q(**{f"{name}__{'lt' if is_descending else 'gt'}": value})
        if not condition:
            condition = beyond
            continue
        # The outer bound is redundant, but it is what lets an index lead to the place.
        bound = Q(**{f"{name}__{'lte' if is_descending else 'gte'}": value})
        condition = bound & (beyond | condition)
    return condition


def _encode(row: Model, terms: list[Term]) -> str:
    values = [_field(type(row), name).value_to_string(row) for name, _ in terms]
    return seal(values, of=_list_of(type(row), terms))


def _decode(cursor: str, *, model: type[Model], terms: list[Term]) -> list[Any]:
    values = unseal(cursor, of=_list_of(model, terms))
    if values is None:
        raise exceptions.ValidationError({"cursor": ["Take it from `next`, unchanged."]})
    return [
        _field(model, name).to_python(value) for (name, _), value in zip(terms, values, strict=True)
    ]


def _list_of(model: type[Model], terms: list[Term]) -> str:
    """Return what a cursor is good for: a model in an order."""
    return f"{model._meta.label}:{terms}"


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    found = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if not isinstance(found, Field):
        raise TypeError(f"{model.__name__}.{name} is no column to order by.")
    return found
