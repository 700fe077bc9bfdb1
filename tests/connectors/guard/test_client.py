"""What the guarded client brings, and how it says what went wrong."""

import asyncio
import gzip
import hashlib
import io
from asyncio import StreamReader, StreamWriter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import Download, GuardedClient, GuardOptions
from connectors.guard.answers import parse_retry_after
from tests.connectors.guard.support import (
    HOST,
    URL,
    TableResolver,
    always,
    answer,
    by_target,
    client_of,
    headers_of,
    options_for,
    read_head,
    serving,
    target_of,
)

BODY = b"picture bytes"


async def fetch(
    client: GuardedClient, url: str = URL, *, headers: dict[str, str] | None = None
) -> tuple[Download, bytes]:
    return await client.get_bytes(url, max_bytes=1_000_000, deadline_s=5, headers=headers)


async def fetch_answer(
    data: bytes, *, headers: dict[str, str] | None = None
) -> tuple[Download, bytes]:
    async with client_of(always(data)) as client:
        return await fetch(client, headers=headers)


def failure_of(data: bytes) -> FetchError:
    with pytest.raises(FetchError) as caught:
        asyncio.run(fetch_answer(data))
    return caught.value


class TestDownload:
    def test_describes_what_it_wrote(self) -> None:
        data = answer(
            BODY,
            headers=[
                ("Content-Type", "Image/JPEG; charset=x"),
                ("ETag", '"abc"'),
                ("Last-Modified", "Sat, 21 Nov 2026 10:00:00 GMT"),
            ],
        )

        download, body = asyncio.run(fetch_answer(data))

        assert body == BODY
        assert (download.final_url, download.status) == (URL, 200)
        assert download.content_type == "Image/JPEG; charset=x"
        assert download.media_type == "image/jpeg"
        assert download.size_bytes == len(BODY)
        assert download.sha256 == hashlib.sha256(BODY).hexdigest()
        assert (download.etag, download.last_modified) == (
            '"abc"',
            "Sat, 21 Nov 2026 10:00:00 GMT",
        )
        assert download.has_body

    def test_writes_to_a_file_or_to_a_function(self) -> None:
        file = io.BytesIO()
        pieces: list[bytes] = []

        async def scenario() -> None:
            async with client_of(always(answer(BODY))) as client:
                await client.download(URL, to=file, max_bytes=99, deadline_s=5)
                await client.download(URL, to=pieces.append, max_bytes=99, deadline_s=5)

        asyncio.run(scenario())

        assert file.getvalue() == b"".join(pieces) == BODY

    @pytest.mark.parametrize("encoding", ["base64", "UTF-8", "none", "binary, identity"])
    def test_takes_an_encoding_that_is_none_for_what_it_is(self, encoding: str) -> None:
        data = answer(BODY, headers=[("Content-Encoding", encoding)])

        _, body = asyncio.run(fetch_answer(data))

        assert body == BODY

    def test_undoes_gzip_beside_an_encoding_that_is_none(self) -> None:
        data = answer(gzip.compress(BODY), headers=[("Content-Encoding", "aws-chunked, gzip")])

        _, body = asyncio.run(fetch_answer(data))

        assert body == BODY

    def test_undoes_gzip(self) -> None:
        packed = gzip.compress(BODY * 50_000)
        data = answer(packed, headers=[("Content-Encoding", "gzip")])

        download, body = asyncio.run(fetch_answer(data))

        assert body == BODY * 50_000
        assert download.sha256 == hashlib.sha256(body).hexdigest()

    def test_reads_a_body_without_length_to_its_end(self) -> None:
        _, body = asyncio.run(fetch_answer(b"HTTP/1.0 200 OK\r\n\r\n" + BODY))

        assert body == BODY

    def test_an_error_of_the_writer_is_not_taken_for_one_of_the_network(self) -> None:
        def fail(piece: bytes) -> None:
            raise OSError(28, "disk full")

        async def scenario() -> None:
            async with client_of(always(answer(BODY))) as client:
                await client.download(URL, to=fail, max_bytes=99, deadline_s=5)

        with pytest.raises(OSError, match="disk full"):
            asyncio.run(scenario())

    def test_sends_no_credential_cookie_or_proxy_header(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        (tmp_path / ".netrc").write_text(f"machine {HOST} login a password b\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        heads: list[str] = []

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            heads.append(await read_head(reader))
            writer.write(answer(BODY, headers=[("Set-Cookie", "a=b")]))

        async def scenario() -> None:
            async with client_of(handle, user_agent="Magpie test") as client:
                await fetch(client)
                await fetch(client, f"{URL}again")

        asyncio.run(scenario())

        assert [headers_of(head) for head in heads] == [
            {
                "host": HOST,
                "user-agent": "Magpie test",
                "accept": "*/*",
                "accept-encoding": "gzip",
                "connection": "close",
            }
        ] * 2

    def test_asks_conditionally_and_takes_not_modified(self) -> None:
        asked = {"If-None-Match": '"abc"', "Referer": "https://www.pinterest.com/"}

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            sent = headers_of(await read_head(reader))
            known = sent["if-none-match"] == '"abc"' and sent["referer"] == asked["Referer"]
            writer.write(answer(status="304 Not Modified" if known else "500 No"))

        async def scenario() -> tuple[Download, bytes]:
            async with client_of(handle) as client:
                return await fetch(client, headers=asked)

        download, body = asyncio.run(scenario())

        assert (download.status, download.has_body, body) == (304, False, b"")

    def test_not_modified_without_a_condition_is_a_bad_response(self) -> None:
        assert failure_of(answer(status="304 Not Modified")).fetch_code == "bad_response"

    @pytest.mark.parametrize(
        "headers",
        [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}, {"Referer": "a\r\nX: b"}, {"Host": "x"}],
    )
    def test_refuses_headers_that_could_carry_a_secret_or_a_second_request(
        self, headers: dict[str, str]
    ) -> None:
        with pytest.raises(ValueError, match="may not be sent"):
            asyncio.run(fetch_answer(answer(BODY), headers=headers))


class TestFailures:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("401 Unauthorized", "forbidden"),
            ("403 Forbidden", "forbidden"),
            ("404 Not Found", "not_found"),
            ("408 Request Timeout", "source_timeout"),
            ("410 Gone", "not_found"),
            ("418 I'm a teapot", "bad_response"),
            ("429 Too Many Requests", "rate_limited"),
            ("451 Unavailable", "forbidden"),
            ("500 Oops", "source_unavailable"),
            ("503 Later", "source_unavailable"),
            ("204 No Content", "bad_response"),
            ("206 Partial Content", "bad_response"),
            ("300 Multiple Choices", "bad_response"),
        ],
    )
    def test_a_status_has_its_code(self, status: str, code: str) -> None:
        error = failure_of(answer(status=status))

        assert (error.fetch_code, error.http_status) == (code, int(status[:3]))

    def test_retry_after_is_handed_on(self) -> None:
        data = answer(status="429 Slow down", headers=[("Retry-After", "17")])

        assert failure_of(data).retry_after_s == 17.0

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("120", 120.0),
            ("0", 0.0),
            ("999999999", 86_400.0),
            ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
            ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
            ("Sat, 21 Nov 2099 09:00:00 GMT", 86_400.0),
            ("Sat, 21 Nov 2026 10:00:30 -0000", 30.0),
            ("soon", None),
            ("-5", None),
            ("٣", None),
            ("", None),
        ],
    )
    def test_retry_after_is_seconds_or_a_date(self, value: str, expected: float | None) -> None:
        now = datetime(2026, 11, 21, 10, tzinfo=UTC)

        assert parse_retry_after(value, now=now) == expected

    def test_more_than_announced_is_refused_before_the_body(self) -> None:
        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            await read_head(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n")
            await reader.read()

        async def scenario() -> None:
            async with client_of(handle) as client:
                await fetch(client)

        with pytest.raises(FetchError) as caught:
            asyncio.run(scenario())
        assert caught.value.fetch_code == "payload_too_large"

    def test_a_name_without_an_answer_is_a_network_failure(self) -> None:
        async def scenario() -> None:
            async with GuardedClient(GuardOptions(), resolver=TableResolver({})) as client:
                await fetch(client, "http://nowhere.org/")

        with pytest.raises(FetchError) as caught:
            asyncio.run(scenario())
        assert caught.value.fetch_code == "network"

    def test_a_closed_port_is_a_network_failure(self) -> None:
        async def scenario() -> None:
            async with serving(always(b"")) as port:
                pass
            async with GuardedClient(options_for(port)) as client:
                await fetch(client)

        with pytest.raises(FetchError) as caught:
            asyncio.run(scenario())
        assert caught.value.fetch_code == "network"


class TestRedirects:
    @pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
    def test_are_followed_without_the_caller_s_headers(self, status: str) -> None:
        heads: list[str] = []

        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            head = await read_head(reader)
            heads.append(head)
            if target_of(head) == "/":
                writer.write(
                    answer(status=status, headers=[("Location", "http://other.example/b?c=d#e")])
                )
            else:
                writer.write(answer(BODY))

        async def scenario() -> tuple[Download, bytes]:
            async with client_of(handle, HOST, "other.example") as client:
                return await fetch(client, headers={"Referer": "http://a.b/", "Accept": "x/y"})

        download, body = asyncio.run(scenario())

        assert (download.final_url, body) == ("http://other.example/b?c=d", BODY)
        assert headers_of(heads[0])["referer"] == "http://a.b/"
        assert headers_of(heads[1])["host"] == "other.example"
        assert "referer" not in headers_of(heads[1])
        assert headers_of(heads[1])["accept"] == "*/*"

    @pytest.mark.parametrize(
        ("location", "target"),
        [
            *(("/x", "/x"), ("x?y=z", "/a/x?y=z"), ("?q", "/a/b?q"), ("../x", "/x")),
            *(("/ü", "/%C3%BC"), ("/my picture.jpg?a b", "/my%20picture.jpg?a%20b")),
        ],
    )
    def test_may_be_relative(self, location: str, target: str) -> None:
        redirect = answer(status="302 Found", headers=[("Location", location)])
        handler = by_target({"/a/b": redirect, target: answer(BODY)})

        async def scenario() -> tuple[Download, bytes]:
            async with client_of(handler) as client:
                return await fetch(client, f"{URL}a/b")

        download, body = asyncio.run(scenario())

        assert (download.final_url, body) == (f"{URL}{target[1:]}", BODY)

    def test_may_say_their_target_twice(self) -> None:
        redirect = answer(status="302 Found", headers=[("Location", "/x")] * 2)

        async def scenario() -> tuple[Download, bytes]:
            async with client_of(by_target({"/": redirect, "/x": answer(BODY)})) as client:
                return await fetch(client)

        assert asyncio.run(scenario())[1] == BODY

    def test_five_are_followed_and_six_are_not(self) -> None:
        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            left = int(target_of(await read_head(reader))[1:])
            if not left:
                writer.write(answer(BODY))
            writer.write(answer(status="302 Found", headers=[("Location", f"/{left - 1}")]))

        async def scenario(count: int) -> tuple[Download, bytes]:
            async with client_of(handle) as client:
                return await fetch(client, f"{URL}{count}")

        assert asyncio.run(scenario(5))[1] == BODY
        with pytest.raises(FetchError) as caught:
            asyncio.run(scenario(6))
        assert caught.value.fetch_code == "bad_response"

    @pytest.mark.parametrize(
        "headers",
        [[], [("Location", "/a"), ("Location", "/b")]],
        ids=["no location", "two locations"],
    )
    def test_without_one_clear_target_are_bad_responses(
        self, headers: list[tuple[str, str]]
    ) -> None:
        error = failure_of(answer(status="302 Found", headers=headers))

        assert error.fetch_code == "bad_response"

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize(
        "location",
        [
            "http://127.0.0.1/",
            "http://169.254.169.254/latest/",
            "http://[::1]/",
            "http://2130706433/",
            "//10.1.2.3/",
            "http://private.org/",
            "file:///etc/passwd",
            "http:///10.0.0.1/",
            "http://public.org @127.0.0.1/",
            "//127.0.0.1 .public.org/",
            "http://a\\@b.org/",
            "http:x",
        ],
    )
    def test_into_a_private_network_are_refused(self, code: int, location: str) -> None:
        data = answer(status=f"{code} Elsewhere", headers=[("Location", location)])

        async def scenario() -> None:
            async with serving(always(data)) as port:
                resolver = TableResolver({"private.org": [["192.168.0.9"]]})
                async with GuardedClient(options_for(port), resolver=resolver) as client:
                    await fetch(client)

        with pytest.raises(AddressRefusedError):
            asyncio.run(scenario())
