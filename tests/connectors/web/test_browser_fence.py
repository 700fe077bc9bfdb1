"""A page that tries every way out reaches nothing but what the guard lets through."""

import os
from ipaddress import ip_address

import pytest
from playwright.sync_api import sync_playwright

from connectors.guard import HostMap, judge
from connectors.web.browser import RenderLimits, render_page
from connectors.web.browser.executables import find_chromium
from tests.connectors.guard.support import SocketSpy, TableResolver
from tests.connectors.web.hostile import HostileSite, Listeners

# So that a script that runs on is heard as well.
LINGER_MS = 1500
AT_LEAST = 40


def test_nothing_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = TableResolver(
        {
            "evil.org": [["127.0.0.1"]],
            "rebind.org": [["8.8.4.4"], ["127.0.0.1"]],
        }
    )
    with Listeners() as listeners, HostileSite(listeners) as site:
        spy = SocketSpy(ports=(site.server_port, listeners.port_v6))
        spy.install(monkeypatch)
        # Under its own address: scripts are given what only a safe context has.
        own = ("127.0.0.1", site.server_port)
        page = render_page(
            "http://127.0.0.1/",
            limits=RenderLimits(with_pictures=True, settle_s=5),
            resolver=resolver,
            host_map=HostMap({"127.0.0.1:80": f"127.0.0.1:{site.server_port}"}),
        )

    assert listeners.hits == set()
    for host, port in set(spy.connects) - {own}:
        judge(ip_address(host))
        assert port in {80, 443}
    # It did try: its redirects and workers were there, and rebinding worked once.
    assert {"/r/301/redirect-301", "/worker.js", "/style.css"} <= site.seen
    assert ("8.8.4.4", 80) in spy.connects
    assert b"Hostile" in page.content
    assert page.blocked >= AT_LEAST


def test_without_the_fence_most_is_reached() -> None:
    with Listeners() as listeners, HostileSite(listeners) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--host-resolver-rules=MAP evil.org 127.0.0.1"],
            chromium_sandbox=os.geteuid() != 0,
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{site.server_port}/", wait_until="commit")
        page.wait_for_timeout(LINGER_MS)
        browser.close()

    assert len(listeners.hits) >= AT_LEAST, sorted(listeners.hits)
