"""Where a few typed letters may lead: pages, boards, tags, and the search for the words."""

import dataclasses

from django.http import QueryDict

from media.folding import fold_tag
from media.library.suggest import Suggestion, suggest
from tenants.models import Organization
from tenants.urls_for import org_reverse

# Address, icon, name, and other words by which people look for it.
PAGES = (
    ("media:library", "library", "Library", "assets pictures everything home"),
    ("media:boards", "boards", "Boards", "collections new board"),
    ("ingestion:uploads", "globe", "Uploads", "scrape website page photos pictures add"),
    ("faces:people", "user", "People", "faces persons names"),
    ("ingestion:imports", "imports", "Imports", "upload bring a file export"),
    ("ingestion:connections", "link", "Connections", "accounts pinterest sources connect link"),
    ("ingestion:pipelines", "refresh", "Pipelines", "sync schedule jobs runs sources status"),
    ("media:activity", "activity", "Activity", "history undo"),
    ("media:trash", "trash", "Trash", "removed deleted restore"),
    ("ingestion:browsing", "star", "Save while browsing", "bookmarklet extension browser capture"),
    ("tenants:members", "members", "Members", "people team invite"),
    ("tenants:settings", "settings", "Organization", "settings name"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """One place to go.

    Attributes:
        kind: what it is, in a word.
    """

    url: str
    icon: str
    label: str
    kind: str


def commands_for(org: Organization, typed: str) -> list[Command]:
    """Return where ``typed`` may lead in ``org``, the nearest first; all pages for nothing."""
    found = [_page(org, page) for page in PAGES if _fits(page, fold_tag(typed))]
    if not typed:
        return found
    found += [_suggested(org, each) for each in suggest(typed) if each.kind != "domain"]
    return [*found, _search(org, typed)]


def _fits(page: tuple[str, str, str, str], folded: str) -> bool:
    """Return whether a word of the page's begins with what was typed."""
    words = f" {page[2]} {page[3]}".lower()
    return not folded or f" {folded}" in words


def _page(org: Organization, page: tuple[str, str, str, str]) -> Command:
    name, icon, label, _ = page
    return Command(org_reverse(org, name), icon, label, "Page")


def _suggested(org: Organization, each: Suggestion) -> Command:
    if each.kind == "board":
        return Command(
            org_reverse(org, "media:board", board_id=each.id), "boards", each.name, "Board"
        )
    return Command(_library(org, "tag", str(each.id)), "tag", each.name, "Tag")


def _search(org: Organization, typed: str) -> Command:
    return Command(_library(org, "q", typed), "search", f"Search for “{typed}”", "Search")


def _library(org: Organization, key: str, value: str) -> str:
    query = QueryDict(mutable=True)
    query[key] = value
    return f"{org_reverse(org, 'media:library')}?{query.urlencode()}"
