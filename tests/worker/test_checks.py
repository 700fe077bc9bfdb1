"""Settings that were measured to break the queue are refused."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from config.worker.child import PROJECT_DIR
from tenants.queue.checks import check_queue


def errors(**changes: Any) -> list[str | None]:
    """Return the ids of the errors with these changes of ``Q_CLUSTER``."""
    with override_settings(Q_CLUSTER=settings.Q_CLUSTER | changes):
        return [error.id for error in check_queue(None)]


def test_the_products_own_settings_are_fine() -> None:
    assert errors() == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ALT_CLUSTERS": None}, "tenants.E101"),
        ({"ALT_CLUSTERS": {}}, "tenants.E101"),
        ({"ALT_CLUSTERS": {"work": {"guard_cycle": 1}}}, "tenants.E102"),
        ({"save_limit": 250}, "tenants.E103"),
        ({"ack_failures": False}, "tenants.E104"),
        ({"max_attempts": 3}, "tenants.E104"),
        ({"daemonize_workers": True}, "tenants.E105"),
        ({"ALT_CLUSTERS": {"work": {"timeout": 90.5}}}, "tenants.E110"),
        ({"catch_up": True}, "tenants.E112"),
        ({"sync": True}, "tenants.E113"),
        ({"scheduler": False}, "tenants.E114"),
        ({"ALT_CLUSTERS": {"work": {"max_rss": None}}}, "tenants.E115"),
        ({"ALT_CLUSTERS": {"work": {"workers": 0}}}, "tenants.E116"),
        ({"ALT_CLUSTERS": {"work": {"queue_limit": None}}}, "tenants.E116"),
        ({"ALT_CLUSTERS": {"work": {"bulk": 0}}}, "tenants.E116"),
    ],
)
def test_a_setting_that_breaks_the_queue_is_refused(change: dict[str, Any], error: str) -> None:
    assert errors(**change) == [error]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"guard_cycle": 0.7}, "tenants.E102"),
        ({"timeout": None}, "tenants.E109"),
        ({"retry": None}, "tenants.E109"),
    ],
)
def test_a_setting_of_all_clusters_is_refused_for_each(change: dict[str, Any], error: str) -> None:
    alone = [own for own in settings.Q_CLUSTER["ALT_CLUSTERS"].values() if change.keys() & own]
    count = 1 + len(settings.Q_CLUSTER["ALT_CLUSTERS"]) - len(alone)

    assert errors(**change) == [error] * count


def test_the_lock_of_a_poll_must_outlast_the_tasks_that_go_first() -> None:
    # One worker, one task ahead in the queue and one on the way: three time-outs of 180 s.
    assert errors(retry=541) == []
    assert errors(retry=540) == ["tenants.E106"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"OPTIONS": {"pool": True}}, "tenants.E107"),
        ({"CONN_MAX_AGE": 0}, "tenants.E108"),
        ({"CONN_HEALTH_CHECKS": False}, "tenants.E111"),
    ],
)
def test_connections_that_workers_cannot_use_are_refused(
    change: dict[str, Any], error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = settings.DATABASES["default"] | change
    monkeypatch.setattr(settings, "DATABASES", settings.DATABASES | {"default": default})

    assert errors() == [error]


@pytest.mark.parametrize(
    "way", [["-c", "import config.wsgi"], ["manage.py", "run_worker"]], ids=["web", "workers"]
)
def test_neither_web_nor_workers_start_with_such_a_setting(way: list[str]) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.worker.harmful_settings"}

    ended = subprocess.run(
        [sys.executable, *way],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "Q_CLUSTER: save_limit must be -1" in ended.stderr
