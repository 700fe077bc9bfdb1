"""Saving while browsing: by the bookmark and by the extension, from a page of a strict policy."""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from ingestion.gather.extension import extension_folder
from tests.e2e.browser import ARGUMENTS, Watch
from tests.e2e.conftest import PATIENCE_MS, Meet, OpenPage
from tests.e2e.people import Person
from tests.e2e.product import Product
from tests.e2e.strict_site import TITLE, WORDS, strict_site
from tests.ingestion.gather.support import HOST, Site

# The one without windows knows no extensions.
WITH_EXTENSIONS = ("chromium", "chromium-browser")
POPUP = (480, 680)


@pytest.fixture
def cora(meet: Meet) -> Person:
    """Somebody whose library is empty but for what she saves."""
    return meet("Cora")


@pytest.fixture
def strict_page() -> Iterator[str]:
    with strict_site() as address:
        yield address


def press_bookmark(page: Page, link: str) -> Page:
    """Press the bookmark as its bar does: the policy of the page has no say in it."""
    with page.context.expect_page() as opened:
        page.context.new_cdp_session(page).send("Page.navigate", {"url": link})
    opened.value.wait_for_load_state()
    return opened.value


def close(window: Page) -> None:
    """Close the window by its key, which may be quicker than the answer to the press."""
    with window.expect_event("close"), contextlib.suppress(Error):
        window.keyboard.press("Escape")


def query_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_the_bookmark_opens_the_window_from_a_page_that_lets_nothing_run(
    open_page: OpenPage, cora: Person, strict_page: str
) -> None:
    page = open_page(cora)
    page.goto(f"/o/{cora.org}/capture/browser/")
    link = page.get_by_role("link", name="Save to Magpie")
    link.click()
    expect(page.get_by_text("It does its work from the bookmarks bar")).to_be_visible()
    address = link.get_attribute("href")
    assert address is not None
    page.goto(strict_page)
    page.get_by_text(WORDS).select_text()

    window = press_bookmark(page, address)

    assert query_of(window) == {"url": strict_page, "title": TITLE, "text": WORDS}
    assert urlsplit(window.url).path == f"/o/{cora.org}/capture/"
    # It is on loopback, where nothing is fetched.
    expect(window.get_by_role("alert")).to_contain_text("open web")
    assert window.evaluate("opener") is None
    close(window)


