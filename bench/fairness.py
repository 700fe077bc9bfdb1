"""How long a small organization waits while a large one has a mountain of work.

    python bench/fairness.py [--items 50000] [--rounds 3]

Real workers, supervised, and a picture site on loopback. One organization has ``items`` pictures
to fetch and to make thumbnails of; then another brings an export of ten pins.

* ``start_s``: from the upload to the first claim of its run; the slowest round (bound: 10).
* ``finish_s``: from the upload to the last of its ten thumbnails; the slowest round.
* ``finish_ratio``: ``finish_s`` by what it may take: twice its time alone and ten seconds. Below 1
  keeps the promise.

Named reference of the same run: ``solo_s``, the same ten items with the workers idle; the median.
"""

import argparse
import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import pins, support

ITEMS: Final = 10
PATIENCE_S: Final = 300.0
HOST: Final = "i.pinimg.com"
# The last organization of each name.
_ORGS: Final[dict[str, uuid.UUID]] = {}


class Pictures(BaseHTTPRequestHandler):
    """Answers each address with a picture of its own: the same pixels, other bytes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    picture: bytes = b""

    def do_GET(self) -> None:
        body = self.picture + self.path.encode()
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Say nothing of fifty thousand answers."""


def main() -> None:
    """Measure alone, then beside the mountain, and report."""
    parser = argparse.ArgumentParser(description="Fair shares of the workers.")
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with picture_site() as port, tempfile.TemporaryDirectory() as folder:
        os.environ["FETCH_HOST_MAP"] = f"{HOST}=127.0.0.1:{port}"
        support.own_database("bench_fairness")
        exports = Path(folder)
        pins.write_zip(exports / "small.zip", ITEMS)
        pins.write_zip(exports / "large.zip", options.items)
        with workers():
            # The first warms caches.
            alone = [small_job(exports / "small.zip") for _ in range(options.rounds + 1)][1:]
        pile_up(exports / "large.zip", options.items)
        with workers():
            wait_until_busy()
            beside = [small_job(exports / "small.zip") for _ in range(options.rounds)]
            left = pending_of_large()
    solo_s = support.median(finish for _, finish in alone)
    finish_s = max(finish for _, finish in beside)
    if not left:
        raise SystemExit("The large organization was done too early: give it more --items.")
    support.report(
        items=options.items,
        solo_start_s=support.median(start for start, _ in alone),
        solo_s=solo_s,
        start_s=max(start for start, _ in beside),
        finish_s=finish_s,
        finish_bound_s=2 * solo_s + 10,
        finish_ratio=finish_s / (2 * solo_s + 10),
        left_of_large=left,
    )


@contextmanager
def picture_site() -> Iterator[int]:
    """Serve pictures on loopback; yield the port."""
    from PIL import Image

    content = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(content, "JPEG", quality=80)
    Pictures.picture = content.getvalue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()


@contextmanager
def workers() -> Iterator[None]:
    """Run the supervised workers, as ``manage.py run`` does."""
    command = [sys.executable, "manage.py", "run_worker", "--skip-checks"]
    process = subprocess.Popen(command, cwd=support.ROOT)
    try:
        wait_for_workers()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def wait_for_workers() -> None:
    """Wait until the workers have taken the pokes of their start."""
    from tenants.queue import is_poke_overdue

    time.sleep(3)
    wait_until(lambda: not is_poke_overdue("work", after_s=0), "the workers listen")


def small_job(export: Path) -> tuple[float, float]:
    """Bring ten pins into a new organization; return seconds to its start and to its end."""
    from ingestion.imports.services import receive_files
    from ingestion.models import SyncRun
    from tenants.scope import org_scope

    org = make_org()
    with export.open("rb") as file:
        began = time.time()
        receive_files(org, [("small.zip", file)], by=None, starts_itself=True)
    wait_until(lambda: thumbnails(org.pk) == ITEMS, "ten thumbnails")
    finished = time.time()
    with org_scope(org.pk):
        first = SyncRun.objects.order_by("created_at").first()
        assert first is not None
        assert first.started_at is not None
        started = first.started_at.timestamp()
    print(f"start {started - began:.2f} s, finish {finished - began:.2f} s", flush=True)
    return started - began, finished - began


def pile_up(export: Path, count: int) -> None:
    """Bring the records of the large organization in; its pictures are left to the workers."""
    from ingestion.imports import foreground

    org = make_org(name="Large")
    run = foreground.work(foreground.prepare(org, [export]), stop=threading.Event())
    assert run.new_count == count, run.user_message


def wait_until_busy() -> None:
    """Wait until the large organization's work holds workers, and has for a while."""
    wait_until(lambda: thumbnails(_ORGS["Large"]) > 0, "the large organization is at work")


def thumbnails(org_id: uuid.UUID) -> int:
    """Return how many units of the organization's last stage are done."""
    from media.models import StageState
    from tenants.scope import org_scope

    with org_scope(org_id):
        return StageState.objects.filter(stage="rendition", status="done").count()


def pending_of_large() -> int:
    """Return how many pictures of the large organization still wait."""
    from media.models import StageState
    from tenants.scope import org_scope

    with org_scope(_ORGS["Large"]):
        return StageState.objects.filter(status="pending").count()


def make_org(name: str = "Small") -> Any:
    """Make an organization with an owner."""
    from tenants.models import User
    from tenants.services.organizations import create_organization

    owner = User.objects.create_user(f"{uuid.uuid4()}@example.com")
    org = create_organization(name=name, owner=owner)
    _ORGS[name] = org.pk
    return org


def wait_until(is_so: Any, what: str) -> None:
    """Wait until it is so, looking ten times a second."""
    ends_at = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > ends_at:
            raise SystemExit(f"Waited {PATIENCE_S:.0f} s in vain: {what}.")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
