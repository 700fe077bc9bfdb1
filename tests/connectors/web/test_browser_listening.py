import asyncio
import socket

import pytest

from connectors.web.browser.listening import stop_listening


@pytest.mark.parametrize("turns", range(6))
def test_a_connection_of_the_last_moment_is_served_or_ended(turns: int) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def scenario() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname(), timeout=5) as ours:
            for _ in range(turns):
                await asyncio.sleep(0)
            await stop_listening(server)
            assert await asyncio.to_thread(_has_ended, ours)

    asyncio.run(scenario())


def _has_ended(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True
