"""An account at the stand-in, what the library has of it, and runs that sync it."""

import datetime as dt
from typing import Any, ClassVar

from django.utils import timezone

from connectors.credentials import Tokens
from connectors.pinterest_api.connector import Pinterest
from ingestion.engine.runs import start_run
from ingestion.models import Job, SyncRun
from ingestion.syncs.services import link_account
from media.models import Asset, BoardItem
from tenants.models import User
from tenants.scope import org_scope
from tests.ingestion.support import work
from tests.pinterest_api.access import refresh
from tests.pinterest_api.fake import FakePinterest

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class FakedPinterest(Pinterest):
    """The connector, with tokens that the stand-in exchanges."""

    name = "faked_pinterest"
    page_size: ClassVar[int] = 4
    fake: ClassVar[FakePinterest]

    def refresh(self, tokens: Tokens) -> Tokens:
        return as_tokens(refresh(self.fake, tokens.refresh_token))


def as_tokens(given: dict[str, Any]) -> Tokens:
    now = timezone.now()
    return Tokens(
        given["access_token"],
        given["refresh_token"],
        now + dt.timedelta(seconds=given["expires_in"]),
        now + 60 * DAY,
        tuple(given["scope"].split(",")),
    )


def sync(job: Job, **part: Any) -> SyncRun:
    """Sync now, and return the run that did."""
    with org_scope(job.org_id):
        run = start_run(job, **part)
        let_come_due(run)
    return work(run)


def let_come_due(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk).update(run_after=timezone.now() - HOUR)


def shown(job: Job) -> dict[tuple[str, str], str]:
    """Return the titles of what is on the boards, by board and pin."""
    with org_scope(job.org_id):
        places = BoardItem.objects.filter(is_member=True).select_related("asset", "board")
        return {(each.board.source_key, each.asset.source_ref): each.asset.title for each in places}


def there(fake: FakePinterest) -> dict[tuple[str, str], str]:
    """Return the same of the account."""
    return {
        (f"board:{board.board_id}", f"pin:{pin}"): str(
            fake.edits.get(pin, {}).get("title", f"Pin {pin}")
        )
        for board in fake.boards.values()
        for pin in board.pins
    }


def removed(job: Job) -> set[str]:
    with org_scope(job.org_id):
        found = Asset.objects.filter(is_removed_at_source=True)
        return set(found.values_list("source_ref", flat=True))


def link(fake: FakePinterest, job: Job, *, by: User, account_id: str = "9001") -> Job:
    """Link an account with what the stand-in grants today."""
    with org_scope(job.org_id):
        return link_account(
            FakedPinterest(),
            as_tokens(refresh(fake, next(iter(fake._refresh)))),
            account_id=account_id,
            account_name=f"user {account_id}",
            by=by,
        )
