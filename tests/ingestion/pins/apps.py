"""Opens sessions of the stand-in for Pinterest without a browser, in commands of their own."""

import time
import uuid

import httpx
from django.apps import AppConfig
from django.conf import settings

from connectors.pinterest_web.details import SessionHeaders

BATCH = 5


class NoBrowserConfig(AppConfig):
    """Small batches, and sessions by a plain request."""

    name = "tests.ingestion.pins"
    label = "tests_pins"

    def ready(self) -> None:
        """Change the steps in this process."""
        # Imported here: they need loaded models.
        from ingestion.engine import streams  # noqa: PLC0415
        from ingestion.pins import asking  # noqa: PLC0415

        streams.BATCH = BATCH  # type: ignore[misc]  # not for this process
        asking.session = PlainSession


class PlainSession:
    """Asks the stand-in for a page, and keeps its cookies."""

    async def headers(self) -> SessionHeaders:
        """Open a session."""
        place = settings.FETCH_HOST_MAP["www.pinterest.com"]
        async with httpx.AsyncClient(base_url=f"http://{place}") as client:
            answer = await client.get("/")
        cookies = dict(answer.cookies)
        return SessionHeaders(
            version=uuid.uuid4().hex,
            cookies="; ".join(f"{name}={value}" for name, value in cookies.items()),
            csrf_token=cookies["csrftoken"],
            user_agent="Mozilla/5.0 Magpie-Test/1.0",
            expires_at=time.time() + 600,
        )

    async def renew(self, refused: SessionHeaders) -> SessionHeaders:
        """Open another one."""
        return await self.headers()

    async def spend(self) -> int:
        """Grant what is asked for."""
        return 1_000

    async def rest(self, wait_s: float | None) -> float:
        """Let nobody else ask."""
        return wait_s or 1.0
