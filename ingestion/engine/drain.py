"""What a poke does: recover, claim, work a slice, and again while anything is due."""

import logging
import os
import time

from django.db import DatabaseError, InterfaceError, OperationalError, connections

from ingestion.engine import claims, runs
from ingestion.engine.claims import Claim
from ingestion.engine.kinds import SLICE_S, Slice, StopSignal, kind_of
from ingestion.engine.lease import heartbeat
from ingestion.errors import LeaseLostError, RunCancelledError
from ingestion.models import SyncRun
from ingestion.taxonomy import classify
from tenants.collecting import seldom_collected
from tenants.errors import AppError
from tenants.log_context import log_also, log_context
from tenants.queue import own_cluster, poke
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

# Below the queue's time-out, with room for the longest batch: it may begin when this is over.
BUDGET_S = 50.0
# How long a slice works at least, and between two looks then whether others wait.
LEAST_WORK_S = 2.0
LOOK_EVERY_S = 1.0


def drain() -> None:
    """Work what is due in our cluster until the budget is spent; the only task of the queue."""
    claims.sweep()
    ends_at = time.monotonic() + BUDGET_S
    while (left_s := ends_at - time.monotonic()) > 1 and not is_draining():
        held = claims.claim()
        if held is None:
            return
        if claims.due_count():
            # Pokes are merged into one: an idle worker would not hear of what is left.
            poke(own_cluster())
        run_slice(held, seconds=min(left_s, SLICE_S), is_awaited=Others(held))
    if claims.due_count():
        poke(own_cluster())


def run_slice(
    held: Claim,
    *,
    seconds: float = SLICE_S,
    should_stop: StopSignal | None = None,
    is_awaited: StopSignal | None = None,
) -> None:
    """Work one slice of a claimed run, whatever happens in it.

    Args:
        should_stop: ends the slice at the next batch; a worker's drain flag by default.
        is_awaited: asked between batches, and meanwhile by the heartbeat; ends the slice too.
    """
    stop = should_stop or is_draining
    about = log_context(run_id=held.run_id, org_id=held.org_id)
    with about, seldom_collected(), heartbeat(held, is_awaited or _nobody_waits) as watch:
        turn = Slice(held, should_stop=stop, is_awaited=is_awaited, seconds=seconds, watch=watch)
        try:
            with org_scope(held.org_id):
                kind = SyncRun.objects.values_list("kind", flat=True).get(pk=held.run_id)
            log_also(job_kind=kind)
            kind_of(kind).work(turn)
        except LeaseLostError:
            logger.info("Run %s has another holder; leaving it.", held.run_id)
        except RunCancelledError:
            _settle(held, None)
        except AppError as error:
            logger.warning("Run %s ended: %s.", held.run_id, error.code)
            _settle(held, error)
        except Exception as error:
            logger.exception("Run %s failed.", held.run_id)
            _settle(held, error)


class Others:
    """Tells a worker that others wait, so that it yields after its batch.

    A large organization's work keeps a small one waiting for the rest of its batch; one that has
    only begun goes on for a while, as beginning again costs something too.
    """

    def __init__(self, held: Claim) -> None:
        self._org_id = held.org_id
        with org_scope(held.org_id):
            self._lane = SyncRun.objects.values_list("lane", flat=True).get(pk=held.run_id)
        self._look_at = time.monotonic() + LEAST_WORK_S
        self._answer = False

    def __call__(self) -> bool:
        """Return whether somebody waits, by the last look."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_EVERY_S
            self._answer = claims.is_awaited(self._org_id, self._lane)
        return self._answer


def is_draining() -> bool:
    """Return whether the supervisor asked us to yield at the next batch."""
    flag = os.environ.get("MAGPIE_DRAIN_FILE")
    return flag is not None and os.path.exists(flag)  # noqa: PTH110  # hot path; no Path needed


def _nobody_waits() -> bool:
    return False


def _settle(held: Claim, error: Exception | None) -> None:
    """Write how the slice ended; if even that fails, the lease runs out and the sweep does."""
    try:
        if isinstance(error, (OperationalError, InterfaceError)):
            connections["default"].close()
        with org_scope(held.org_id):
            if error is None:
                runs.cancel_run(held)
            else:
                runs.fail_run(held, classify(error))
    except LeaseLostError:
        logger.info("Run %s has another holder; leaving it.", held.run_id)
    except (DatabaseError, InterfaceError):
        logger.warning("Could not settle run %s; its lease will run out.", held.run_id)
        connections["default"].close()
