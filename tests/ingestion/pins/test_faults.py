"""Commands that are broken off, and a source in trouble: nothing lost, doubled, or of another pin.

The end is always that of a run which nobody disturbed, and what the run tells of itself is true.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db.models import Count
from django.test import override_settings

from ingestion.management.interruptible import INTERRUPTED
from ingestion.models import RunEvent, RunItem, RunStep, SyncRun
from ingestion.models.run import RunState
from ingestion.pins import asking
from media.models import Asset
from tenants.models import Organization
from tenants.scope import org_scope
from tests.factories import MembershipFactory, OrganizationFactory
from tests.ingestion.pins.making import queue_pins
from tests.ingestion.support import counts, make_due, merging, work
from tests.media.making import make_asset
from tests.pinterest_web.fake import HOST, FakeWeb, serving
from tests.pinterest_web.pins import signature, title_of
from tests.pinterest_web.support import MemorySession, reachable
from tests.worker.conftest import environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

PROJECT = Path(__file__).parents[3]
FIRST, COUNT = 7_000, 40
PINS = [str(number) for number in range(FIRST, FIRST + COUNT)]
# Far more than a stop may take, on a machine with other things to do.
STOP_S = 6.0
END_S = 90.0


@pytest.fixture
def org(transactional_db: None) -> Organization:
    org = OrganizationFactory.create(name="Acme", slug="acme")
    MembershipFactory.create(org=org)
    for pin_id in PINS:
        make_asset(org, source_ref=f"pin:{pin_id}")
    return org


@pytest.fixture
def web() -> FakeWeb:
    """Some pins are gone, some answered with another; the rest take their time."""
    web = FakeWeb(is_endless=True)
    web.latency_s, web.jitter_s = 0.05, 0.04
    web.gone = set(PINS[3::10])
    web.related = dict(zip(PINS[5::10], PINS[6::10], strict=True))
    return web


def run_of(org: Organization) -> SyncRun:
    with org_scope(org.pk):
        return SyncRun.objects.get(kind="pins")


def assert_as_if_undisturbed(org: Organization, web: FakeWeb) -> None:
    """Look at each pin, and at what the run says of it."""
    run = run_of(org)
    with org_scope(org.pk):
        pins = {pin.source_ref.removeprefix("pin:"): pin for pin in Asset.objects.all()}
        keys = set(Asset.objects.values_list("media__key", flat=True)) - {None}
        told = RunItem.objects.filter(run=run).values_list("source_ref", "outcome")
        twice = RunItem.objects.filter(run=run).values("source_ref").annotate(n=Count("pk"))
        outcomes = {ref.removeprefix("pin:"): outcome for ref, outcome in told}
        assert not twice.filter(n__gt=1).exists()
        gone = RunEvent.objects.get(run=run, name="removed_at_source").detail["count"]
        step = run.steps.get(name="enhance")
    expected = {
        pin_id: "skipped"
        if pin_id in web.gone
        else "failed"
        if pin_id in web.related
        else "updated"
        for pin_id in PINS
    }
    found = [pin_id for pin_id in PINS if expected[pin_id] == "updated"]
    assert {pin_id: pin.source_title for pin_id, pin in pins.items()} == {
        pin_id: title_of(pin_id) if pin_id in found else "" for pin_id in PINS
    }
    assert {pin_id for pin_id, pin in pins.items() if pin.is_removed_at_source} == web.gone
    assert keys == {f"sig:{signature(pin_id)}" for pin_id in found}
    assert outcomes == expected
    assert gone == len(web.gone)
    assert run.state == RunState.WARNINGS
    assert counts(run) == {
        "raw": COUNT,
        "new": 0,
        "updated": len(found),
        "unchanged": 0,
        "skipped": len(web.gone),
        "failed": len(web.related),
    }
    assert (step.changed_count, (step.cursor or {})["done"]) == (len(found) + len(web.gone), COUNT)


class Command:
    """``manage.py pins`` in a process of its own."""

    def __init__(self, folder: Path, port: int, steps: str = "enhance") -> None:
        told = environment(folder) | {
            "DJANGO_SETTINGS_MODULE": "tests.ingestion.pins.settings",
            "FETCH_HOST_MAP": f"{HOST}=127.0.0.1:{port}",
            # A real installation, which has a secret, fetches nothing from loopback.
            "SECRET_KEY": "",
            "MASTER_KEYS": "",
        }
        command = [sys.executable, "manage.py", "pins", "--org", "acme", "--steps", steps]
        self.process = subprocess.Popen(
            [*command, "--max-concurrent", "4"],
            cwd=PROJECT,
            env=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, within_s: float) -> tuple[int, str]:
        """Wait for its end; return its status and what it printed."""
        out, _ = self.process.communicate(timeout=within_s)
        return self.process.returncode, " ".join(out.split())

    def kill(self) -> None:
        """End it whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def start(tmp_path: Path, web: FakeWeb) -> Iterator[Callable[[], Command]]:
    """Start the command, again and again."""
    begun: list[Command] = []
    with serving(web) as port:

        def begin() -> Command:
            begun.append(Command(tmp_path, port))
            return begun[-1]

        yield begin
        for command in begun:
            command.kill()


