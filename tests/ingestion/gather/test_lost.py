"""Workers that die while they bring pictures."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from ingestion.engine import claims
from ingestion.engine.drain import run_slice
from ingestion.gather import kind
from ingestion.gather.bringing import bring
from ingestion.models import SyncRun
from ingestion.models.run import RunState
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.gather.support import HOST, Site, a_site, last_run, submit, work_job
from tests.ingestion.support import claimed, make_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Iterator[Site]:
    with a_site() as site, override_settings(FETCH_HOST_MAP={HOST: site.address}, PAGE_PAUSE_S=0):
        yield site


class Killed(BaseException):
    """The end of a process, as far as one process can have it."""


class TestAWorkerThatIsKilled:
    def test_leaves_work_that_another_ends_with_each_picture_once(
        self, org: Organization, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kind, "BATCH", 2)
        job = submit(org, site.show("/summer", range(1, 6)))
        self.die_in_the_second_batch(monkeypatch, org, job)
        with org_scope(org.pk):
            run = last_run(job)
            assert (run.state, run.new_count) == (RunState.RUNNING, 2)
            past = timezone.now() - timedelta(hours=1)
            SyncRun.objects.filter(pk=run.pk).update(lease_expires_at=past)

        assert claims.sweep() == 1
        run = work_job(job)

        assert (run.state, run.new_count, run.raw_count) == (RunState.SUCCEEDED, 5, 5)
        with org_scope(org.pk):
            assert Asset.objects.count() == 5
        assert {site.asked[f"/{number}.jpg"] for number in (1, 2, 5)} == {1}

    def die_in_the_second_batch(
        self, monkeypatch: pytest.MonkeyPatch, org: Organization, job: Any
    ) -> None:
        batches = iter([False, True])

        def bring_or_die(*args: Any, **kwargs: Any) -> Iterator[Any]:
            lots = list(bring(*args, **kwargs))
            if next(batches):
                raise Killed
            yield from lots

        make_due(last_run(job).pk, org)
        held = claimed(last_run(job))
        with monkeypatch.context() as patch:
            patch.setattr(kind, "bring", bring_or_die)
            with pytest.raises(Killed):
                run_slice(held, seconds=60, should_stop=lambda: False)
