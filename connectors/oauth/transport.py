"""What lets Authlib's client send its requests through the guard, and by no other way."""

import httpx2

from connectors.errors import FetchError
from connectors.guard import GuardedClient

MAX_BYTES = 1024 * 1024
_FORM = "POST"


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends signed forms to token endpoints; anything else is a mistake of ours."""

    def __init__(self, client: GuardedClient, *, deadline_s: float) -> None:
        self._client, self._deadline_s = client, deadline_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one form, and return the answer as it came.

        Raises:
            AddressRefusedError, FetchError: see `connectors.guard.GuardedClient.submit`.
        """
        if request.method != _FORM:
            raise FetchError("Tokens are asked for by POST alone.", fetch_code="request_refused")
        answer = await self._client.submit(
            str(request.url),
            form=await request.aread(),
            authorization=request.headers.get("authorization", ""),
            max_bytes=MAX_BYTES,
            deadline_s=self._deadline_s,
        )
        kept = {name: answer.headers[name] for name in ("retry-after",) if name in answer.headers}
        return httpx2.Response(
            answer.status,
            headers={"content-type": answer.media_type, **kept},
            content=answer.content,
            request=request,
        )
