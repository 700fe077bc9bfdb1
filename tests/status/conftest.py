"""An installation that is well, to be made ill by tests."""

import datetime as dt

import pytest
from django.utils import timezone

from config.status.facts import Snapshot
from config.status.snapshot import take_snapshot
from ingestion.engine.beats import Beat, write_beats
from ingestion.engine.tick import tick
from ingestion.models import PlatformStatus, WorkerBeat


@pytest.fixture
def well(db: None) -> None:
    """Both clusters live, and the tick came a moment ago."""
    write_beats(
        [
            Beat("host:control:1:2", "control", 2, 1, is_draining=False),
            Beat("host:work:1:3", "work", 3, 3, is_draining=False),
        ]
    )
    tick()


def everything() -> Snapshot:
    """Take everything in, of an installation that is migrated."""
    found = take_snapshot()
    assert isinstance(found, Snapshot)
    return found


class Schema:
    """The database of an older release: it lacks a column, and the migration that adds it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def lack_migration(self) -> None:
        """Have the code know one migration more."""
        known = (("media", "9999_later"),)
        self._patch.setattr("config.status.platform._known_migrations", lambda: known)

    def lack_table(self) -> None:
        """Have the code ask for a table that is not there."""
        self._patch.setattr(WorkerBeat._meta, "db_table", "ingestion_later")


@pytest.fixture
def schema(well: None, monkeypatch: pytest.MonkeyPatch) -> Schema:
    """A schema that can be made older than the code."""
    return Schema(monkeypatch)


def silence(cluster: str, minutes: int) -> None:
    """Let the cluster have said nothing for so long."""
    WorkerBeat.objects.filter(cluster=cluster).update(beat_at=ago(minutes))


def let_tick_be(minutes: int) -> None:
    """Let the tick have come so long ago."""
    PlatformStatus.objects.update(last_attempt_at=ago(minutes), last_success_at=ago(minutes))


def ago(minutes: int) -> dt.datetime:
    """Return the moment so many minutes ago."""
    return timezone.now() - dt.timedelta(minutes=minutes)
