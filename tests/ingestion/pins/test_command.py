"""``manage.py pins``: the job over the pins at the terminal."""

import base64
import datetime as dt
import io
import os
import signal
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper

from ingestion.management.commands import pins
from ingestion.management.interruptible import INTERRUPTED
from ingestion.management.pins_progress import StepProgress
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind, JobState
from ingestion.models.run import RunState
from ingestion.pins import normalize
from ingestion.pins.places import Place
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import OrganizationFactory
from tests.media.making import make_asset


def run_command(*arguments: str) -> str:
    out = io.StringIO()
    call_command("pins", "--org", "acme", *arguments, stdout=out, stderr=io.StringIO())
    return " ".join(out.getvalue().split())


@pytest.fixture
def org(transactional_db: None) -> Organization:
    org = OrganizationFactory.create(name="Acme", slug="acme")
    for number in range(3):
        make_asset(org, source_ref=base64.b64encode(f"Pin:12{number}".encode()).decode())
    make_asset(org, "A chair", source_ref="pin:junk")
    return org


class TestCommand:
    def test_it_does_all_steps_and_says_what_came_of_them(self, org: Organization) -> None:
        printed = run_command("--only-images", "--max-concurrent", "4")

        assert "Look whether the rows hold together: 4 looked at" in printed
        assert "Give each pin its number: 4 looked at, 3 changed" in printed
        assert "1 failed, such as: A chair: “junk” is no number of a pin." in printed
        with org_scope(org.pk):
            job = Job.objects.get(kind=JobKind.PINS)
        assert job.params == {"only_images": True, "max_concurrent": 4}
        assert job.state == JobState.ARCHIVED

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_stops_it_at_a_batch_and_the_same_command_goes_on(
        self, org: Organization, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
    ) -> None:
        monkeypatch.setattr(normalize, "BATCH", 1)
        judge = normalize.judge

        def judge_and_kill(refs: Sequence[Any]) -> normalize.Judged:
            os.kill(os.getpid(), number)
            return judge(refs)

        monkeypatch.setattr(normalize, "judge", judge_and_kill)
        out = io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command(
                "pins", "--org", "acme", "--steps", "normalize", stdout=out, stderr=io.StringIO()
            )
        assert ended.value.code == INTERRUPTED
        assert "Run the same command to go on." in out.getvalue()
        assert "so far 1 looked at, 1 changed" in out.getvalue()
        with org_scope(org.pk):
            assert SyncRun.objects.get(job__params={"steps": ["normalize"]}).is_held
            assert Asset.objects.filter(source_ref__startswith="pin:12").count() == 1
        monkeypatch.setattr(normalize, "judge", judge)

        printed = run_command("--steps", "normalize")

        assert "Give each pin its number: 4 looked at, 3 changed" in printed
        assert "Look whether the rows hold together: left out. It was not asked for." in printed
        with org_scope(org.pk):
            run = SyncRun.objects.get(job__params={"steps": ["normalize"]})
        assert (run.state, run.raw_count) == (RunState.WARNINGS, 4)

    def test_it_says_when_a_source_lets_it_go_on(self) -> None:
        run = SyncRun(
            state=RunState.QUEUED,
            error_code="rate_limited",
            user_message="Pinterest asks us to slow down; we go on when it lets us.",
            run_after=dt.datetime(2026, 11, 20, 10, 30, tzinfo=dt.UTC),
        )

        assert pins._waiting(run) == (
            "Pinterest asks us to slow down; we go on when it lets us. That is at 10:30:00 UTC."
        )

    def test_it_says_why_pinterest_is_not_asked(self, org: Organization) -> None:
        printed = run_command("--steps", "normalize,enhance")

        assert "Ask Pinterest for what is missing: left out. Pin details from" in printed
        assert "cannot be used here yet" in printed

    @pytest.mark.parametrize(
        "told", [("--steps", "enhanced"), ("--max-concurrent", "21"), ("--max-concurrent", "0")]
    )
    def test_what_makes_no_sense_is_refused(self, org: Organization, told: tuple[str, ...]) -> None:
        with pytest.raises(CommandError):
            run_command(*told)


class TestProgress:
    def test_the_bar_tells_rate_and_remaining_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [100.0]
        monkeypatch.setattr("time.monotonic", lambda: now[0])
        progress = StepProgress(OutputWrapper(io.StringIO()), {"normalize": "Numbers"})
        progress.show("normalize", Place(done=1_000, of=10_000))
        progress.show("normalize", Place(done=4_000, of=10_000))

        bar = progress.bar(110.0)

        assert bar.endswith("40%  4,000 of 10,000  300 a second  less than a minute left")
