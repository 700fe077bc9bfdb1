"""What a request says of the page that shows the picture: as much as a browser would."""

from urllib.parse import urlsplit

from connectors.guard.exchange import MAX_HEADER_CHARS


def referer_of(page_url: str, url: str) -> str:
    """Return what to say where ``url`` is on a page; "" for nothing.

    To its own site all of the page's address, to others the site alone, as far as that is no step
    from ``https`` down to ``http``: "strict-origin-when-cross-origin". An address that is longer
    than a header may be is cut to its site as well.

    Args:
        page_url: in visible ASCII; "" where there is no page.
        url: of what is asked for.
    """
    page = page_url.partition("#")[0]
    origin = _origin_of(page)
    if not origin:
        return ""
    if _origin_of(url) == origin and len(page) <= MAX_HEADER_CHARS:
        return page
    if origin.startswith("https:") and not url.lower().startswith("https:"):
        return ""
    return f"{origin}/"


def _origin_of(url: str) -> str:
    """Return scheme and host of a plain web address; "" for all else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_plain = url.isascii() and url.isprintable() and "@" not in parts.netloc
    if parts.scheme not in {"http", "https"} or not parts.netloc or not is_plain:
        return ""
    return f"{parts.scheme}://{parts.netloc.lower()}"
