"""Sites that want to be left alone: a run goes back in line, and lets others of its line by."""

import datetime as dt
from typing import Final

from django.utils import timezone

from connectors.errors import FetchError
from ingestion.engine.claims import Claim, fence
from ingestion.engine.events import record_event
from ingestion.engine.runs import yield_run
from ingestion.errors import SiteBusyError
from ingestion.gather import line
from ingestion.gather.storing import LONGEST_WAIT_S
from ingestion.models import RunEvent, SyncRun
from tenants.scope import org_scope

# However little a site asks for, and where it does not say how long: doubled with each wait.
FIRST_WAIT_S: Final = 30.0


def asks_to_wait(error: FetchError) -> bool:
    """Return whether a site wants to be left alone for now.

    It is no failure, and no wait of the engine's either: that would hold up all sites, which share
    one connection.
    """
    return error.fetch_code == "rate_limited" or error.retry_after_s is not None


def wait_for_site(held: Claim, error: FetchError) -> None:
    """Leave the line to others for as long as the site wants to be left alone.

    Raises:
        SiteBusyError: all waits together, that would be longer than anybody waits.
    """
    with org_scope(held.org_id):
        run = fence(held)
        if _is_our_turn_only(error):
            wait_s, said = error.retry_after_s or FIRST_WAIT_S, {}
            _check(0.0, wait_s)
        else:
            before = _waits(run)
            wait_s = max(error.retry_after_s or 0.0, FIRST_WAIT_S * 2 ** len(before))
            said = {"asked_s": wait_s}
            _check(sum(before), wait_s)
        until = timezone.now() + dt.timedelta(seconds=wait_s)
        yield_run(held, until=until)
        record_event(run.org_id, run.pk, "site_waits", until=until.isoformat(), **said)
        line.let_next_go(run)


def _is_our_turn_only(error: FetchError) -> bool:
    """Return whether no site answered so: another page of it is being read, at the site's pace."""
    return error.http_status is None


def _waits(run: SyncRun) -> list[float]:
    """Return how long the run was asked to wait so far, each time."""
    asked = RunEvent.objects.filter(run=run, name="site_waits", detail__has_key="asked_s")
    return [float(seconds) for seconds in asked.values_list("detail__asked_s", flat=True)]


def _check(before_s: float, wait_s: float) -> None:
    if before_s + wait_s <= LONGEST_WAIT_S:
        return
    if wait_s > LONGEST_WAIT_S:
        minutes = round(wait_s / 60)
        raise SiteBusyError(f"The site asks us to come back in {minutes} minutes. Try again then.")
    minutes = round(before_s / 60)
    message = f"The site asked us to wait again and again, for {minutes} minutes. Try again later."
    raise SiteBusyError(message)
