"""Reading the library: what is asked for, a page of it, and how much there is of each kind."""

from media.library.chips import Chip, chips_of, source_name
from media.library.facets import Facets, FacetValue, facet_counts
from media.library.filters import LibraryFilter
from media.library.pages import Card, LibraryPage, Total, page_of
from media.library.sorting import Sort
from media.library.suggest import Suggestion, suggest

__all__ = [
    "Card",
    "Chip",
    "FacetValue",
    "Facets",
    "LibraryFilter",
    "LibraryPage",
    "Sort",
    "Suggestion",
    "Total",
    "chips_of",
    "facet_counts",
    "page_of",
    "source_name",
    "suggest",
]
