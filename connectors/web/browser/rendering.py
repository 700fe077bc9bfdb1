"""Opens a page in a browser of its own, and sees to it that nothing of it stays."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from connectors.errors import (
    ConnectorError,
    FetchError,
    PageError,
    RenderError,
    RenderStoppedError,
    RenderTimeoutError,
)
from connectors.guard import Dialer, HostMap, Judge, Resolver, check_url, judge
from connectors.guard.answers import Headers, refuse_failure
from connectors.guard.options import options_from_settings
from connectors.web.browser.executables import find_chromium
from connectors.web.browser.group import ProcessGroup
from connectors.web.browser.orders import Order
from connectors.web.browser.proxy import FilteringProxy
from connectors.web.browser.tally import Tally
from connectors.web.browser.values import Cookie, RenderedPage, RenderLimits

# How often who asked is asked whether to give up, and the processes are looked at.
ASK_EVERY_S: Final = 0.2

_DOWNLOADS: Final = ("Download is starting", "net::ERR_ABORTED")
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Job:
    url: str
    limits: RenderLimits
    chromium: str
    host_map: HostMap
    judge: Judge
    resolver: Resolver | None
    stop: threading.Event
    robots: str
    user_agent: str
    with_cookies: bool

    def order(self, chromium: str, proxy: FilteringProxy) -> Order:
        limits = self.limits
        return Order(
            url=self.url,
            chromium=chromium,
            proxy_port=proxy.port,
            username=proxy.username,
            password=proxy.password,
            user_agent=self.user_agent or settings.FETCH_USER_AGENT,
            settle_s=limits.settle_s,
            max_html_bytes=limits.max_html_bytes,
            max_requests=limits.max_requests,
            max_scrolls=limits.max_scrolls,
            with_pictures=limits.with_pictures,
            # Chromium refuses to run in its sandbox as root.
            is_sandboxed=os.geteuid() != 0,
            stand_ins=tuple(sorted(self.host_map.hosts)),
            robots=self.robots,
            with_cookies=self.with_cookies,
        )


def limits_from_settings() -> RenderLimits:
    """Return what a page may cost in this installation."""
    deadline_s = settings.RENDER_DEADLINE_S
    return RenderLimits(
        deadline_s=deadline_s,
        settle_s=deadline_s / 2,
        max_bytes=settings.RENDER_MAX_BYTES,
        max_requests=settings.RENDER_MAX_REQUESTS,
        max_memory_bytes=settings.RENDER_MAX_MEMORY_BYTES,
    )


def _never() -> bool:
    return False


def render_page(  # noqa: PLR0913  # what a page may do, and what tests put in its place
    url: str,
    *,
    limits: RenderLimits | None = None,
    judge: Judge = judge,
    resolver: Resolver | None = None,
    host_map: HostMap | None = None,
    should_stop: Callable[[], bool] = _never,
    robots: str = "",
    user_agent: str = "",
    with_cookies: bool = False,
) -> RenderedPage:
    """Open a page in Chromium, let its scripts run, and return what they made of it.

    Args:
        url: as it came from data; it is checked here.
        limits: what it may cost; those of the settings by default.
        judge: decides about addresses. For tests only: no setting reaches it.
        resolver: looks up names; the operating system by default.
        host_map: loopback stand-ins for named hosts; those of the settings by default.
        should_stop: asked several times a second in the caller's thread; once it is true, all
            processes of the render are killed.
        robots: rules of the page's site, which hold for all that the page asks of it.
        user_agent: how we name ourselves behind the browser's own words; that of the settings by
            default.
        with_cookies: return the cookies of the page's site as well.

    Raises:
        AddressRefusedError: this address, or one that it leads to, is refused.
        BrowserMissingError: there is no Chromium.
        FetchError: the site does not give the page, or the page is too large.
        PageError: it is no HTML page.
        RenderStoppedError: ``should_stop`` said so.
        RenderTimeoutError: it did not come to rest before the deadline.
        RenderError: the browser crashed, did not start, or took too much memory.
    """
    stand_ins = options_from_settings().host_map if host_map is None else host_map
    checked = check_url(url, stand_ins=stand_ins.hosts)
    if checked.literal is not None and stand_ins.find(checked.host, checked.port) is None:
        # What is refused in any case needs no browser to find out.
        judge(checked.literal)
    job = _Job(
        url=str(checked),
        limits=limits or limits_from_settings(),
        chromium=find_chromium(),
        host_map=stand_ins,
        judge=judge,
        resolver=resolver,
        stop=threading.Event(),
        robots=robots,
        user_agent=user_agent,
        with_cookies=with_cookies,
    )
    return _run(job, should_stop)


def _run(job: _Job, should_stop: Callable[[], bool]) -> RenderedPage:
    # A loop of its own: the caller may have one, or be one that Django sees as free of any.
    with ThreadPoolExecutor(1, thread_name_prefix="render") as thread:
        future = thread.submit(lambda: asyncio.run(_render(job)))
        try:
            while wait([future], timeout=ASK_EVERY_S).not_done:
                if should_stop():
                    job.stop.set()
        finally:
            job.stop.set()
        return future.result()


async def _render(job: _Job) -> RenderedPage:
    dialer = Dialer(resolver=job.resolver, host_map=job.host_map, judge=job.judge)
    async with (
        FilteringProxy(dialer, job.limits, stand_ins=job.host_map.hosts) as proxy,
        ProcessGroup(job.chromium) as group,
    ):
        order = job.order(group.chromium, proxy)
        asking = asyncio.create_task(_ask(group, order))
        try:
            await _watch(asking, group, job)
        finally:
            asking.cancel()
        head, content = asking.result()
    return _understand(head, content, proxy.tally, job.host_map)


async def _ask(group: ProcessGroup, order: Order) -> tuple[dict[str, Any], bytes]:
    """Send the order, and return the answer's head and body."""
    to_child, from_child = group.process.stdin, group.process.stdout
    assert to_child is not None  # noqa: S101  # both are pipes
    assert from_child is not None  # noqa: S101
    content = bytearray()
    try:
        to_child.write(order.to_json())
        await to_child.drain()
        head = json.loads(await from_child.readline())
        while piece := await from_child.read(1024**2):
            content += piece
            if len(content) > order.max_html_bytes:
                return {"too_large": True}, b""
    except (OSError, ValueError) as exc:
        raise RenderError("The browser ended before the page was there.") from exc
    return head, bytes(content)


