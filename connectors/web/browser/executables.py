"""Where Chromium is on this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

from connectors.errors import BrowserMissingError

# The one without windows first: it takes a third of the processor's time for the same page.
SYSTEM_CHROMIUMS: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
)
_CACHES: Final = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
_PLAYWRIGHT_CHROMIUMS: Final = (
    "chromium_headless_shell-*/*/headless_shell",
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium-*/*/chrome",
    "chromium-*/*/Chromium.app/Contents/MacOS/Chromium",
)


def find_chromium() -> str:
    """Return the path of the Chromium to render with.

    The one of the settings, else the system's, else what ``playwright install chromium`` brought.

    Raises:
        BrowserMissingError: there is none.
    """
    chosen: str = settings.RENDER_CHROMIUM
    if chosen:
        found = shutil.which(chosen)
    else:
        found = next(filter(None, map(shutil.which, SYSTEM_CHROMIUMS)), None)
        found = found or next(_of_playwright(), None)
    if found is None:
        raise BrowserMissingError(
            "Pages that need a browser cannot be opened here: there is no Chromium. Install it, "
            "for example with 'apt-get install chromium-headless-shell'."
        )
    return found


def _of_playwright() -> Iterator[str]:
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    for folder in filter(None, (own, *_CACHES)):
        for pattern in _PLAYWRIGHT_CHROMIUMS:
            # The newest build has the highest number.
            yield from map(str, sorted(Path(folder).expanduser().glob(pattern), reverse=True))
