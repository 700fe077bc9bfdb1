"""What a load balancer is told of the installation."""

import pytest
from django.test import Client

from config.status.ready import READY_PATH
from ingestion.engine.beats import Beat, write_beats
from ingestion.models import PlatformStatus, WorkerBeat
from tests.status.conftest import let_tick_be, silence

BY_ADDRESS = {"host": "10.1.2.3:8000"}


def ready(client: Client) -> tuple[int, list[str]]:
    response = client.get(READY_PATH, headers=BY_ADDRESS)
    assert response["Content-Type"] == "text/plain"
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.text.splitlines()


@pytest.mark.usefixtures("well")
class TestReady:
    def test_all_checks_hold(self, client: Client) -> None:
        assert ready(client) == (
            200,
            ["database: ok", "migrations: ok", "tick: ok", "workers: ok"],
        )

    def test_a_tick_that_stays_away_is_told(self, client: Client) -> None:
        let_tick_be(2)
        assert ready(client)[0] == 200

        let_tick_be(4)

        status, lines = ready(client)
        assert (status, lines[2]) == (503, "tick: came last 4 min ago")

    def test_a_tick_that_never_came_is_told(self, client: Client) -> None:
        PlatformStatus.objects.all().delete()

        status, lines = ready(client)
        assert (status, lines[2]) == (503, "tick: never came")

    def test_a_cluster_that_is_silent_draining_or_gone_is_told(self, client: Client) -> None:
        WorkerBeat.objects.filter(cluster="control").update(is_draining=True)
        status, lines = ready(client)
        assert (status, lines[3]) == (503, "workers: no cluster control is alive")

        silence("work", 2)
        assert ready(client)[1][3] == "workers: no cluster control and no cluster work is alive"

        WorkerBeat.objects.all().delete()
        assert ready(client)[0] == 503

    def test_a_cluster_that_ends_beside_one_that_lives_is_no_fault(self, client: Client) -> None:
        write_beats([Beat("other:work:1:9", "work", 9, 3, is_draining=True)])

        assert ready(client)[0] == 200

    def test_a_migration_that_is_missing_ends_the_checks(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "config.status.platform._known_migrations", lambda: (("media", "9999_later"),)
        )

        assert ready(client) == (503, ["database: ok", "migrations: not applied: 1"])

    def test_only_reads(self, client: Client) -> None:
        assert client.post(READY_PATH).status_code == 405
