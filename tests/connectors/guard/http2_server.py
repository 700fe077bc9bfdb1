"""A server on loopback that speaks HTTP/2, as well or as badly as a test wants."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import RequestReceived, StreamReset
from h2.settings import SettingCodes
from hyperframe.frame import GoAwayFrame

from tests.connectors.guard.certificates import make_certificate
from tests.connectors.guard.support import answer, read_head, serving


class Talk:
    """One connection of the server's.

    Attributes:
        resets: numbers of the requests that the client gave up.
    """

    def __init__(self, reader: StreamReader, writer: StreamWriter, *, most: int | None) -> None:
        self._reader, self.writer = reader, writer
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.initiate_connection()
        if most is not None:
            self.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: most})
        self.resets: list[int] = []

    def answer(self, number: int, body: bytes = b"ok", *, is_whole: bool = True) -> None:
        self.h2.send_headers(number, [(":status", "200"), ("content-type", "application/json")])
        self.h2.send_data(number, body, end_stream=is_whole)

    def reset(self, number: int, code: ErrorCodes) -> None:
        self.h2.reset_stream(number, code)

    async def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())
        await self.writer.drain()

    def go_away(self, last: int, code: ErrorCodes = ErrorCodes.NO_ERROR) -> None:
        """Wind up, and go on with what is under way, which the package would not."""
        self.writer.write(self.h2.data_to_send())
        self.writer.write(GoAwayFrame(0, last_stream_id=last, error_code=code).serialize())

    async def run(self, serve: "Serve") -> None:
        async with asyncio.TaskGroup() as tasks:
            await self.flush()
            while data := await self._reader.read(65_536):
                for event in self.h2.receive_data(data):
                    if isinstance(event, RequestReceived):
                        headers = {str(name): str(value) for name, value in event.headers or []}
                        tasks.create_task(serve(self, event.stream_id or 0, headers))
                    elif isinstance(event, StreamReset):
                        self.resets.append(event.stream_id or 0)
                await self.flush()


Serve = Callable[[Talk, int, dict[str, str]], Coroutine[None, None, None]]


@dataclass
class HTTP2Server:
    """Knows what it was asked, and how.

    Attributes:
        serve: answers one request.
        most: requests at a time on one connection, as it announces it.
        speaks: in the order of its liking.
        is_mute: agrees to HTTP/2, and says nothing.
        talks: its connections that agreed to HTTP/2.
        old: its answers by HTTP/1.1, after ``old_s`` seconds.
        heads: of requests by HTTP/1.1.
        asked: headers of the requests by HTTP/2.
    """

    serve: Serve
    most: int | None = None
    speaks: tuple[str, ...] = ("h2", "http/1.1")
    is_mute: bool = False
    old: bytes = b"old"
    old_s: float = 0.0
    talks: list[Talk] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def handle(self, reader: StreamReader, writer: StreamWriter) -> None:
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            while True:
                self.heads.append(await read_head(reader))
                await asyncio.sleep(self.old_s)
                writer.write(answer(self.old))
                await writer.drain()
        if self.is_mute:
            await asyncio.Event().wait()
        talk = Talk(reader, writer, most=self.most)
        self.talks.append(talk)
        await talk.run(self._serve)

    async def _serve(self, talk: Talk, number: int, headers: dict[str, str]) -> None:
        self.asked.append(headers)
        await self.serve(talk, number, headers)
        await talk.flush()

    @asynccontextmanager
    async def running(self, folder: Path, name: str) -> AsyncGenerator[tuple[int, str]]:
        """Serve a name; yield the port, and the file with the certificate."""
        certificate, key = make_certificate(folder, name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(list(self.speaks))
        async with serving(self.handle, ssl=context) as port:
            yield port, str(certificate)
