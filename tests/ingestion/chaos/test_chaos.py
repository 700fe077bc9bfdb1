"""Kills of workers and of the database: the end is that of an import nobody disturbed.

Each kill comes at a random moment of the work, and never too late: a page of the import, or a
picture of the fetch, is held back until it is done. The engine's own notes say that each one
hit: whose work was not broken off has none.
"""

import os
import random
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.embedded.conftest import postmaster_of, supervisor_of
from tests.ingestion.chaos.installation import Installation, on_own_server, on_test_database
from tests.ingestion.chaos.site import PatientSite, picture_site
from tests.ingestion.chaos.tables import Tables, assert_same
from tests.ingestion.chaos.watch import wait_until
from tests.ingestion.chaos.zygote import FETCH_BATCH, PAGE_SIZE
from tests.ingestion.crawler import Row, as_zip, board_of, pin

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("django_db_setup"),
]

IS_LONG = os.environ.get("CHAOS") == "long"
# At least one of each way.
KILLS = 10 if IS_LONG else 2
# Each kill comes within three pages or two batches of the one before; some are left for peace.
RECORDS = 4 * KILLS * PAGE_SIZE
PINS = 3 * KILLS * FETCH_BATCH
# About as long as those take.
IMPORT_WINDOW_S = 0.4
FETCH_WINDOW_S = 0.1


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pins on four boards, doubles, changes of board, and a few records that are none."""
    chance = random.Random(7)
    rows: list[Row | str] = [pin(number) for number in range(RECORDS - 200)]
    doubles = [
        pin(chance.randrange(RECORDS - 200), board=board_of(chance.randrange(8)))
        for _ in range(190)
    ]
    mixed = [*rows, *doubles, *("not a record" for _ in range(10))]
    chance.shuffle(mixed)
    path = tmp_path_factory.mktemp("chaos") / "export.zip"
    path.write_bytes(as_zip(mixed))
    return path


@pytest.fixture(scope="module")
def small_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pins with pictures."""
    path = tmp_path_factory.mktemp("chaos") / "small.zip"
    path.write_bytes(as_zip([pin(number) for number in range(PINS)]))
    return path


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of nine pins in ten; the first four have the same one."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PINS):
        if number % 10 != 9:
            color = (4 * max(number, 3), 90, 120)
            Image.new("RGB", (96, 64), color).save(folder / f"{number:032x}.jpg")
    return folder


@pytest.fixture(scope="module")
def undisturbed(
    django_db_setup: None, export: Path, tmp_path_factory: pytest.TempPathFactory
) -> Tables:
    """What the export leaves behind when nobody disturbs its import."""
    with on_test_database(tmp_path_factory.mktemp("calm")) as calm:
        calm.queue(export)
        calm.work("import")
        return calm.snapshot()


class TestKilledWorkers:
    def test_leave_the_library_of_an_undisturbed_import(
        self, undisturbed: Tables, export: Path, tmp_path: Path
    ) -> None:
        with on_test_database(tmp_path) as storm:
            storm.queue(export)

            hits = sum(kill_import(storm) for _ in range(KILLS))
            storm.work("import")

            assert hits == KILLS
            assert storm.watch.times_broken_off("import") == KILLS
            assert storm.watch.state("import") == "succeeded"
            assert_same(storm.snapshot(), undisturbed)

    def test_leave_the_pictures_of_an_undisturbed_fetch(
        self, small_export: Path, pictures: Path, tmp_path: Path
    ) -> None:
        with (
            picture_site(pictures) as site,
            on_test_database(tmp_path / "calm", FETCH_HOST_MAP=site.host_map) as calm,
        ):
            calm.queue(small_export)
            calm.work("all")
            assert calm.watch.state("fetch") == "succeeded_with_warnings"
            undisturbed = calm.snapshot()
        with (
            picture_site(pictures) as site,
            on_test_database(tmp_path / "storm", FETCH_HOST_MAP=site.host_map) as storm,
        ):
            storm.queue(small_export)
            storm.work("import")

            hits = sum(kill_fetch(storm, site) for _ in range(KILLS))
            site.expect_visitor()
            storm.work("all")

            assert hits == KILLS
            assert storm.watch.times_broken_off("fetch") == KILLS
            assert storm.watch.state("fetch") == "succeeded_with_warnings"
            assert_same(storm.snapshot(), undisturbed)
            assert_same_files(tmp_path / "calm/blobs", tmp_path / "storm/blobs")


class TestKilledDatabase:
    def test_leaves_the_library_of_an_undisturbed_import(
        self, undisturbed: Tables, export: Path
    ) -> None:
        with on_own_server() as (storm, folder):
            storm.queue(export)

            for number in range(KILLS):
                # Every other time as in a power cut. Left alone, the supervisor waits longer
                # from crash to crash.
                kill_database(storm, folder, with_supervisor=bool(number % 2))
            storm.work("import")

            assert storm.watch.times_broken_off("import") == KILLS
            assert storm.watch.state("import") == "succeeded"
            assert_same(storm.snapshot(), undisturbed)


def kill_import(storm: Installation) -> bool:
    """Kill a worker that imports; return whether its lease was lost with it."""
    with storm.watch.hold_up_import(after=random.randrange(PAGE_SIZE, 3 * PAGE_SIZE)):
        worker = start_and_wait(storm, "import", kind="import", within_s=IMPORT_WINDOW_S)
        storm.kill(worker)
        is_hit = storm.watch.is_held_by(worker, "import")
    storm.watch.let_time_pass()
    return is_hit


def kill_fetch(storm: Installation, site: PatientSite) -> bool:
    """Kill a worker that waits for a picture; return whether its lease was lost with it."""
    site.expect_visitor(pictures=random.randint(FETCH_BATCH, 2 * FETCH_BATCH))
    worker = start_and_wait(storm, "all", kind="fetch", within_s=FETCH_WINDOW_S)
    wait_until(site.is_asked, "the worker asks for a picture")
    storm.kill(worker)
    is_hit = storm.watch.is_held_by(worker, "fetch")
    storm.watch.let_time_pass()
    return is_hit


def kill_database(storm: Installation, folder: Path, *, with_supervisor: bool) -> None:
    """Kill all of Postgres while a transaction of an import is open."""
    with storm.watch.hold_up_import(after=random.randrange(PAGE_SIZE, 3 * PAGE_SIZE)):
        start_and_wait(storm, "import", kind="import", within_s=IMPORT_WINDOW_S)
        wait_until(storm.watch.sees_open_transaction, "the worker writes")
        postmaster = postmaster_of(folder)
        victims = [postmaster, *postmaster.children()]
        if with_supervisor:
            victims.append(supervisor_of(folder))
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        storm.watch.close()
    storm.wait_for_worker()
    storm.watch.let_time_pass()


def start_and_wait(storm: Installation, what: str, *, kind: str, within_s: float) -> int:
    """Start a worker; return its number at a random moment of its work on the run of ``kind``."""
    worker = storm.start_worker(what)

    def is_at_work() -> bool:
        assert psutil.pid_exists(worker), "The worker ended by itself."
        return storm.watch.may_break_off(worker, kind)

    wait_until(is_at_work, "the worker is at work")
    time.sleep(random.uniform(0, within_s))
    return worker


def assert_same_files(expected: Path, found: Path) -> None:
    """Compare the bytes of all pictures that are stored."""

    def contents(root: Path) -> dict[str, bytes]:
        return {
            str(path.relative_to(root)): path.read_bytes()
            for folder in ("blobs", "renditions")
            for path in (root / folder).rglob("*")
            if path.is_file()
        }

    assert contents(expected)
    assert contents(found) == contents(expected)
