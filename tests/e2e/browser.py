"""Chromium, and what must never happen on a page."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    WebError,
)

from connectors.web.browser.executables import SYSTEM_CHROMIUMS

ARGUMENTS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]
# The browser's own line about an answer, which is judged by its status instead.
ABOUT_AN_ANSWER = "Failed to load resource"


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, else Playwright's own.

    Raises:
        RuntimeError: there is none.
    """
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS
    found = next(filter(None, map(shutil.which, SYSTEM_CHROMIUMS)), None)
    if found is None and not Path(playwright.chromium.executable_path).exists():
        raise RuntimeError("The end-to-end tests need Chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=found, args=arguments)


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other, as soon as the page can hear them."""
    # Its scripts have run by then; its address is a new one long before.
    page.wait_for_load_state()
    for key in keys:
        page.keyboard.press(key)


class Watch:
    """Notes what goes wrong in browser contexts: script, policy, answers.

    Attributes:
        problems: one sentence each, in order.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        # A form that is refused says so itself.
        self._expected = {422}
        self._is_paused = False

    def expect(self, *statuses: int) -> None:
        """Let answers with these statuses pass from here on."""
        self._expected.update(statuses)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Look away while a tool is at work in the page, which does as it likes."""
        self._is_paused = True
        yield
        self._is_paused = False

    def follow(self, context: BrowserContext) -> None:
        """Watch all pages of ``context``."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_failure)

    def _on_console(self, message: ConsoleMessage) -> None:
        # Violations of the content security policy are such messages, too.
        if message.type == "error" and not message.text.startswith(ABOUT_AN_ANSWER):
            self._note(f"The console says: {message.text}")

    def _on_error(self, error: WebError) -> None:
        self._note(f"A script failed: {error.error}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self._note(f"{response.request.method} {response.url}: {response.status}")

    def _on_failure(self, request: Request) -> None:
        # A page that is left cancels what it still waits for.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"{request.method} {request.url}: {request.failure}")

    def _note(self, problem: str) -> None:
        if not self._is_paused:
            self.problems.append(problem)
