"""Which of several addresses gives the picture, and what counts as one."""

import asyncio
import hashlib
import io
from collections.abc import Mapping

import pytest

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import Download
from connectors.pictures import fetch_picture, sniff_media_type
from connectors.referers import referer_of
from tests.connectors.guard.support import URL, answer, by_target, client_of

JPEG = b"\xff\xd8\xff\xe0" + b"jpeg" * 99
PNG = b"\x89PNG\r\n\x1a\n" + b"png" * 99
GIF = b"GIF89a" + b"\x01" * 37
HTML = b"<!doctype html><title>Not here</title>"


def fetch(
    answers: Mapping[str, bytes], *urls: str, to: io.BytesIO | None = None
) -> tuple[Download, bytes]:
    """Fetch a picture from paths of one server."""
    file = to or io.BytesIO()

    async def scenario() -> Download:
        async with client_of(by_target(answers)) as client:
            candidates = [url if ":" in url else f"{URL}{url}" for url in urls]
            return await fetch_picture(
                client, candidates, to=file, max_bytes=10_000, deadline_s=2.0
            )

    download = asyncio.run(scenario())
    return download, file.getvalue()


def failure(answers: Mapping[str, bytes], *urls: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(answers, *urls)
    return caught.value


class TestFetchPicture:
    def test_takes_the_type_from_the_bytes(self) -> None:
        lying = answer(PNG, headers=[("Content-Type", "image/jpeg")])

        download, body = fetch({"/a": lying}, "a")

        assert body == PNG
        assert (download.media_type, download.content_type) == ("image/png", "image/jpeg")
        assert (download.size_bytes, download.sha256) == (
            len(PNG),
            hashlib.sha256(PNG).hexdigest(),
        )

    @pytest.mark.parametrize(
        "first",
        [
            answer(HTML, status="403 Forbidden"),
            answer(HTML, status="404 Not Found"),
            answer(HTML, status="410 Gone"),
            answer(HTML),
            answer(b""),
            answer(JPEG * 100),
        ],
        ids=["forbidden", "not found", "gone", "html", "empty", "too large"],
    )
    def test_an_address_without_the_picture_leads_to_the_next(self, first: bytes) -> None:
        download, body = fetch({"/a": first, "/b": answer(GIF)}, "a", "b")

        assert body == GIF
        assert (download.final_url, download.media_type) == (f"{URL}b", "image/gif")

    def test_a_refused_address_leads_to_the_next(self) -> None:
        _, body = fetch({"/b": answer(JPEG)}, "http://127.0.0.1/", "b")

        assert body == JPEG

    def test_what_an_earlier_address_wrote_is_taken_back(self) -> None:
        chunks = b"1388\r\n" + JPEG.ljust(5000) + b"\r\n1770\r\n" + bytes(6000) + b"\r\n0\r\n\r\n"
        too_large = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
        file = io.BytesIO()
        file.write(b"kept")

        _, body = fetch({"/a": too_large, "/b": answer(PNG)}, "a", "b", to=file)

        assert body == b"kept" + PNG

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("429 Slow", "rate_limited"),
            ("500 No", "source_unavailable"),
            ("408 No", "source_timeout"),
        ],
    )
    def test_a_host_that_cannot_answer_ends_the_search(self, status: str, code: str) -> None:
        limited = answer(status=status, headers=[("Retry-After", "9")])

        error = failure({"/a": limited, "/b": answer(PNG)}, "a", "b")

        assert (error.fetch_code, error.retry_after_s) == (code, 9.0)

    def test_the_failure_that_says_most_is_raised(self) -> None:
        assert failure({}, "a", "b").fetch_code == "not_found"
        assert failure({"/b": answer(HTML)}, "a", "b").fetch_code == "bad_response"
        assert failure({}, "http://127.0.0.1/", "b").fetch_code == "not_found"
        assert failure({}).fetch_code == "not_found"
        with pytest.raises(AddressRefusedError):
            fetch({}, "http://127.0.0.1/", "file:///x")


class TestSniffMediaType:
    @pytest.mark.parametrize(
        ("head", "media_type"),
        [
            (JPEG, "image/jpeg"),
            (PNG, "image/png"),
            (GIF, "image/gif"),
            (b"GIF87a", "image/gif"),
            (b"RIFF\x0a\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"BM\x9a\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "image/bmp"),
            (b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1", "image/avif"),
            (b"\x00\x00\x00\x2cftypmif1\x00\x00\x00\x00mif1miafavif", "image/avif"),
            (HTML, None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
            (b"BM, the first two letters of a text", None),
            (b"RIFF\x0a\x00\x00\x00WAVE", None),
            (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", None),
            (b"%PDF-1.7", None),
            (b"\x89PNG", None),
            (b"", None),
        ],
    )
    def test_tells_pictures_from_the_rest(self, head: bytes, media_type: str | None) -> None:
        assert sniff_media_type(head) == media_type


@pytest.mark.parametrize(
    ("page", "url", "said"),
    [
        ("https://a.org/p?q=1#top", "https://a.org/1.jpg", "https://a.org/p?q=1"),
        ("https://a.org/p", "https://cdn.a.org/1.jpg", "https://a.org/"),
        ("https://a.org/p", "http://a.org/1.jpg", ""),
        ("http://a.org:8000/p", "https://a.org/1.jpg", "http://a.org:8000/"),
        ("https://a.org/" + "p" * 5000, "https://a.org/1.jpg", "https://a.org/"),
        ("https://name:word@a.org/p", "https://a.org/1.jpg", ""),
        ("https://ä.org/p", "https://b.org/1.jpg", ""),
        ("", "https://a.org/1.jpg", ""),
    ],
)
def test_says_of_the_page_what_a_browser_would_say(page: str, url: str, said: str) -> None:
    assert referer_of(page, url) == said
