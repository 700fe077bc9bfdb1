"""Requests to APIs: the answer whatever it is, and a token that goes nowhere else."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest

from connectors.errors import AddressRefusedError, FetchError
from connectors.guard import Answer
from tests.connectors.guard.support import HOST, answer, by_target, client_of, headers_of, read_head

API = f"https://{HOST}"
TOKEN = "pina_" + "s" * 32  # of nobody


def ask(path: str, answers: dict[str, bytes], *, url: str = API) -> Answer:
    async def scenario() -> Answer:
        async with client_of(by_target(answers)) as client:
            return await client.ask(url + path, token=TOKEN, max_bytes=99, deadline_s=5)

    return asyncio.run(scenario())


def test_a_failure_is_an_answer_too() -> None:
    refusal = answer(
        b'{"code":8}',
        status="429 Too Many Requests",
        headers=[("Retry-After", "7"), ("Content-Type", "Application/JSON; charset=utf-8")],
    )

    found = ask("/v5/boards?page_size=2", {"/v5/boards?page_size=2": refusal})

    assert (found.status, found.content, found.media_type) == (
        429,
        b'{"code":8}',
        "application/json",
    )
    assert found.retry_after_s == 7
    assert "code" not in repr(found)


def test_the_token_is_sent_once_and_follows_no_redirect() -> None:
    heads: list[str] = []

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        heads.append(await read_head(reader))
        writer.write(answer(status="302 Found", headers=[("Location", f"{API}/elsewhere")]))
        await writer.drain()

    async def scenario() -> Answer:
        async with client_of(handle) as client:
            return await client.ask(API, token=TOKEN, max_bytes=99, deadline_s=5)

    assert asyncio.run(scenario()).status == 302
    (head,) = heads
    assert headers_of(head)["authorization"] == f"Bearer {TOKEN}"


def test_nothing_is_asked_without_tls_nor_more_read_than_allowed() -> None:
    with pytest.raises(AddressRefusedError):
        ask("/", {}, url=f"http://{HOST}")
    with pytest.raises(FetchError) as caught:
        ask("/", {"/": answer(b"x" * 100)})
    assert caught.value.fetch_code == "payload_too_large"


def test_a_broken_token_is_not_told() -> None:
    async def scenario() -> None:
        async with client_of(by_target({})) as client:
            await client.ask(API, token="a secret\r\nX: y", max_bytes=9, deadline_s=5)

    with pytest.raises(ValueError, match="access token is none") as caught:
        asyncio.run(scenario())
    assert "secret" not in str(caught.value)


def test_a_session_is_sent_in_place_of_a_token_and_follows_no_redirect() -> None:
    heads: list[str] = []

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        heads.append(await read_head(reader))
        writer.write(answer(status="302 Found", headers=[("Location", f"{API}/elsewhere")]))
        await writer.drain()

    async def scenario() -> Answer:
        session = {"Cookie": "csrftoken=hush-1", "X-CSRFToken": "hush-1", "User-Agent": "Them/1"}
        async with client_of(handle) as client:
            return await client.ask(API, headers=session, max_bytes=99, deadline_s=5)

    assert asyncio.run(scenario()).status == 302
    (head,) = heads
    sent = headers_of(head)
    assert (sent["cookie"], sent["x-csrftoken"]) == ("csrftoken=hush-1", "hush-1")
    assert sent["user-agent"] == "Them/1"
    assert "authorization" not in sent


@pytest.mark.parametrize(
    "headers",
    [{"Cookie": "hush-1\r\nX-Evil: 1"}, {"Authorization": "hush-1"}, {"Host": "hush-1"}],
)
def test_no_other_header_is_sent_and_none_is_told(headers: dict[str, str]) -> None:
    async def scenario() -> None:
        async with client_of(by_target({})) as client:
            await client.ask(API, headers=headers, max_bytes=9, deadline_s=5)

    with pytest.raises(ValueError, match="may not be sent") as caught:
        asyncio.run(scenario())
    assert "hush" not in str(caught.value)
