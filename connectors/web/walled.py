"""Sites that show their pages to people who signed in, and are never asked for one by a program.

What people saved there comes with their export. Where a record of it leads elsewhere, that page
is like any other.
"""

import re
from typing import Final
from urllib.parse import urlsplit

_WALLED: Final = re.compile(
    r"(?:.+\.)?(?:pinterest(?:\.[a-z]{2,4}){1,2}|pin\.it|pinimg\.com"
    r"|facebook\.(?:com|net)|fb\.(?:com|me|watch|gg)|messenger\.com|instagram\.com|instagr\.am"
    r"|threads\.(?:net|com))\.?"
)


def is_walled(url: str) -> bool:
    """Return whether an address is of such a site."""
    try:
        host = (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return False
    return _WALLED.fullmatch(host) is not None
