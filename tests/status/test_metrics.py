"""What Prometheus reads, and who may."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from config.status.metrics import METRICS_PATH
from config.worker.child import PROJECT_DIR
from ingestion.models.run import RunState
from media.models.stage import Stage, StageStatus
from tenants.models import Organization
from tests.status.conftest import Schema, let_tick_be
from tests.status.test_snapshot import ended, run_of, units

DOCUMENTATION = PROJECT_DIR / "docs/operations/monitoring.md"
TOKEN = "a-token-of-the-operator"
BY_ADDRESS = {"host": "10.1.2.3:8000"}

pytestmark = pytest.mark.usefixtures("well")


@pytest.fixture(autouse=True)
def token(settings: Settings) -> Iterator[None]:
    """The setting, and a process that has read nothing yet."""
    settings.METRICS_TOKEN = TOKEN
    caches["process"].clear()
    yield
    caches["process"].clear()


def scrape(client: Client) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and the values of its labels, in the order of their names."""
    response = client.get(METRICS_PATH, headers=BY_ADDRESS | {"authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(response.text)
    return {
        (
            sample.name.removeprefix("magpie_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in families
        for sample in family.samples
    }


class TestWhoMayRead:
    def test_without_the_setting_there_is_no_such_page(
        self, client: Client, settings: Settings
    ) -> None:
        settings.METRICS_TOKEN = ""

        assert client.get(METRICS_PATH).status_code == 404
        assert client.get(METRICS_PATH, headers={"authorization": "Bearer "}).status_code == 404

    @pytest.mark.parametrize(
        "brought",
        [None, "", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}ä"],
    )
    def test_a_wrong_token_is_refused(self, client: Client, brought: str | None) -> None:
        headers = {} if brought is None else {"authorization": brought}

        response = client.get(METRICS_PATH, headers=headers)

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"
        assert "magpie_" not in response.text


class TestNumbers:
    def test_are_those_of_the_installation(
        self, client: Client, org: Organization, other_org: Organization
    ) -> None:
        run_of(org)
        run_of(other_org)
        ended(org, RunState.DEAD, "worker_lost", minutes=5)
        units(org, Stage.RENDITION, StageStatus.PENDING, minutes=5)
        let_tick_be(2)

        found = scrape(client)

        assert found["clusters", "work", "alive"] == 1
        assert 119 < found["tick_age_seconds",] < 180
        assert (found["runs", "queued"], found["runs_due", "queued"]) == (2, 2)
        assert 590 < found["runs_oldest_due_seconds",] < 660
        assert found["leases",] == 0
        assert found["runs_ended_last_day", "worker_lost", "dead"] == 1
        assert found["stage_units", "rendition", "pending"] == 1
        assert found["stage_oldest_pending_seconds", "rendition"] > 290
        assert found["chore_failures", "recovery"] == 0
        assert found["database_bytes",] > 1_000_000
        assert found["stored_bytes",] == 1000

    def test_of_a_database_that_is_not_migrated_are_what_the_alert_asks_for(
        self, client: Client, schema: Schema
    ) -> None:
        schema.lack_migration()
        schema.lack_table()

        found = scrape(client)

        assert {key[0] for key in found} == {"migrations_pending", "build_info"}
        assert found["migrations_pending",] == 1

    def test_name_no_organization(self, client: Client, org: Organization) -> None:
        run_of(org)

        found = scrape(client)

        assert ("runs", "queued") in found
        assert [key for key in found if "acme" in str(key)] == []

    def test_are_documented(self, client: Client) -> None:
        text = DOCUMENTATION.read_text()

        response = client.get(METRICS_PATH, headers={"authorization": f"Bearer {TOKEN}"})

        names = re.findall(r"(?m)^# HELP magpie_(\w+)", response.text)
        assert "tick_age_seconds" in names
        assert [name for name in names if f"`{name}" not in text] == []

    def test_are_read_once_in_ten_seconds(self, client: Client, org: Organization) -> None:
        first = scrape(client)
        run_of(org)

        with CaptureQueriesContext(connection) as queries:
            second = scrape(client)

        assert len(queries) == 0
        assert second == first
