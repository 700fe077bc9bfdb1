"""``manage.py import_export``: an import at the terminal."""

import io
import os
import re
import signal
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command

from ingestion import driver, sources
from ingestion.engine import drain
from ingestion.engine.claims import claim
from ingestion.imports import foreground, kind
from ingestion.management.interruptible import INTERRUPTED
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.connectors.readers.scraper_database import scraped, write_database
from tests.factories import MembershipFactory, OrganizationFactory
from tests.ingestion.crawler import as_json, as_zip, pin, quirky_rows
from tests.ingestion.storages import files_below, stored_by
from tests.ingestion.support import merging, queue_import, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def org(transactional_db: None) -> Organization:
    org = OrganizationFactory.create(name="Acme", slug="acme")
    MembershipFactory.create(org=org)
    return org


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.zip"
    path.write_bytes(as_zip(quirky_rows()))
    return path


def run_command(*arguments: str, stderr: io.StringIO | None = None) -> str:
    """Run the command; return what it printed."""
    out = io.StringIO()
    call_command("import_export", *arguments, stdout=out, stderr=stderr or io.StringIO())
    return " ".join(out.getvalue().split())


def interrupt_command(*arguments: str, stderr: io.StringIO | None = None) -> str:
    """Run the command, which Ctrl-C ends; return what it printed."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_export", *arguments, stdout=out, stderr=stderr or io.StringIO())
    assert ended.value.code == INTERRUPTED
    return " ".join(out.getvalue().split())


def assets(org: Organization) -> int:
    with org_scope(org.pk):
        return Asset.objects.count()


class TestImportExport:
    def test_imports_and_prints_the_report(self, org: Organization, export: Path) -> None:
        printed = run_command(str(export), "--org", "acme")

        assert "54 records (52 parsed) 50 new (2 without a picture)" in printed
        assert "0 updated 0 unchanged 4 skipped 0 failed" in printed
        assert assets(org) == 50

    def test_files_that_were_left_out_are_named_with_the_reason(
        self, org: Organization, tmp_path: Path
    ) -> None:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("pins.json", as_json([pin(1)]))
            archive.writestr("pins.csv", "id,grid_title,image/url\n1,t,\n")

        printed = run_command(str(path), "--org", "acme")

        assert "1 file left out pins.csv: The same data in another format" in printed

    def test_again_changes_nothing(self, org: Organization, export: Path) -> None:
        run_command(str(export), "--org", "acme")

        printed = run_command(str(export), "--org", "acme")

        assert "0 new (0 without a picture) 0 updated 50 unchanged 4 skipped" in printed
        assert assets(org) == 50

    def test_dry_run_says_what_would_be_and_writes_nothing(
        self, org: Organization, export: Path
    ) -> None:
        printed = run_command(str(export), "--org", "acme", "--dry-run")

        assert "50 would be new" in printed
        assert assets(org) == 0

    def test_an_export_without_saved_items_is_called_so(
        self, org: Organization, tmp_path: Path
    ) -> None:
        path = tmp_path / "your_saved_items.json"
        path.write_text('{"saves_v2": []}')

        printed = run_command(str(path), "--org", "acme")

        assert printed.endswith("There are no saved items in it.")

    def test_unknown_organization_is_named(self, org: Organization, export: Path) -> None:
        with pytest.raises(CommandError, match="There is no organization “nobody”"):
            run_command(str(export), "--org", "nobody")

    def test_unknown_file_is_named(self, org: Organization) -> None:
        with pytest.raises(CommandError, match=r"/no/such\.zip is not a file"):
            run_command("/no/such.zip", "--org", "acme")

    def test_file_that_no_reader_knows_is_refused(self, org: Organization, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("only a few words\n" * 20)

        with pytest.raises(CommandError, match="Nothing in it looks like an export"):
            run_command(str(path), "--org", "acme")

        with org_scope(org.pk):
            assert not Job.objects.filter(kind=JobKind.IMPORT).exists()


class TestInterrupt:
    def test_stops_at_a_page_and_the_same_command_goes_on(
        self, org: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 10)
        path = tmp_path / "pins.json"
        path.write_bytes(as_json([pin(number) for number in range(95)]))
        self._press_control_c_after_page(2, monkeypatch)

        printed = interrupt_command(str(path), "--org", "acme")

        assert printed.endswith("Stopped at a page boundary. Run the same command to go on.")
        assert assets(org) == 20
        monkeypatch.undo()

        printed = run_command(str(path), "--org", "acme")

        assert "95 records (95 parsed) 95 new" in printed
        assert assets(org) == 95
        with org_scope(org.pk):
            runs = SyncRun.objects.filter(kind="import")
            assert [run.state for run in runs] == [RunState.SUCCEEDED]

    def test_no_worker_takes_up_what_was_stopped(
        self, org: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "PAGE_SIZE", 10)
        path = tmp_path / "pins.json"
        path.write_bytes(as_json([pin(number) for number in range(95)]))
        self._press_control_c_after_page(2, monkeypatch)
        interrupt_command(str(path), "--org", "acme")

        drain()

        assert assets(org) == 20

    def test_what_a_worker_holds_is_said_to_go_on(
        self, org: Organization, export: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def claim_as_a_worker(**_: object) -> None:
            claim()
            os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr("ingestion.imports.foreground.claims.claim", claim_as_a_worker)

        printed = interrupt_command(str(export), "--org", "acme")

        assert printed.endswith(
            "A worker goes on with the import. Run the same command to watch it."
        )

    @pytest.mark.parametrize("step", ["file_sha256", "adopt"])
    def test_while_the_file_is_hashed_or_stored_leaves_nothing_behind(
        self,
        org: Organization,
        export: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
    ) -> None:
        go_on = getattr(foreground, step)

        def press_control_c_first(*args: object, **kwargs: object) -> object:
            os.kill(os.getpid(), signal.SIGINT)
            return go_on(*args, **kwargs)

        monkeypatch.setattr(foreground, step, press_control_c_first)

        with stored_by(FileSystemStorage, tmp_path / "storage"):
            printed = interrupt_command(str(export), "--org", "acme")

        assert printed == (
            "Stopped before the import began; nothing was kept."
            " Run the same command to begin again."
        )
        assert files_below(tmp_path / "storage") == []
        with org_scope(org.pk):
            assert not Job.objects.filter(kind=JobKind.IMPORT).exists()

    @pytest.mark.timeout(60)
    def test_stops_though_somebody_else_merges(self, org: Organization, export: Path) -> None:
        with merging(org):
            run = work(queue_import(org, export.read_bytes()), stop=lambda: True)
        assert (run.state, run.raw_count) == (RunState.QUEUED, 0)

        run = work(run)

        assert run.state == RunState.SUCCEEDED
        assert run.raw_count > 0

    def test_the_second_one_ends_at_once(
        self, org: Organization, export: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = signal.getsignal(signal.SIGINT)
        handlers = []

        def press_control_c(*_: object, **__: object) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            handlers.append(signal.getsignal(signal.SIGINT))

        monkeypatch.setattr("ingestion.imports.foreground.claims.claim", press_control_c)

        interrupt_command(str(export), "--org", "acme")

        assert handlers == [signal.SIG_DFL]
        assert signal.getsignal(signal.SIGINT) == before

    def _press_control_c_after_page(self, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
        pages = 0
        write_page = driver.write_page

        def counted(*args: object, **kwargs: object) -> object:
            nonlocal pages
            written = write_page(*args, **kwargs)  # type: ignore[arg-type]  # passed on
            pages += 1
            if pages == page:
                os.kill(os.getpid(), signal.SIGINT)
            return written

        monkeypatch.setattr(sources, "write_page", counted)


class Impatient(io.StringIO):
    """A terminal whose person presses Ctrl-C once the command says that it waits."""

    def write(self, text: str) -> int:
        """Take what is shown."""
        if "Attempt" in text:
            os.kill(os.getpid(), signal.SIGINT)
        return super().write(text)


class TestWaiting:
    def test_says_why_and_until_when(
        self, org: Organization, export: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError("The storage is away.")

        monkeypatch.setattr(kind, "opened", fail)
        terminal = Impatient()

        interrupt_command(str(export), "--org", "acme", stderr=terminal)

        (said,) = (line for line in terminal.getvalue().splitlines() if "Attempt" in line)
        assert re.fullmatch(
            r"Our file storage was away for a moment; we try again\. "
            r"Attempt 1 of 6; the next one comes at \d\d:\d\d:\d\d UTC\.",
            said,
        )

    def test_what_was_stopped_then_goes_on_at_once(
        self, org: Organization, export: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.test_says_why_and_until_when(org, export, monkeypatch)
        monkeypatch.undo()

        printed = run_command(str(export), "--org", "acme")

        assert "50 new" in printed


class TestFolders:
    def test_the_databases_of_a_scraper_come_with_their_pictures(
        self, org: Organization, tmp_path: Path
    ) -> None:
        folder = tmp_path / "output"
        images = folder / "sofa" / "images"
        images.mkdir(parents=True)
        write_database(folder / "sofa" / "pinterest.db", map(scraped, range(3)))
        (images / f"{100_000_000_000_000_000}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(2_000))
        (folder / "notes.txt").write_text("not of the scraper")

        run_command(str(folder), "--org", "acme")
        again = run_command(str(folder), "--org", "acme")

        assert "3 records (3 parsed)" in again
        assert "3 unchanged" in again
        with org_scope(org.pk):
            first = Asset.objects.get(source_ref="pin:100000000000000000")
            assert [each.key[:7] for each in first.media.all()] == ["sha256:"]

    def test_a_folder_without_a_database_is_refused(
        self, org: Organization, tmp_path: Path
    ) -> None:
        with pytest.raises(CommandError, match="no database of a scraper"):
            run_command(str(tmp_path), "--org", "acme")
