"""An account is connected at its source, synced, and disconnected: with all it brought, or without.

The source is a stand-in on another port of this machine, to which the browser really goes.
"""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Meet, OpenPage, Stand
from tests.e2e.people import Person
from tests.e2e.product import PROJECT_DIR, Product
from tests.pinterest_api.fake import CLIENT

SYNCED_MS = 60_000


@pytest.fixture
def carla(meet: Meet, product: Product, pinterest: Stand) -> Person:
    """Somebody with an empty library, on an installation that has an application."""
    pinterest.fake.redirects.add(f"{product.address}/connections/callback/pinterest_api/")
    environment = {**os.environ, "VAR_DIR": str(product.var_dir), "DEMO": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "tests.e2e.applications", "pinterest_api", *CLIENT]
    subprocess.run(command, cwd=PROJECT_DIR, env=environment, check=True)  # of constants
    return meet("Carla")


def test_linked_watched_kept_linked_again_and_purged(
    open_page: OpenPage, carla: Person, pinterest: Stand
) -> None:
    pinterest.fake.add_board("Kitchens", pins=7)
    page = open_page(carla)

    go_and_come_back(page, carla, "Cancel")
    expect(page.locator("#toasts")).to_contain_text("You did not allow it at Pinterest")
    expect(page.get_by_text("Not connected")).to_be_visible()

    go_and_come_back(page, carla, "Give access")
    expect(page.locator("#toasts")).to_contain_text("“exampleuser” at Pinterest is connected")
    expect_brought(page, "7 items")

    leave(page, "Keep it.")
    expect(page.locator("#toasts")).to_contain_text("what it brought stays")
    expect(page.get_by_text("State: Disconnected")).to_be_attached()
    page.goto(f"/o/{carla.org}/library/")
    expect(page.locator("#grid .card")).to_have_count(7)

    page.goto(f"/o/{carla.org}/connections/")
    page.get_by_role("link", name=re.compile("^Reconnect")).click()
    grant(page, "Give access")
    expect_brought(page, "7 items")
    leave(page, "Remove 7 items for good.")
    expect(page.locator("#run-live .badge")).to_have_text("Done", timeout=SYNCED_MS)
    page.goto(f"/o/{carla.org}/library/")
    expect(page.locator("#grid .card")).to_have_count(0)


def test_all_of_it_works_without_script(open_page: OpenPage, carla: Person) -> None:
    page = open_page(carla, javascript=False)

    go_and_come_back(page, carla, "Cancel")

    expect(page.get_by_role("heading", name="Connections", level=1)).to_be_visible()
    expect(page.get_by_text("You did not allow it at Pinterest")).to_be_visible()


def go_and_come_back(page: Page, person: Person, button: str) -> None:
    page.goto(f"/o/{person.org}/connections/")
    page.get_by_role("link", name="Connect an account").click()
    expect(page.get_by_text("See your public boards, their names and sections.")).to_be_visible()
    grant(page, button)


def grant(page: Page, button: str) -> None:
    """Go on to the source, and press a button there."""
    page.get_by_role("button", name=re.compile("^Go on to ")).click()
    expect(page).to_have_url(re.compile(r"/v5/oauth/\?"))
    page.get_by_role("button", name=button).click()
    expect(page).to_have_url(re.compile(r"/o/[\w-]+/connections/$"))


def expect_brought(page: Page, words: str) -> None:
    """Wait for the first sync to end, asking again as a person would."""
    account = page.locator(".connection__account")
    expect(account).to_be_visible()
    for _ in range(SYNCED_MS // 1000):
        if words in account.inner_text() and account.get_by_text("Linked").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(account).to_contain_text(words)


def leave(page: Page, choice: str) -> None:
    page.get_by_role("link", name=re.compile("^Disconnect…")).click()
    page.get_by_role("radio", name=re.compile(choice)).check()
    page.get_by_role("button", name="Disconnect").click()
