"""What a site's robots.txt lets us do (RFC 9309), and how fast."""

import io
from typing import Final

from connectors.errors import FetchError
from connectors.guard import GuardedClient
from connectors.web.manners import Manners

MAX_AGE_S: Final = 24 * 3600.0
# Where the site cannot be asked, rules of up to this age count on.
MAX_STALE_S: Final = 30 * MAX_AGE_S
# Longer files are read up to here; the standard asks for 500 KiB at least.
MAX_BYTES: Final = 512 * 1024
# What says to be longer than this is no such file.
_MAX_ANNOUNCED_BYTES: Final = 16 * 1024**2
_DEADLINE_S: Final = 10.0
# These are true of the page as well, and say more than that there are no rules to be had.
_SAYS_WHY: Final = frozenset({"rate_limited", "network", "source_timeout"})


async def read_robots(client: GuardedClient, site: str, *, manners: Manners) -> str:
    """Return a site's robots.txt, at most a day old; "" where it has none.

    Raises:
        AddressRefusedError: the site is none that we may ask.
        FetchError: ``rate_limited``, ``network`` and ``source_timeout`` where the site cannot be
            asked, else ``robots_unavailable``: it cannot be told at the moment what we may read,
            so that nothing is.
    """
    kept = await manners.robots(site)
    if kept is not None and kept.age_s < MAX_AGE_S:
        return kept.text
    try:
        text = await _fetch(client, f"{site}/robots.txt")
    except FetchError as exc:
        if kept is not None and kept.age_s < MAX_STALE_S:
            return kept.text
        if exc.fetch_code in _SAYS_WHY:
            raise
        raise FetchError(
            "The site does not say at the moment what programs may read.",
            fetch_code="robots_unavailable",
            retry_after_s=exc.retry_after_s,
            http_status=exc.http_status,
        ) from exc
    await manners.keep_robots(site, text)
    return text


async def _fetch(client: GuardedClient, url: str) -> str:
    body = io.BytesIO()
    try:
        await client.download(
            url,
            to=lambda piece: body.write(piece[: MAX_BYTES - body.tell()]),
            max_bytes=_MAX_ANNOUNCED_BYTES,
            deadline_s=_DEADLINE_S,
        )
    except FetchError as exc:
        # Not "unreachable" but "unavailable": there is no file, or nobody may see it.
        if exc.http_status is not None and _is_unavailable(exc.http_status):
            return ""
        if exc.fetch_code == "payload_too_large" or body.tell() == MAX_BYTES:
            # Whatever became of the rest, of which nothing is taken.
            return _text(body.getvalue())
        if exc.fetch_code == "bad_response" and exc.http_status is None:
            # Endless redirects, broken compression: as if it were not there.
            return ""
        raise
    return _text(body.getvalue())


def _is_unavailable(status: int) -> bool:
    return status <= 499 and status != 429  # noqa: PLR2004  # statuses of HTTP


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace").replace("\0", "").removeprefix("\ufeff")
