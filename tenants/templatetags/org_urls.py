"""Addresses within the organization that the page belongs to."""

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode, url
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape

from tenants.urls_for import org_reverse

register = template.Library()


class OrgURLNode(URLNode):
    """Django's ``url`` with the slug of the request's organization filled in."""

    def __init__(self, plain: URLNode) -> None:
        super().__init__(plain.view_name, plain.args, plain.kwargs, plain.asvar)

    def render(self, context: Context) -> str:
        """Render the address; without an organization in the request there is none."""
        args = [arg.resolve(context) for arg in self.args]
        kwargs = {name: value.resolve(context) for name, value in self.kwargs.items()}
        name = self.view_name.resolve(context)
        try:
            address = org_reverse(context["request"].org, name, *args, **kwargs)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            address = ""
        if self.asvar:
            context[self.asvar] = address
            return ""
        return conditional_escape(address) if context.autoescape else address


@register.tag
def org_url(parser: Parser, token: Token) -> OrgURLNode:
    """Return the address of an organization's page: ``{% org_url 'media:board' board.pk %}``.

    Works as ``{% url %}`` does, ``as`` included, with the organization of the request.
    """
    return OrgURLNode(url(parser, token))