def wait_until_written(org: Organization, count: int) -> None:
    """Wait until so many pins are accounted for."""
    until = time.monotonic() + END_S
    while time.monotonic() < until:
        with org_scope(org.pk):
            if SyncRun.objects.filter(kind="pins", raw_count__gte=count).exists():
                return
        time.sleep(0.05)
    raise AssertionError(f"{count} pins were never written.")


def wait_until_waiting(session: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Wait until somebody waits for what ``session`` holds."""
    until = time.monotonic() + END_S
    while time.monotonic() < until:
        waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        if session.execute(waits).fetchone() is not None:
            return
        time.sleep(0.02)
    raise AssertionError("Nobody waits.")


def changed_by(run: SyncRun, step: str) -> int:
    with org_scope(run.org_id):
        return RunStep.objects.get(run=run, name=step).changed_count


class TestBrokenOff:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_stops_it_soon_though_the_source_is_silent(
        self,
        org: Organization,
        web: FakeWeb,
        start: Callable[[], Command],
        number: signal.Signals,
    ) -> None:
        command = start()
        wait_until_written(org, 5)
        web.is_hanging = True
        time.sleep(0.5)
        os.kill(command.process.pid, number)

        status, printed = command.end(within_s=STOP_S)

        assert status == INTERRUPTED
        assert "Stopped at a batch boundary; all that was done is kept." in printed
        assert "Run the same command to go on." in printed
        held = run_of(org)
        assert held.is_held
        with org_scope(org.pk):
            assert RunItem.objects.filter(run=held).count() == held.raw_count
        web.is_hanging = False

        status, printed = start().end(within_s=END_S)

        assert (status, f"{COUNT} looked at" in printed) == (0, True)
        assert_as_if_undisturbed(org, web)

    def test_a_signal_stops_it_soon_though_somebody_else_merges(
        self, org: Organization, web: FakeWeb, start: Callable[[], Command]
    ) -> None:
        command = start()
        wait_until_written(org, 5)
        with merging(org) as eye:
            wait_until_waiting(eye)
            os.kill(command.process.pid, signal.SIGINT)
            status, printed = command.end(within_s=STOP_S)

        assert status == INTERRUPTED
        assert "Stopped at a batch boundary; all that was done is kept." in printed

        status, printed = start().end(within_s=END_S)

        assert (status, f"{COUNT} looked at" in printed) == (0, True)
        assert_as_if_undisturbed(org, web)

    @pytest.mark.parametrize("step", ["repair", "normalize"])
    def test_what_asks_nobody_stops_too_though_somebody_else_merges(
        self, org: Organization, step: str
    ) -> None:
        with org_scope(org.pk):
            make_asset(org, source_ref="pin:UGluOjEyMw==")
        with merging(org):
            run = work(queue_pins(org, step), stop=lambda: True)
            # What comes before it is left out, and takes a slice of its own.
            run = work(run, stop=lambda: True)
        assert (run.state, changed_by(run, step)) == (RunState.QUEUED, 0)

        run = work(run)

        assert run.state == RunState.SUCCEEDED
        assert changed_by(run, step) > 0

    def test_kill_9_loses_what_was_not_written_and_that_is_asked_for_again(
        self, org: Organization, web: FakeWeb, start: Callable[[], Command]
    ) -> None:
        command = start()
        wait_until_written(org, 14)
        command.kill()

        status, _ = start().end(within_s=END_S)

        assert status == 0
        assert_as_if_undisturbed(org, web)
        run = run_of(org)
        with org_scope(org.pk):
            assert RunEvent.objects.filter(run=run, name="rescued").count() == 1
        assert max(web.asked.values()) <= 2


class TestASourceInTrouble:
    @pytest.fixture
    def session(self, web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> MemorySession:
        session = MemorySession(web)
        monkeypatch.setattr(asking, "session", lambda: session)
        return session

    def work_on(self, org: Organization) -> SyncRun:
        """Work the run until it ends, however often it waits."""
        run = run_of(org)
        for _ in range(6):
            if not run.is_open:
                break
            make_due(run.pk, org)
            run = work(run)
        return run

    def test_sessions_that_end_in_the_middle_are_made_anew(
        self, org: Organization, web: FakeWeb, session: MemorySession
    ) -> None:
        web.session_requests = 9
        with reachable(web):
            work(queue_pins(org, "enhance"))

        assert session.renewed >= 2
        assert_as_if_undisturbed(org, web)

    def test_a_storm_of_refusals_is_waited_out(
        self, org: Organization, web: FakeWeb, session: MemorySession
    ) -> None:
        queue_pins(org, "enhance")
        with reachable(web), storm_after(web, 12):
            run = work(run_of(org))

            assert (run.state, run.error_code) == (RunState.RETRY_WAIT, "session_refused")
            assert 0 < run.raw_count < COUNT
            with org_scope(org.pk):
                # Nobody was refused for good in it.
                assert not RunItem.objects.filter(run=run, reason="forbidden").exists()

            web.storms = False
            self.work_on(org)

        assert_as_if_undisturbed(org, web)

    def test_a_source_that_is_away_for_a_while_costs_no_pin(
        self, org: Organization, web: FakeWeb, session: MemorySession
    ) -> None:
        web.flaky.update(dict.fromkeys(PINS[::4], 1))
        with reachable(web):
            work(queue_pins(org, "enhance"))

        assert_as_if_undisturbed(org, web)

    @override_settings(PINTEREST_WEB_DEADLINE_S=0.5)
    def test_what_never_answers_is_told_of_and_keeps_no_other(
        self, org: Organization, web: FakeWeb, session: MemorySession
    ) -> None:
        web.hanging = {PINS[0], PINS[20]}
        with reachable(web):
            run = work(queue_pins(org, "enhance"))

        with org_scope(org.pk):
            silent = RunItem.objects.filter(run=run, reason="source_timeout")
            assert {item.source_ref for item in silent} == {f"pin:{PINS[0]}", f"pin:{PINS[20]}"}
        assert run.raw_count == COUNT
        web.hanging = set()

        with reachable(web):
            again = work(queue_pins(org, "enhance"))

        assert counts(again) | {"raw": 2, "updated": 2} == counts(again)


def storm_after(web: FakeWeb, count: int) -> "Storm":
    """Refuse everybody once so many were answered."""
    return Storm(web, count)


class Storm:
    """Begins in the middle."""

    def __init__(self, web: FakeWeb, count: int) -> None:
        self._web, self._count = web, count
        self._reply = web.reply

    def __enter__(self) -> None:
        def reply(*arguments: object) -> object:
            if self._web.asked.total() >= self._count:
                self._web.storms, self._count = True, 10**9
            return self._reply(*arguments)  # type: ignore[arg-type]  # as they came

        self._web.reply = reply  # type: ignore[method-assign,assignment]  # watched

    def __exit__(self, *_: object) -> None:
        self._web.reply = self._reply  # type: ignore[method-assign]  # as before
