"""One form for all spellings of a tag."""

import re

from media.search.words import fold

_GAPS = re.compile(r"[\s_\-–—]+")  # noqa: RUF001  # dashes of every width


def fold_tag(name: str) -> str:
    """Return the form that makes ``Mid-Century`` and ``mid century`` one tag."""
    return _GAPS.sub(" ", fold(name)).strip().lstrip("#").strip()[:80]
