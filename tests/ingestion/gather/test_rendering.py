"""Pages whose scripts are run: at the pace of their site, and by its rules."""

import asyncio
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import override_settings

from connectors.errors import RenderError
from connectors.web.browser import RenderedPage
from connectors.web.browser.gate import Gate
from connectors.web.browser.orders import Order
from connectors.web.rules import Robots
from ingestion.gather import rendering
from ingestion.models import Job, RunItem
from ingestion.models.run import RunState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.gather.support import Site, a_site, last_run, submit, work_job

RULES = "User-agent: *\nCrawl-delay: 1\nDisallow: /private/\n"


@pytest.fixture
def host() -> str:
    """Return a host of its own: what it asks for is kept beyond the test."""
    return f"{uuid.uuid4().hex}.example.com"


@pytest.fixture
def site(host: str) -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={host: site.address}):
        site.pages |= {
            "/robots.txt": RULES,
            "/app": '<title>App</title><img src="/1.jpg"><script>1</script>',
        }
        yield site


class Browser:
    """Shows two pictures, or fails; keeps what it was asked for."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple[str, str]] = []

    def render(self, url: str, *, robots: str, **_: Any) -> RenderedPage:
        self.asked.append((url, robots))
        if self.error:
            raise self.error
        return RenderedPage(url, b'<img src="/1.jpg"><img src="/2.jpg">', 0)


def count_of(job: Job) -> int:
    with org_scope(job.org_id):
        return RunItem.objects.filter(run=last_run(job)).count()


@pytest.mark.django_db
@pytest.mark.parametrize("error", [None, RenderError("It crashed.")])
def test_a_page_is_rendered_once_its_site_has_rested(
    org: Organization, site: Site, host: str, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    browser = Browser(error)
    monkeypatch.setattr(rendering, "render_page", browser.render)
    monkeypatch.setattr(rendering, "REST_S", 0.0)
    job = submit(org, f"http://{host}/app")

    assert work_job(job).state == RunState.QUEUED
    assert browser.asked == []

    with override_settings(PAGE_WAIT_S=5):
        monkeypatch.setattr(rendering, "REST_S", 5.0)
        assert work_job(job).state == RunState.SUCCEEDED
    assert browser.asked == [(f"http://{host}/app", RULES)]
    # Where its scripts fail, what it shows without them.
    assert (count_of(job), site.asked["/app"]) == ((1, 2) if error else (2, 1))


def test_what_a_page_asks_of_its_site_goes_by_the_site_s_rules() -> None:
    order = Order(
        "https://a.org/app", "", 0, "", "", "Magpie/1.0", 1.0, 1, 100, 1, False, True, (), RULES
    )
    gate, done = Gate(order), []

    class Route:
        def __init__(self, url: str, kind: str) -> None:
            self.request = SimpleNamespace(url=url, resource_type=kind, method="GET")

        async def abort(self) -> None:
            done.append("refused")

        async def continue_(self) -> None:
            done.append("asked")

    for url in ("https://a.org/private/a.json", "https://a.org/a.json", "https://b.org/private/"):
        asyncio.run(gate._decide(Route(url, "fetch")))  # type: ignore[arg-type]

    assert done == ["refused", "asked", "asked"]
    assert gate.refused == 1
    assert Robots("", user_agent="Magpie").allows("https://a.org/private/")
