"""Pages in a real Chromium: what is read of them, what ends them, and that nothing stays."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from connectors.errors import (
    AddressRefusedError,
    BrowserMissingError,
    ConnectorError,
    RenderError,
    RenderStoppedError,
    RenderTimeoutError,
)
from connectors.guard import HostMap
from connectors.web.browser import RenderedPage, RenderLimits, render_page
from connectors.web.browser.rendering import _understand
from connectors.web.browser.tally import Tally
from connectors.web.reading import read_page
from ingestion.codes import CODES
from ingestion.taxonomy import classify

PAGES = {
    "/gallery": """<!DOCTYPE html><html><head><meta charset=utf-8><title>Galerie</title></head>
      <body><img src="/plain.jpg"><div id=here></div><p id=shadow></p><div id=low></div>
      <script src="https://site.example/gallery.js"></script></body></html>""",
    "/gallery.js": """
      const loaded = new Image();
      loaded.onload = () => here.append(Object.assign(new Image(), {src: "/after-load.jpg"}));
      loaded.src = "/waited-for.jpg";
      fetch("/list.json").then((answer) => answer.json()).then((names) => {
        for (const name of names) here.append(Object.assign(new Image(), {src: name, alt: "Grün"}));
      });
      shadow.attachShadow({mode: "open"}).innerHTML = "<img src='/in-shadow.jpg'>";
      low.style.marginTop = "9000px";
      new IntersectionObserver((seen, observer) => {
        if (!seen[0].isIntersecting) return;
        observer.disconnect();
        low.innerHTML = "<img src='/when-seen.jpg'>";
      }).observe(low);
      fetch("http://127.0.0.2/").catch(() => 0);
      try { new WebSocket("ws://site.example/"); } catch (error) {}
    """,
    "/list.json": '["/first.jpg", "/second.jpg"]',
    "/loop": "<title>x</title><script>while (true) {}</script>",
    "/large": "<title>x</title><script src='/large.js'></script><p>" + "x" * 300_000,
    "/large.js": "1;" * 200_000,
}
TYPES = {"js": "text/javascript", "json": "application/json"}


class Site(ThreadingHTTPServer):
    """Serves the pages, under the names that stand-ins lead here."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[str] = []
        here = f"127.0.0.1:{self.server_port}"
        self.host_map = HostMap({"site.example": here, "other.example": here})


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = PAGES.get(self.path, "").encode()
        self.send_response(200 if body or self.path == "/file.pdf" else 404)
        kind = "application/pdf" if self.path == "/file.pdf" else "text/html"
        self.send_header("Content-Type", TYPES.get(self.path.rpartition(".")[2], kind))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that no other test has; short, as paths of sockets must be."""
    folder = Path(tempfile.mkdtemp(prefix="t-"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def processes_of(folder: Path) -> list[str]:
    """Return the programs that were started with temporary files in the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            is_alive = process.status() != psutil.STATUS_ZOMBIE
            if is_alive and process.environ().get("TMPDIR", "").startswith(str(folder)):
                found.append(process.name())
        except psutil.Error:
            continue
    return found


def rendered(site: Site, url: str, **limits: float) -> RenderedPage:
    return render_page(url, limits=RenderLimits(**limits), host_map=site.host_map)  # type: ignore[arg-type]


def stopping_when(is_reached: Callable[[], bool]) -> Callable[[], bool]:
    """Stop a moment after something was reached, so that its script is at work."""
    reached: list[float] = []

    def should_stop() -> bool:
        if is_reached():
            reached.append(time.monotonic())
        return bool(reached) and time.monotonic() - reached[0] > 0.3

    return should_stop


class TestPage:
    def test_has_the_pictures_that_its_scripts_bring(self, site: Site, folder: Path) -> None:
        page = rendered(site, "http://other.example/to?https://site.example/gallery")

        assert page.url == "https://site.example/gallery"
        found = read_page(page.content, content_type="text/html; charset=utf-8", url=page.url)
        # Which of its scripts was first is the page's own affair.
        alt_texts = {pic.url.rpartition("/")[2]: pic.alt_text for pic in found.pictures}
        assert len(found.pictures) == len(alt_texts)
        assert set(alt_texts) == {
            "plain.jpg",
            "after-load.jpg",
            "first.jpg",
            "second.jpg",
            "in-shadow.jpg",
            "when-seen.jpg",
        }
        assert alt_texts["first.jpg"] == "Grün"
        assert found.title == "Galerie"
        # The way to this machine and the socket; pictures are not fetched.
        assert page.blocked >= 2
        assert not [path for path in site.seen if path.endswith(".jpg")]
        assert processes_of(folder) == []
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize(
        ("path", "limits", "code"),
        [
            ("/to?http://127.0.0.2/", {}, "unsafe_url"),
            ("/file.pdf", {}, "page_unreadable"),
            ("/nothing", {}, "not_found"),
            ("/large", {"max_bytes": 100_000}, "payload_too_large"),
        ],
    )
    def test_fails_for_a_reason(
        self, site: Site, path: str, limits: dict[str, float], code: str
    ) -> None:
        with pytest.raises(ConnectorError) as caught:
            rendered(site, f"http://site.example{path}", **limits)

        assert classify(caught.value).code == code