async def _watch(asking: "asyncio.Task[Any]", group: ProcessGroup, job: _Job) -> None:
    """Return when the answer is there.

    Raises:
        RenderError: the page took too long or too much, or nobody wants it any more.
    """
    until = time.monotonic() + job.limits.deadline_s
    while not asking.done():
        await asyncio.wait([asking], timeout=min(ASK_EVERY_S, job.limits.deadline_s))
        if asking.done():
            return
        if job.stop.is_set():
            raise RenderStoppedError("Opening the page was broken off.")
        if time.monotonic() >= until:
            raise RenderTimeoutError("The page did not come to rest in time.")
        if group.memory_bytes() > job.limits.max_memory_bytes:
            raise RenderError("The page takes more memory than it may.", reason="memory")


def _understand(
    head: dict[str, Any], content: bytes, tally: Tally, host_map: HostMap
) -> RenderedPage:
    """Return the page, or raise what came in its place."""
    if "url" in head:
        url = _without_stand_in(str(head["url"]), host_map)
        blocked = tally.refused + int(head["refused"])
        agent = str(head.get("user_agent", ""))
        return RenderedPage(url, content, blocked, _cookies_of(head), agent)
    if "status" in head:
        retry_after = str(head["retry_after"]).encode("latin-1", "replace")
        refuse_failure(
            int(head["status"]), Headers([(b"Retry-After", retry_after)]), is_conditional=False
        )
    if "unsupported" in head:
        raise _unsupported()
    if "too_large" in head or tally.is_over:
        raise tally.over_limit()
    if "failed" in head:
        raise _explain(str(head["failed"]), str(head["asked"]), tally)
    raise RenderError("The browser did not start, or crashed.", reason=str(head.get("error"))[:500])


def _cookies_of(head: dict[str, Any]) -> tuple[Cookie, ...]:
    return tuple(
        Cookie(
            str(told["name"]),
            str(told["value"]),
            float(told["expires"]) if told.get("expires", -1) > 0 else None,
        )
        for told in head.get("cookies", ())
    )


def _explain(message: str, asked: str, tally: Tally) -> ConnectorError:
    """Return what the browser means by the failure of an address."""
    parts = urlsplit(asked)
    origin = f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme)}"
    refusal = tally.refusals.get(origin) or tally.refusals.get(asked.partition("#")[0])
    if refusal is not None:
        return refusal
    if any(word in message for word in _DOWNLOADS):
        return _unsupported()
    if "crash" in message:
        return RenderError("The page crashed its browser.", reason="crash")
    if "Timeout" in message:
        return FetchError("The site did not answer in time.", fetch_code="source_timeout")
    if "ERR_TOO_MANY_REDIRECTS" in message:
        return FetchError("The address redirects too often.", fetch_code="bad_response")
    return FetchError("The site could not be reached.", fetch_code="network")


def _unsupported() -> PageError:
    return PageError("The address does not lead to a web page.")


def _without_stand_in(url: str, host_map: HostMap) -> str:
    """Return the address of a page under its own name, as `gate` led away from it."""
    parts = urlsplit(url)
    if parts.hostname not in host_map.hosts or not parts.netloc.endswith(":443"):
        return url
    name = parts.netloc.removesuffix(":443")
    return urlunsplit(("https", name, parts.path, parts.query, parts.fragment))
