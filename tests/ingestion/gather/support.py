"""Pages and pictures on loopback, and jobs that are worked at once."""

import io
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from ingestion.gather import services
from ingestion.models import Job, SyncRun
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import make_due, work

ASKING = services.Asking(None)
HOST = "pages.example.com"


def a_picture(seed: int | str, kind: str = "JPEG", *, size: tuple[int, int] = (160, 120)) -> bytes:
    """Return a picture that differs from those of other seeds."""
    color = seed if isinstance(seed, str) else ((seed * 47) % 256, (seed * 91) % 256, seed % 256)
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, kind)
    return file.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Site"

    def do_GET(self) -> None:  # the base class names it
        path = self.path.partition("?")[0]
        self.server.asked[path] += 1
        self.server.is_let.wait(self.server.answers_after_s)
        status, content_type, content, headers = self.server.answer(path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Site(ThreadingHTTPServer):
    """A site whose pages show pictures ``/1.jpg``, ``/2.jpg``…, each another one.

    Attributes:
        pages: HTML by path.
        pictures: by path, beside those that are numbered.
        broken: what is answered in place of a path: status and headers.
        asked: how often each path was asked for.
    """

    def __init__(self, answers_after_s: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers_after_s = answers_after_s
        self.is_let = threading.Event()
        self.pages: dict[str, str] = {}
        self.pictures: dict[str, bytes] = {}
        self.broken: dict[str, tuple[int, dict[str, str]]] = {}
        self.asked: Counter[str] = Counter()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def show(self, path: str, numbers: "range | list[int]", *, title: str = "A page") -> str:
        """Put pictures on a page, and return its address."""
        pictures = "".join(f'<img src="/{n}.jpg" alt="Picture {n}">' for n in numbers)
        self.pages[path] = f"<!doctype html><title>{title}</title><body>{pictures}"
        return f"http://{HOST}{path}"

    def answer(self, path: str) -> tuple[int, str, bytes, dict[str, str]]:
        if path in self.broken:
            status, headers = self.broken[path]
            return status, "text/plain", b"no", headers
        if path in self.pages:
            return 200, "text/html; charset=utf-8", self.pages[path].encode(), {}
        if path in self.pictures:
            return 200, "image/jpeg", self.pictures[path], {}
        number = path.removeprefix("/").removesuffix(".jpg")
        if number.isdecimal():
            return 200, "image/jpeg", a_picture(int(number)), {}
        return 404, "text/plain", b"none", {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who gave up waiting reads no answer."""


@contextmanager
def a_site(*, answers_after_s: float = 0.0) -> Iterator[Site]:
    site = Site(answers_after_s)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.is_let.set()
        site.shutdown()
        site.server_close()
        thread.join()


def bring_files(org: Organization, files: Mapping[str, bytes]) -> Job:
    """Bring pictures from a disk."""
    opened = [(name, io.BytesIO(content)) for name, content in files.items()]
    return services.receive_pictures(org, opened, ASKING)


def submit(org: Organization, url: str, **wanted: Any) -> Job:
    """Ask for a page."""
    with org_scope(org.pk):
        return services.submit_page(org, url, ASKING, **wanted)


def last_run(job: Job) -> SyncRun:
    with org_scope(job.org_id):
        run = SyncRun.objects.filter(job=job).newest_first().first()
    assert run is not None
    return run


def work_job(job: Job) -> SyncRun:
    """Work the last run of ``job`` until its slice ends."""
    run = last_run(job)
    with org_scope(job.org_id):
        org = job.org
    make_due(run.pk, org)
    return work(run)
