"""The log that lets work be taken up again."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config.worker.child import PROJECT_DIR
from ingestion.models import DatasetStatus
from ingestion.models.run import RunState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.support import claimed
from tests.status.conftest import ago
from tests.status.test_snapshot import ended, run_of, units


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that is not there yet."""
    return tmp_path / "notes" / "handoff.md"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, with one commit on the branch ``main``."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.setattr("config.status.git.BASE_DIR", folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "Begin.")
    return folder


def git(folder: Path, *arguments: str) -> str:
    person = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(
        ["git", *person, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(folder: Path, subject: str) -> None:
    git(folder, "commit", "--quiet", "--allow-empty", "--message", subject)


def hand_over(log: Path, note: str = "Half done.", *steps: str) -> None:
    steps = steps or ("Do the other half.",)
    wanted = [word for step in steps for word in ("--next", step)]
    call_command("handoff", "--file", str(log), "--note", note, *wanted, stdout=io.StringIO())


def last(log: Path) -> str:
    said = io.StringIO()
    call_command("handoff", "--last", "--file", str(log), stdout=said)
    return said.getvalue()


@pytest.mark.usefixtures("well")
class TestEntry:
    def test_says_what_was_done_what_is_next_and_where_the_code_stands(
        self, log: Path, repository: Path
    ) -> None:
        (repository / "draft.txt").write_text("unfinished")

        hand_over(log, "The importer works.", "Try a large file.", "Write the docs.")

        text = last(log)
        assert "The importer works.\n\nNext:\n1. Try a large file.\n2. Write the docs.\n" in text
        assert "- Code: branch main, commit " in text
        assert "(Begin.)\n- 1 files differ from it:\n  - `?? draft.txt`" in text

    def test_says_what_runs_what_waits_what_is_old_and_what_failed(
        self, log: Path, org: Organization
    ) -> None:
        run = run_of(org)
        claimed(run)
        run_of(org)
        failed = ended(org, RunState.FAILED, "network", minutes=60)
        units(org, Stage.RENDITION, StageStatus.DONE, minutes=5)
        units(org, Stage.RENDITION, StageStatus.PENDING, minutes=5)
        with org_scope(org.pk):
            DatasetStatus.objects.create(org=org, name="pictures", state="stale", as_of=ago(120))

        hand_over(log)

        text = last(log)
        assert "- Clusters of workers: control on" in text
        assert "- Runs: 1 queued, 1 running" in text
        assert f"  - at work: {run.pk} (import of acme)" in text
        assert "- Stages: rendition: 1 done, 1 pending" in text
        assert "- Datasets: 1 stale\n  - stale: pictures of acme, 2 h old" in text
        assert f"  - {failed.pk} (import of acme): failed, network, 1 h ago" in text

    def test_counts_all_that_failed_and_names_the_latest(
        self, log: Path, org: Organization
    ) -> None:
        for minute in range(12):
            ended(org, RunState.FAILED, "network", minutes=minute)

        hand_over(log)

        text = last(log)
        assert "- Runs that failed within a day: 12\n" in text
        assert text.count("failed, network") == 10
        assert "  - and 2 more\n" in text

    def test_of_a_database_that_lacks_migrations_says_only_that(
        self, log: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "config.status.platform._known_migrations", lambda: (("media", "9999_later"),)
        )

        hand_over(log)

        text = last(log)
        assert text.count("- Not migrated yet: media.9999_later. Run manage.py migrate.") == 2
        assert "- Runs" not in text

    def test_is_added_behind_those_before_it(self, log: Path) -> None:
        hand_over(log, "First.")
        first = log.read_text()

        hand_over(log, "Second.")

        assert log.read_text().startswith(first)
        assert "Second." in last(log)
        assert "First." not in last(log)

    @pytest.mark.parametrize("arguments", [[], ["--note", "Half done."], ["--next", "Go on."]])
    def test_without_a_note_or_a_next_step_is_refused(
        self, log: Path, arguments: list[str]
    ) -> None:
        with pytest.raises(CommandError, match="--note"):
            call_command("handoff", "--file", str(log), *arguments)

        assert not log.exists()


@pytest.mark.usefixtures("well")
class TestLast:
    def test_names_what_changed_since(self, log: Path, repository: Path, org: Organization) -> None:
        units(org, Stage.RENDITION, StageStatus.PENDING, minutes=5)
        hand_over(log)
        commit(repository, "Go on.")
        units(org, Stage.RENDITION, StageStatus.DONE, minutes=0)
        ended(org, RunState.DEAD, "worker_lost", minutes=-1)

        text = last(log)

        assert "- Commits: 1\n  - " in text
        assert " Go on.\n" in text
        assert "- Runs that ended: 1 dead (worker_lost)" in text
        assert "- Stages then: rendition: 1 pending\n" in text
        assert "- Stages now: rendition: 1 done, 1 pending" in text

    def test_names_another_branch_files_and_freshness(
        self, log: Path, repository: Path, org: Organization
    ) -> None:
        hand_over(log)
        git(repository, "switch", "--quiet", "--create", "idea")
        (repository / "draft.txt").write_text("unfinished")
        with org_scope(org.pk):
            DatasetStatus.objects.create(org=org, name="pictures", state="stale", as_of=ago(120))

        text = last(log)

        assert "- Now: branch idea, then branch main\n" in text
        assert "- Files that differ from the commit: 0 then, 1 now\n" in text
        assert "- Datasets then: none\n- Datasets now: 1 stale" in text

    def test_reads_an_entry_that_noted_less(self, log: Path, repository: Path) -> None:
        hand_over(log)
        noted = log.read_text()
        [line] = [line for line in noted.splitlines() if line.startswith("<!-- state ")]
        state = json.loads(line.removeprefix("<!-- state ").removesuffix(" -->"))
        less = {name: state[name] for name in ("at", "commit", "coverage")}
        log.write_text(noted.replace(line, f"<!-- state {json.dumps(less)} -->"))

        text = last(log)

        assert "- Now:" not in text
        assert "- Datasets then: not known\n" in text

    def test_of_nothing_says_so(self, log: Path) -> None:
        with pytest.raises(CommandError, match="Nothing was handed over yet"):
            last(log)


@pytest.mark.usefixtures("well")
def test_without_git_it_says_so(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.status.git.BASE_DIR", tmp_path)

    hand_over(log)

    assert "- Code: no git repository" in last(log)
    assert "- Commits: git does not say" in last(log)


def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    address = "postgresql://magpie_app:not-told@127.0.0.1:1/magpie"
    environment = os.environ | {
        "DATABASE_URL": address,
        "DATABASE_OWNER_URL": address,
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    noted = manage("handoff", "--note", "Half done.", "--next", "Go on.")
    status = manage("status")

    assert noted.returncode == 0, noted.stderr
    text = (tmp_path / "handoff.md").read_text()
    assert "Half done." in text
    assert "- The database does not answer: connection" in text
    assert status.returncode == 1
    assert status.stdout.startswith("! The database does not answer: connection")
    assert "not-told" not in text + status.stdout


def test_the_log_is_beside_the_data_unless_set_otherwise() -> None:
    assert settings.HANDOFF_FILE == settings.VAR_DIR / "handoff.md"
