"""Starts Chromium behind the proxy, and opens one page in it."""

import time
from typing import Final

from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    async_playwright,
)

from connectors.web.browser.flags import flags
from connectors.web.browser.gate import Gate
from connectors.web.browser.orders import Order
from connectors.web.browser.quiet import Quiet
from connectors.web.browser.visit import Answer, Visit

_VIEW: Final = ViewportSize(width=1280, height=1600)


async def open_page(order: Order) -> Answer:
    """Return the finished page, or what came in its place."""
    async with async_playwright() as playwright:
        browser = await _launch(playwright, order)
        context = await _new_context(browser, order)
        gate, quiet = Gate(order), Quiet(context)
        await gate.guard(context)
        page = await context.new_page()
        # What a page opens beside itself is nobody's to see.
        context.on("page", Page.close)
        until = time.monotonic() + order.settle_s
        head, content = await Visit(page, order, quiet, until).run()
        if order.with_cookies and "url" in head:
            agent = _user_agent(browser, order)
            head |= {"cookies": await context.cookies(head["url"]), "user_agent": agent}
        await browser.close()
    return {**head, "refused": gate.refused}, content


async def _launch(playwright: Playwright, order: Order) -> Browser:
    return await playwright.chromium.launch(
        executable_path=order.chromium,
        args=flags(order.proxy_port),
        proxy={
            "server": f"http://127.0.0.1:{order.proxy_port}",
            "username": order.username,
            "password": order.password,
            "bypass": "<-loopback>",
        },
        chromium_sandbox=order.is_sandboxed,
    )


async def _new_context(browser: Browser, order: Order) -> BrowserContext:
    return await browser.new_context(
        accept_downloads=False,
        service_workers="block",
        permissions=[],
        user_agent=_user_agent(browser, order),
        viewport=_VIEW,
        reduced_motion="reduce",
        locale="en-US",
    )


def _user_agent(browser: Browser, order: Order) -> str:
    """Say what we are, behind the words that scripts look for."""
    major = browser.version.partition(".")[0]
    return (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{major}.0.0.0 Safari/537.36 {order.user_agent}"
    )
