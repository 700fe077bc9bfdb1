"""Links of assets that have no picture of their own: which to check, and what was found."""

from media.links.finding import Finding, SeenPage, SeenPicture, write_findings
from media.links.units import NOT_NOW, add_units, hold_back, linked_assets

__all__ = [
    "NOT_NOW",
    "Finding",
    "SeenPage",
    "SeenPicture",
    "add_units",
    "hold_back",
    "linked_assets",
    "write_findings",
]
