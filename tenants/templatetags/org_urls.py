"""Addresses within the organization that the page belongs to."""

from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode, url

register = template.Library()


class OrgURLNode(URLNode):
    """Django's ``url`` with the slug of the request's organization filled in."""

    def __init__(self, plain: URLNode) -> None:
        super().__init__(plain.view_name, plain.args, plain.kwargs, plain.asvar)

    def render(self, context: Context) -> str:
        """Render the address; without an organization in the request there is none."""
        slug = _Literal(context["request"].org.slug)
        # ``reverse`` takes arguments by place or by name, never both.
        args: list[Any] = [slug, *self.args] if self.args else []
        kwargs: dict[str, Any] = {} if self.args else {"org_slug": slug, **self.kwargs}
        return URLNode(self.view_name, args, kwargs, self.asvar).render(context)


class _Literal:
    """A value in the shape of a filter expression."""

    def __init__(self, value: str) -> None:
        self.value = value

    def resolve(self, context: Context) -> str:
        """Return the value, whatever the context."""
        return self.value


@register.tag
def org_url(parser: Parser, token: Token) -> OrgURLNode:
    """Return the address of an organization's page: ``{% org_url 'media:board' board.pk %}``.

    Works as ``{% url %}`` does, ``as`` included, with the organization of the request.
    """
    return OrgURLNode(url(parser, token))
