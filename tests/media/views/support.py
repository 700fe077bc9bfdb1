"""What the tests of the library's pages share."""

import re
from html.parser import HTMLParser
from typing import Any, TypeVar

from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from media.models import Asset, AssetMedia, StageState
from tenants.scope import org_scope

M = TypeVar("M", bound=models.Model)

HTMX = {"HX-Request": "true"}


def address(name: str, **parameters: object) -> str:
    """Return the address of a page of the organization that the tests are about."""
    return reverse(f"media:{name}", kwargs={"org_slug": "acme", **parameters})


def flat(response: Any) -> str:
    """Return an answer without the white space that only lays the source out."""
    text = re.sub(r"\s+", " ", response.text)
    return re.sub(r" ?([<>]) ?", r"\1", text)


class InlineCode(HTMLParser):
    """Collects what the content security policy would refuse, and links that run code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        self.found += [name for name in given if name == "style" or name.startswith("on")]
        address = (given.get("href") or "").strip().lower()
        if ":" in address.split("/")[0] and not address.startswith(("http:", "https:")):
            self.found.append(address)


def inline_code(text: str) -> list[str]:
    """Return the inline code that an answer holds."""
    parser = InlineCode()
    parser.feed(text)
    return parser.found


def fresh(row: M) -> M:
    """Return ``row`` as it is stored."""
    with org_scope(row.org_id):  # type: ignore[attr-defined]  # every tenant model has it
        row.refresh_from_db()
    return row


def queries_of(client: Client, url: str) -> int:
    """Return how many queries a page costs once the session is known."""
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def titles(response: Any) -> list[str]:
    """Return the titles of the cards in an answer, in order."""
    return re.findall(r'<span class="card__title"[^>]*>(.*?)</span>', flat(response))


def toasts(response: Any) -> list[str]:
    """Return the sentences of the toasts in an answer."""
    return re.findall(r'<p class="toast__text">(.*?)</p>', flat(response))


def after(client: Client, response: Any) -> Any:
    """Follow the way that an answer leads."""
    assert response.status_code == 302
    return client.get(response["Location"])


def selected(*assets: Any, **values: str) -> dict[str, Any]:
    """Return the body of the selection's form."""
    return {"ids": [str(asset.pk) for asset in assets], **values}


def add_wanted_picture(asset: Asset, status: str) -> None:
    """Store a picture that was never fetched, and where its fetching stands."""
    with org_scope(asset.org_id):
        media = AssetMedia.objects.create(
            org_id=asset.org_id, asset=asset, position=0, key="a", url="https://example.com/a.jpg"
        )
        StageState.objects.create(org_id=asset.org_id, stage="fetch", media=media, status=status)