class TestEnd:
    @pytest.mark.parametrize(
        ("limits", "error"),
        [({"deadline_s": 1.5}, RenderTimeoutError), ({"max_memory_bytes": 10**8}, RenderError)],
    )
    def test_comes_at_a_limit(
        self, site: Site, folder: Path, limits: dict[str, float], error: type[RenderError]
    ) -> None:
        with pytest.raises(error):
            rendered(site, "http://site.example/loop", **limits)

        assert processes_of(folder) == []
        assert list(folder.iterdir()) == []

    def test_comes_when_nobody_wants_the_page_any_more(self, site: Site, folder: Path) -> None:
        seen_before: list[list[str]] = []

        def is_open() -> bool:
            if "/loop" in site.seen and not seen_before:
                seen_before.append(processes_of(folder))
            return bool(seen_before)

        begin = time.monotonic()
        with pytest.raises(RenderStoppedError):
            render_page(
                "http://site.example/loop",
                limits=RenderLimits(),
                host_map=site.host_map,
                should_stop=stopping_when(is_open),
            )

        assert time.monotonic() - begin < RenderLimits().deadline_s
        # There was a browser, which had been put into a group of its own.
        assert len(seen_before[0]) >= 4
        assert processes_of(folder) == []

    def test_comes_with_the_end_of_the_worker(self, site: Site, folder: Path) -> None:
        script = (
            "import sys\n"
            "from connectors.guard import HostMap\n"
            "from connectors.web.browser import RenderLimits, render_page\n"
            "host_map = HostMap({'site.example': sys.argv[1]})\n"
            "render_page('http://site.example/loop', limits=RenderLimits(), host_map=host_map)\n"
        )
        here = f"127.0.0.1:{site.server_port}"
        environment = {**os.environ, "TMPDIR": str(folder)}
        worker = subprocess.Popen(
            [sys.executable, "-c", script, here], env=environment, cwd=settings.BASE_DIR
        )
        wait_until(lambda: "/loop" in site.seen or worker.poll() is not None)
        assert len(processes_of(folder)) >= 5

        worker.send_signal(signal.SIGKILL)
        worker.wait()

        wait_until(lambda: processes_of(folder) == [])


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


class TestWithoutABrowser:
    def test_an_address_that_is_refused_in_any_case_needs_none(self) -> None:
        with pytest.raises(AddressRefusedError):
            render_page("http://169.254.169.254/", limits=RenderLimits(), host_map=HostMap())

    def test_the_failure_says_what_to_install(self, settings: Settings) -> None:
        settings.RENDER_CHROMIUM = "no-such-program"

        with pytest.raises(BrowserMissingError, match="apt-get install") as caught:
            render_page("http://site.org/", limits=RenderLimits(), host_map=HostMap())

        assert classify(caught.value).code == "browser_missing"

    @pytest.mark.parametrize(
        ("head", "code"),
        [
            ({"status": 404, "retry_after": ""}, "not_found"),
            ({"status": 429, "retry_after": "7"}, "rate_limited"),
            ({"status": 503, "retry_after": ""}, "source_unavailable"),
            ({"unsupported": "image/png"}, "page_unreadable"),
            ({"too_large": True}, "payload_too_large"),
            ({"error": "It did not start."}, "render_failed"),
            (
                {"failed": "Page.goto: Download is starting", "asked": "http://a.org/"},
                "page_unreadable",
            ),
            ({"failed": "Page crashed", "asked": "http://a.org/"}, "render_failed"),
            ({"failed": "Timeout 9ms exceeded", "asked": "http://a.org/"}, "source_timeout"),
            ({"failed": "net::ERR_CERT_DATE_INVALID", "asked": "https://a.org/"}, "network"),
            ({"failed": "net::ERR_TOO_MANY_REDIRECTS", "asked": "http://a.org/"}, "bad_response"),
            ({"failed": "net::ERR_TUNNEL", "asked": "https://b.org/#x"}, "unsafe_url"),
            ({"failed": "The proxy answered 403.", "asked": "http://c.org:22/"}, "unsafe_url"),
        ],
    )
    def test_each_failure_has_its_code(self, head: dict[str, object], code: str) -> None:
        tally = Tally(max_bytes=9, max_requests=9)
        for origin in ("b.org:443", "http://c.org:22/"):
            tally.note_refusal(origin, AddressRefusedError("No.", reason="private_address"))

        with pytest.raises(ConnectorError) as caught:
            _understand(head, b"", tally, HostMap())

        failure = classify(caught.value)
        assert failure.code == code
        assert code in CODES
        assert failure.retry_after_s == (7 if code == "rate_limited" else None)
