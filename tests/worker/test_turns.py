"""Two that start at once on one database do not get in each other's way."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.database.turns import Turn, turn
from config.worker.child import PROJECT_DIR
from tests.worker.conftest import PATIENCE_S, environment, wait_until

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def never() -> None:
    pytest.fail("Nobody else had the turn.")


def test_migrate_waits_for_another_and_says_so(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with turn(Turn.MIGRATE, alias="owner", say_wait=never), output.open("w") as written:
        second = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "migrate", "--skip-checks"],
            cwd=PROJECT_DIR,
            env=environment(tmp_path),
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        wait_until(lambda: "waiting for it" in output.read_text(), "the second one waits")
        assert second.poll() is None
        assert "Running migrations" not in output.read_text()

    assert second.wait(PATIENCE_S) == 0
    assert "No migrations to apply" in output.read_text()


def test_turns_of_different_work_do_not_wait_for_each_other() -> None:
    with (
        turn(Turn.MIGRATE, alias="owner", say_wait=never),
        turn(Turn.SEED, alias="owner", say_wait=never),
    ):
        pass
