"""A source of details that is away, or wants to be left alone."""

import datetime as dt

import pytest
from django.utils import timezone

from connectors.errors import FetchError
from ingestion.models.run import RunState
from ingestion.models.step import StepState
from tenants.models import Organization
from tenants.scope import org_scope
from tests.ingestion.pins.making import enhance_pins, lines, queue_pins
from tests.ingestion.pins.web import Web
from tests.ingestion.support import counts, make_due, work
from tests.media.making import make_asset

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheSource:
    def test_a_source_that_wants_rest_is_left_alone_and_gone_on_with(
        self, org: Organization, web: Web
    ) -> None:
        for number in range(1, 6):
            make_asset(org, source_ref=f"pin:{number}")
        slow_down = FetchError("Slow down.", fetch_code="rate_limited", retry_after_s=90)
        web.error = (3, slow_down)

        run = enhance_pins(org)

        assert (run.state, run.error_code, run.attempt) == (RunState.QUEUED, "rate_limited", 0)
        assert timezone.now() + dt.timedelta(seconds=80) < run.run_after
        assert counts(run) | {"raw": 3, "updated": 3} == counts(run)

        make_due(run.pk, org)
        run = work(run)

        with org_scope(org.pk):
            step = run.steps.get(name="enhance")
        assert (run.state, step.state) == (RunState.SUCCEEDED, StepState.SUCCEEDED)
        assert (step.changed_count, (step.cursor or {})["done"]) == (5, 5)
        assert len(web.asked) == 5

    @pytest.mark.parametrize("code", ["network", "source_timeout", "source_unavailable"])
    def test_a_source_that_is_away_is_blamed_for_few_pins_too(
        self, org: Organization, web: Web, code: str
    ) -> None:
        for number in (1, 2):
            make_asset(org, source_ref=f"pin:{number}")
        web.answers = dict.fromkeys(["1", "2"], code)

        run = enhance_pins(org)

        assert (run.state, run.error_code) == (RunState.RETRY_WAIT, code)
        assert (counts(run)["raw"], lines(run)) == (0, {})

        web.answers = {"2": code}
        make_due(run.pk, org)
        run = work(run)

        # Others come, so that it is the pin.
        assert run.state == RunState.WARNINGS
        assert lines(run) == {"pin:1": ("updated", ""), "pin:2": ("failed", code)}

    def test_what_a_run_brought_before_tells_that_the_source_is_there(
        self, org: Organization, web: Web
    ) -> None:
        make_asset(org, source_ref="pin:1")
        make_asset(org, source_ref="pin:2")
        web.answers = {"2": "source_timeout"}
        web.error = (1, FetchError("Away.", fetch_code="network"))
        run = enhance_pins(org)
        assert (run.state, sorted(lines(run))) == (RunState.RETRY_WAIT, ["pin:1"])

        make_due(run.pk, org)
        run = work(run)

        assert lines(run)["pin:2"] == ("failed", "source_timeout")

    def test_a_pin_that_never_comes_does_not_end_run_after_run(
        self, org: Organization, web: Web
    ) -> None:
        make_asset(org, source_ref="pin:1")
        web.answers = {"1": "source_unavailable"}
        run = queue_pins(org, "enhance")

        tries = 0
        while (run := work(run)).state == RunState.RETRY_WAIT:
            make_due(run.pk, org)
            tries += 1

        assert (run.state, tries) == (RunState.WARNINGS, run.max_attempts - 1)
        assert lines(run) == {"pin:1": ("failed", "source_unavailable")}
