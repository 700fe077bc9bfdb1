"""The kinds of import that Magpie knows: their names, sources and streams."""

import dataclasses

from connectors.items import Source


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One kind of import.

    Attributes:
        name: short and stable; stored with a run.
        label: for people.
        source: where the saved things live.
        streams: which named lists it fills.
    """

    name: str
    label: str
    source: Source
    streams: tuple[str, ...]


_PINS = ("pins", "boards")
_SAVES = ("saved_items", "collections")

_ALL = (
    Kind("pinterest_crawler", "Pinterest crawler export", Source.PINTEREST, _PINS),
    Kind("pinterest_html", "Pinterest account export", Source.PINTEREST, _PINS),
    Kind("pinterest_scrape", "Pinterest scraper file", Source.PINTEREST, _PINS),
    Kind("pinterest_database", "Pinterest scraper database", Source.PINTEREST, _PINS),
    Kind("pinterest_web", "Pinterest web data", Source.PINTEREST, _PINS),
    Kind("facebook_json", "Facebook download (JSON)", Source.FACEBOOK, _SAVES),
    Kind("facebook_html", "Facebook download (HTML)", Source.FACEBOOK, _SAVES),
    Kind("facebook_scrape", "Facebook scraper file", Source.FACEBOOK, _SAVES),
    Kind("instagram_json", "Instagram download (JSON)", Source.FACEBOOK, _SAVES),
)
KINDS = {kind.name: kind for kind in _ALL}
