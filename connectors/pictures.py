"""Fetching one picture that may stand at one of several addresses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO, Final

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import Download, GuardedClient
from connectors.referers import referer_of

ACCEPT: Final = "image/*,*/*;q=0.1"
# Enough to tell every type, and the brands of an AVIF file.
SNIFF_BYTES: Final = 64

# Another address may still have the picture; all other failures concern the host, not the address.
_TRY_NEXT: Final = frozenset({"not_found", "forbidden", "bad_response", "payload_too_large"})
_IS_ABSENT: Final = frozenset({"not_found", "forbidden"})
_SIGNATURES: Final = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    # Two letters alone would take text for a picture: the reserved bytes and the header count too.
    (re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "image/bmp"),
    (re.compile(rb"\0\0.{2}ftyp(?:.{4}){0,12}?(?:avif|avis)", re.DOTALL), "image/avif"),
)


async def fetch_picture(  # noqa: PLR0913  # the caller names every limit
    client: GuardedClient,
    candidate_urls: Sequence[str],
    *,
    to: BinaryIO,
    max_bytes: int,
    deadline_s: float,
    headers: Mapping[str, str] | None = None,
    page_url: str = "",
) -> Download:
    """Store the picture of the first candidate address that has one.

    A host that says "not there" or "forbidden", answers with something else, or with too much,
    leads to the next candidate; a host that cannot answer at the moment ends the search, because
    the best picture may still come. ``to`` is put back to where it stood between candidates.

    Args:
        client: fetches.
        candidate_urls: best first.
        to: a seekable file; the picture is written from its present position.
        max_bytes: of the picture.
        deadline_s: wall-clock time for each candidate.
        headers: as for `GuardedClient.download`.
        page_url: of the page that shows the picture; some sites give theirs to none else. Each
            address is told as much of it as a browser would tell.

    Returns:
        The download, whose ``media_type`` is what the first bytes say, not what the server
        claims; as it came when the request was conditional and the answer is 304.

    Raises:
        AddressRefusedError: every candidate is refused.
        FetchError: with the failure of the host that cannot answer or, when no candidate has a
            picture, the first failure that says more than "not there".
    """
    start = to.tell()
    failures: list[FetchError | AddressRefusedError] = []
    for url in candidate_urls:
        to.seek(start)
        to.truncate()
        writer = _PictureWriter(to)
        try:
            download = await client.download(
                url,
                to=writer.write,
                max_bytes=max_bytes,
                deadline_s=deadline_s,
                headers={"Accept": ACCEPT, **_referer(page_url, url), **(headers or {})},
            )
            return writer.describe(download)
        except AddressRefusedError as exc:
            failures.append(exc)
        except FetchError as exc:
            if exc.fetch_code not in _TRY_NEXT:
                raise
            failures.append(exc)
    if not failures:
        raise FetchError("There is no address to fetch.", fetch_code="not_found")
    raise _most_telling(failures)


def _referer(page_url: str, url: str) -> dict[str, str]:
    said = referer_of(page_url, url)
    return {"Referer": said} if said else {}


def sniff_media_type(head: bytes) -> str | None:
    """Return the media type of a picture by its first `SNIFF_BYTES` bytes; None for all else."""
    for signature, media_type in _SIGNATURES:
        if signature.match(head):
            return media_type
    return None


class _PictureWriter:
    """Hands bytes on to a file once they begin like a picture."""

    def __init__(self, to: BinaryIO) -> None:
        self._to = to
        self._head = b""
        self.media_type: str | None = None

    def write(self, piece: bytes) -> None:
        if self.media_type is not None:
            self._to.write(piece)
            return
        self._head += piece
        if len(self._head) >= SNIFF_BYTES:
            self._decide()

    def describe(self, download: Download) -> Download:
        """Return the finished download with the type that its bytes say.

        Raises:
            FetchError: ``bad_response``; it is not a picture.
        """
        if not download.has_body:
            return download
        return replace(download, media_type=self.media_type or self._decide())

    def _decide(self) -> str:
        media_type = sniff_media_type(self._head)
        if media_type is None:
            raise FetchError("The answer is not a picture.", fetch_code="bad_response")
        self._to.write(self._head)
        self.media_type = media_type
        return media_type


def _most_telling(
    failures: Sequence[FetchError | AddressRefusedError],
) -> FetchError | AddressRefusedError:
    """Pick a failure to raise; ``failures`` has at least one."""
    for failure in failures:
        if isinstance(failure, FetchError) and failure.fetch_code not in _IS_ABSENT:
            return failure
    return next((one for one in failures if isinstance(one, FetchError)), failures[0])
