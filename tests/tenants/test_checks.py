"""The system check of the queue's settings."""

from typing import Any

import pytest
from django.conf import settings as project
from pytest_django import Settings

from tenants.checks import check_queue


def ids() -> list[str | None]:
    return [problem.id for problem in check_queue()]


class TestCheckQueue:
    def test_accepts_the_settings_of_the_product(self) -> None:
        assert ids() == []

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            # One cluster needs more than 90 * (1 + 2) s, the other more than 90 * (1 + 1) s.
            ({"retry": 270}, ["tenants.E002"]),
            ({"retry": 271}, []),
            ({"retry": 180}, ["tenants.E002", "tenants.E002"]),
            ({"queue_limit": 6}, ["tenants.E002"]),
            ({"timeout": None}, ["tenants.E002", "tenants.E002"]),
            ({"guard_cycle": 0.7}, ["tenants.E003", "tenants.E003"]),
            ({"ALT_CLUSTERS": {}}, ["tenants.E001"]),
            ({"ALT_CLUSTERS": {"work": {"guard_cycle": 1}}}, ["tenants.E003"]),
        ],
    )
    def test_refuses_what_loses_or_doubles_work(
        self, settings: Settings, change: dict[str, Any], expected: list[str]
    ) -> None:
        settings.Q_CLUSTER = {
            **project.Q_CLUSTER,
            "ALT_CLUSTERS": {"work": {"workers": 2}},
            **change,
        }

        assert ids() == expected

    def test_refuses_a_pool_that_forks_would_share(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(project.DATABASES["default"], "OPTIONS", {"pool": True})

        assert ids() == ["tenants.E004"]
