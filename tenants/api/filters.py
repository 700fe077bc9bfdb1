"""Query parameters of lists: each list says which it knows, and refuses any other."""

from typing import Any, ClassVar, TypeVar

from rest_framework import mixins, serializers
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.response import Response

F = TypeVar("F", bound="ListFilter")


class ListFilter(serializers.Serializer[Any]):
    """What must hold of the rows of a list; all of it at once.

    Attributes:
        of_pages: names that the list's pages read.
    """

    of_pages: ClassVar[frozenset[str]] = frozenset({"limit", "cursor"})

    def to_internal_value(self, data: Any) -> Any:
        """Refuse names that are none: a filter with a slip in it would list everything."""
        values = super().to_internal_value(data)
        unknown = sorted(set(data) - set(self.fields) - self.of_pages)
        if unknown:
            problems = {name: ["There is no such filter."] for name in unknown}
            raise serializers.ValidationError(problems)
        return values


class ListMixin(mixins.ListModelMixin):
    """A list without filters of its own."""

    def list(
        self, request: Request, *args: Any, **kwargs: Any
    ) -> Response:  # clients read the view's own words
        read_filter(ListFilter, request)
        return super().list(request, *args, **kwargs)


class FlagField(serializers.BooleanField):
    """Yes, no, or not said; REST framework's own takes silence in a query for no."""

    default_empty_html = empty


def read_filter(kind: type[F], request: Request) -> dict[str, Any]:
    """Return what the query of ``request`` asks of a list.

    Raises:
        ValidationError: a name is unknown, or a value does not fit.
    """
    wanted = kind(data=request.query_params)
    wanted.is_valid(raise_exception=True)
    values: dict[str, Any] = wanted.validated_data
    return values
