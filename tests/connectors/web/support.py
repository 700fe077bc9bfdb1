"""Pages for tests, and short ways to read them."""

from connectors.web.reading import read_page
from connectors.web.values import FoundPage, FoundPicture

PAGE = "https://www.site-of-tests.com/gallery/index.html"
ROOT = "https://www.site-of-tests.com"
HERE = f"{ROOT}/gallery"


def page_of(markup: str | bytes, *, content_type: str = "text/html", url: str = PAGE) -> FoundPage:
    """Read a page."""
    content = markup.encode() if isinstance(markup, str) else markup
    return read_page(content, content_type=content_type, url=url)


def urls_of(markup: str | bytes) -> list[str]:
    """Return the best address of each picture of a page."""
    return [picture.url for picture in page_of(markup).pictures]


def only(markup: str | bytes) -> FoundPicture:
    """Return the one picture of a page."""
    (picture,) = page_of(markup).pictures
    return picture
