"""The product, started once for all of these tests, and browsers to use it with.

Everything here lives as long as this folder's tests: Playwright's event loop would make
Django refuse the database to tests that run after them in the same process.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.browser import Watch, launch
from tests.e2e.imports import import_sample
from tests.e2e.people import Person, arrive, sign_in, sign_up
from tests.e2e.product import PROJECT_DIR, Product
from tests.e2e.troubled_site import TroubledSite, troubled_site
from tests.ingestion.gather.support import HOST, Site, a_site
from tests.pinterest_api.access import serving
from tests.pinterest_api.fake import FakePinterest

ARTIFACTS = PROJECT_DIR / "test-artifacts"
DESKTOP = (1280, 900)
# Generous: a full machine serves pages while other tests run.
PATIENCE_MS = 20_000
# A site that hangs is given up soon; the demo's answers at once.
FETCH_DEADLINE_S = "5"

OpenPage = Callable[..., Page]


@dataclass(frozen=True)
class Stand:
    """Where the stand-in for Pinterest is served."""

    fake: FakePinterest
    port: int


Meet = Callable[[str], Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, and put those last whose subject takes its time by itself."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: item.get_closest_marker("e2e_late") is not None)


@pytest.fixture(scope="package")
def pages() -> Iterator[Site]:
    """A site with pages of pictures, which the product may ask."""
    with a_site() as site:
        yield site


@pytest.fixture(scope="package")
def site() -> Iterator[TroubledSite]:
    """The site of pictures that nobody but the tests of a failing source fetches."""
    with troubled_site() as serving:
        yield serving


@pytest.fixture(scope="package")
def pinterest() -> Iterator[Stand]:
    """Pinterest's API, and its page on which people grant access."""
    fake = FakePinterest()
    with serving(fake) as port:
        yield Stand(fake, port)


@pytest.fixture(scope="package")
def product(pages: Site, site: TroubledSite, pinterest: Stand) -> Iterator[Product]:
    """The whole product with its demo; it must end as cleanly as it started."""
    hosts = f"{HOST}={pages.address},{site.host_map},api.pinterest.com=127.0.0.1:{pinterest.port}"
    running = Product(
        {
            "FETCH_HOST_MAP": hosts,
            "FETCH_DEADLINE_S": FETCH_DEADLINE_S,
            "PINTEREST_AUTHORIZE_URL": f"http://127.0.0.1:{pinterest.port}/v5/oauth/",
        }
    )
    try:
        running.start()
        yield running
        assert running.stop() == []
    finally:
        running.remove()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, once."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Notes what goes wrong on any page; the test fails with it."""
    watching = Watch()
    yield watching
    assert watching.problems == []


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, product: Product, browser: Browser, watch: Watch
) -> Iterator[OpenPage]:
    """Return a function that opens an empty page in a browser of its own.

    ``open_page(person, size=(390, 844), javascript=False)``; nobody is signed in without a
    person.
    """
    pages: list[Page] = []
    failed_before = request.session.testsfailed

    def open_for(
        person: Person | None = None,
        *,
        size: tuple[int, int] = DESKTOP,
        javascript: bool = True,
    ) -> Page:
        context = browser.new_context(
            base_url=product.address,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=javascript,
            reduced_motion="reduce",
            storage_state=person.state if person else None,
        )
        context.set_default_timeout(PATIENCE_MS)
        watch.follow(context)
        pages.append(context.new_page())
        return pages[-1]

    yield open_for
    for number, page in enumerate(pages):
        if request.session.testsfailed > failed_before:
            name = re.sub(r"\W+", "-", request.node.name)
            page.screenshot(path=ARTIFACTS / "last-seen" / f"{name}-{number}.png")
        page.context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page of somebody who is not signed in."""
    return open_page()


@pytest.fixture(scope="package")
def known() -> dict[str, Person]:
    """Who was met already, by name."""
    return {}


@pytest.fixture
def meet(open_page: OpenPage, known: dict[str, Person]) -> Meet:
    """Return a function that gives a person with an account; the same one for the same name."""

    def person_called(name: str) -> Person:
        if name not in known:
            newcomer = Person.called(name)
            sign_up(open_page(), newcomer)
            known[name] = newcomer
        return known[name]

    return person_called


@pytest.fixture
def nina(open_page: OpenPage, meet: Meet) -> Person:
    """Somebody with the sample export of Pinterest in a library of her own."""
    person = meet("Nina")
    if not person.has_sample:
        import_sample(open_page(person), person)
        person.has_sample = True
    return person


@pytest.fixture
def demo(open_page: OpenPage, product: Product, known: dict[str, Person]) -> Person:
    """The person of the demo, whose library nobody changes."""
    if "demo" not in known:
        given = product.demo_sign_in()
        person = Person("Demo Person", given["email"], given["password"])
        page = open_page()
        sign_in(page, person)
        arrive(page, person)
        known["demo"] = person
    return known["demo"]