def test_what_is_saved_is_on_its_board_and_can_be_taken_back(
    open_page: OpenPage, cora: Person, pages: Site
) -> None:
    url = pages.show("/capture", range(7101, 7104), title="Lamps")
    page = open_page(cora, size=POPUP)
    page.goto(f"/capture/?{urlencode({'url': url, 'title': 'Lamps, three of them'})}")
    expect(page.get_by_role("radio")).to_have_count(3)
    expect(page.get_by_role("img", name="Picture 7102")).to_be_visible()
    page.get_by_role("radio").first.press("ArrowRight")
    page.get_by_role("combobox", name="Board").fill("Lamps to buy")
    page.get_by_role("textbox", name="Tags").fill("brass")
    # What is written is not lost to one key.
    page.keyboard.press("Escape")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("textbox", name="Title").press("Enter")

    expect(page.get_by_role("heading", name="Saved to “Lamps to buy”")).to_be_visible()
    assert pages.asked["/7102.jpg"] == 1
    # Whoever points at it reads on.
    page.locator("#capture").hover()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open").click()
    expect(opened.value.get_by_role("heading", name="Lamps, three of them")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()


def test_what_is_saved_is_said_while_tags_are_still_looked_for(
    open_page: OpenPage, cora: Person, pages: Site
) -> None:
    url = pages.show("/capture-held", range(7111, 7112), title="Lamps")
    page = open_page(cora, size=POPUP)
    page.goto(f"/capture/?{urlencode({'url': url, 'title': 'A lamp'})}")
    expect(page.get_by_role("img", name="Picture 7111")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/capture/tags/**", hold)
    tags = page.get_by_role("textbox", name="Tags")
    with page.expect_request("**/capture/tags/**"):
        tags.fill("brass")
    tags.press("Enter")

    expect(page.get_by_role("heading", name="Saved")).to_be_visible()
    held[0].continue_()


def test_signing_in_leads_back_to_the_window(open_page: OpenPage, cora: Person) -> None:
    page = open_page()
    page.goto(f"/capture/?{urlencode({'url': f'http://{HOST}/none', 'title': 'Ünder <a> lamp'})}")
    page.get_by_label("Email").fill(cora.email)
    page.get_by_label("Password").fill(cora.password)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(re.compile(rf"/o/{cora.org}/capture/\?"))
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Ünder <a> lamp")


@pytest.fixture
def with_extension(
    browser: Browser, product: Product, cora: Person, watch: Watch
) -> Iterator[BrowserContext]:
    """A browser with the extension, in which Nina is signed in."""
    found = next(filter(None, map(shutil.which, WITH_EXTENSIONS)), None)
    if found is None:
        pytest.skip("This machine has only a Chromium that loads no extensions.")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "extension"
        shutil.copytree(extension_folder(), source)
        context = browser.browser_type.launch_persistent_context(
            Path(folder) / "profile",
            executable_path=found,
            headless=False,
            args=[
                *ARGUMENTS,
                "--headless=new",
                "--no-sandbox",
                f"--disable-extensions-except={source}",
                f"--load-extension={source}",
            ],
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(cora.state["cookies"])
        watch.follow(context)
        yield context
        context.close()


def options_of(context: BrowserContext) -> Page:
    """Return the page that the extension opens when it has been put in."""
    for _ in range(PATIENCE_MS // 100):
        for page in context.pages:
            if page.url.endswith("/options.html"):
                page.wait_for_load_state()
                return page
        context.pages[0].wait_for_timeout(100)
    raise AssertionError([page.url for page in context.pages])


def test_the_extension_opens_the_window(
    with_extension: BrowserContext, product: Product, cora: Person, strict_page: str
) -> None:
    context = with_extension
    worker = context.service_workers[0] if context.service_workers else None
    worker = worker or context.wait_for_event("serviceworker")
    options = options_of(context)
    field = options.get_by_label("Address of your Magpie")
    field.fill("javascript:alert(1)")
    options.get_by_role("button", name="Save").click()
    expect(options.get_by_role("status")).to_contain_text("no address of a server")
    # This very machine has no HTTPS.
    field.fill(urlsplit(product.address).netloc)
    options.get_by_role("button", name="Save").click()
    expect(options.get_by_role("status")).to_contain_text("Saved")

    def opened_by(script: str, argument: Any) -> dict[str, str]:
        with context.expect_page() as opened:
            worker.evaluate(script, argument)
        window = opened.value
        window.wait_for_load_state()
        assert urlsplit(window.url).path == f"/o/{cora.org}/capture/"
        query = query_of(window)
        close(window)
        return query

    tab = {"id": 1, "url": strict_page, "title": TITLE}
    press = "tab => chrome.action.onClicked.dispatch(tab)"
    assert opened_by(press, tab) == {"url": strict_page, "title": TITLE}
    menu = "([info, tab]) => chrome.contextMenus.onClicked.dispatch(info, tab)"
    info = {"menuItemId": "save-picture", "pageUrl": strict_page, "srcUrl": f"http://{HOST}/1.jpg"}
    expected = {"url": strict_page, "picture": f"http://{HOST}/1.jpg", "title": TITLE}
    assert opened_by(menu, [info, tab]) == expected
    written = info | {"srcUrl": "data:image/gif;base64,R0lGODlhAQABAAAAACw="}
    expected = {"url": strict_page, "embedded": "1", "title": TITLE}
    assert opened_by(menu, [written, tab]) == expected
