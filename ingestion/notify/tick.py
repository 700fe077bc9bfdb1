"""Makes notifications of the flips of datasets; called by the tick."""

import datetime as dt
import itertools
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from ingestion.freshness.datasets import DATASETS
from ingestion.freshness.rows import KEEPS_FAILING
from ingestion.freshness.states import Freshness
from ingestion.models import DatasetFlip, DatasetStatus, Notification
from ingestion.notify import texts
from ingestion.notify.audience import Listener, listeners
from ingestion.notify.rules import Change, News, is_mailed, news_of, severity
from tenants.models import Organization
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

# Of a tick, which has a minute; the others have their turn at the next.
ORGS_PER_TICK = 2_000
A_DAY = dt.timedelta(days=1)

# What a person was told last of a dataset.
Last = Mapping[tuple[uuid.UUID, uuid.UUID], Notification]


def tell() -> int:
    """Make the notifications of what nobody was told of yet; return how many.

    Flips of a dataset are taken together, so that what was undone meanwhile is told to nobody.
    Ticks that come here at the same time tell each flip once.
    """
    told = 0
    for org_id in _untold_orgs():
        try:
            with org_scope(org_id):
                told += _tell(org_id)
        except DatabaseError:
            # One organization's trouble must not keep the others from hearing of theirs.
            logger.exception("Organization %s could not be told of its data.", org_id)
    return told


def _untold_orgs() -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT org_id FROM engine_untold_orgs(%s)", [ORGS_PER_TICK])
        return [org_id for (org_id,) in cursor.fetchall()]


def _tell(org_id: uuid.UUID) -> int:
    """Tell the organization in scope; the number of statements is that of no flip or member."""
    flips = _lock_untold()
    if not flips:
        return 0
    now = timezone.now()
    org = Organization.objects.get(pk=org_id)
    told_today = _told_within(A_DAY, flips, now)
    audience, last = listeners(), _last_told(flips)
    made: list[Notification] = []
    settled: list[uuid.UUID] = []
    replaced: list[uuid.UUID] = []
    mended: list[uuid.UUID] = []
    for _, group in itertools.groupby(flips, key=lambda flip: flip.dataset_id):
        of_one = list(group)
        newest = of_one[-1]
        news = news_of(_change(of_one, told_today[newest.dataset_id], now))
        if news == News.LATER:
            continue
        settled += [flip.pk for flip in of_one]
        if news == News.TROUBLE:
            made += _troubles(org, newest, audience, now, keeps_failing=_keeps_failing(of_one))
            replaced += _outdone(newest.dataset_id, last, now)
        elif news == News.RECOVERY:
            made += _recoveries(org, newest, audience, last, now)
            mended.append(newest.dataset_id)
    Notification.objects.filter(pk__in=replaced).delete()
    _call_off_mails(mended)
    Notification.objects.bulk_create(made, ignore_conflicts=True)
    DatasetFlip.objects.filter(pk__in=settled, notified_at=None).update(notified_at=now)
    return len(made)


def _lock_untold() -> list[DatasetFlip]:
    """Return the flips that are untold, by dataset and age; another tick waits for our end."""
    untold = DatasetFlip.objects.filter(notified_at=None)
    untold = untold.select_related("dataset__connection", "dataset__job")
    locked = untold.select_for_update(of=("self",), no_key=True)
    return list(locked.order_by("dataset_id", "at", "pk"))


def _change(flips: list[DatasetFlip], told_today: int, now: dt.datetime) -> Change:
    status: DatasetStatus = flips[-1].dataset
    dataset = DATASETS.get(status.name)
    is_muted = status.muted_until is not None and status.muted_until > now
    return Change(
        old=Freshness(flips[0].old_state),
        new=Freshness(flips[-1].new_state),
        keeps_failing=_keeps_failing(flips),
        paused_itself=status.job is not None and status.job.paused_by_id is None,
        is_muted=is_muted,
        is_hidden=dataset is not None and not dataset.is_shown,
        told_today=told_today,
    )


def _keeps_failing(flips: list[DatasetFlip]) -> bool:
    """Return whether the job was found to fail for long, and still does.

    Not of what needs people: that is worse, and has words of its own.
    """
    job, needs_people = flips[-1].dataset.job, flips[-1].new_state == Freshness.ACTION
    is_found = any(flip.reason == KEEPS_FAILING for flip in flips)
    return is_found and not needs_people and job is not None and job.warned_at is not None


def _told_within(
    age: dt.timedelta, flips: Iterable[DatasetFlip], now: dt.datetime
) -> Mapping[uuid.UUID, int]:
    """Return how bad the worst is that was told lately, by dataset."""
    told = Notification.objects.filter(
        is_recovery=False,
        created_at__gt=now - age,
        flip__dataset__in={flip.dataset_id for flip in flips},
    )
    worst: defaultdict[uuid.UUID, int] = defaultdict(int)
    for dataset_id, state in told.values_list("flip__dataset", "flip__new_state").distinct():
        worst[dataset_id] = max(worst[dataset_id], severity(state))
    return worst


def _last_told(flips: Iterable[DatasetFlip]) -> Last:
    told = (
        Notification.objects.filter(flip__dataset__in={flip.dataset_id for flip in flips})
        .select_related("flip")
        .order_by("user_id", "flip__dataset_id", "-created_at", "-pk")
        .distinct("user_id", "flip__dataset_id")
    )
    return {(each.user_id, each.flip.dataset_id): each for each in told}


def _troubles(
    org: Organization,
    flip: DatasetFlip,
    audience: Iterable[Listener],
    now: dt.datetime,
    *,
    keeps_failing: bool,
) -> list[Notification]:
    message = (
        texts.warning(org, flip.dataset)
        if keeps_failing
        else texts.trouble(org, flip.dataset, flip.new_state)
    )
    with_mail = keeps_failing or is_mailed(flip.new_state)
    return [
        _notification(flip, listener, message, now, with_mail=with_mail and listener.by_email)
        for listener in audience
        if listener.in_app or with_mail
    ]


def _outdone(dataset_id: uuid.UUID, last: Last, now: dt.datetime) -> list[uuid.UUID]:
    """Return what was told today of a lesser trouble that goes on: the worse one replaces it."""
    return [
        each.pk
        for (_, of_dataset), each in last.items()
        if of_dataset == dataset_id and not each.is_recovery and each.created_at > now - A_DAY
    ]


def _recoveries(
    org: Organization,
    flip: DatasetFlip,
    audience: Iterable[Listener],
    last: Last,
    now: dt.datetime,
) -> list[Notification]:
    """Return what those read who were told of the trouble; by mail, who were mailed of it."""
    message = texts.recovery(org, flip.dataset)
    made = []
    for listener in audience:
        trouble = last.get((listener.user_id, flip.dataset_id))
        if trouble is None or trouble.is_recovery:
            continue
        with_mail = listener.by_email and trouble.was_mailed
        if listener.in_app or with_mail:
            made.append(_notification(flip, listener, message, now, with_mail=with_mail))
    return made


def _notification(
    flip: DatasetFlip,
    listener: Listener,
    message: texts.Message,
    now: dt.datetime,
    *,
    with_mail: bool,
) -> Notification:
    return Notification(
        org_id=flip.org_id,
        user_id=listener.user_id,
        flip=flip,
        title=message.title,
        body=message.body,
        path=message.path,
        is_recovery=flip.new_state == Freshness.FRESH and flip.reason != KEEPS_FAILING,
        created_at=now,
        # The page lists it all the same; the bell stays quiet.
        read_at=None if listener.in_app else now,
        mailed_at=None if with_mail else now,
    )


def _call_off_mails(dataset_ids: list[uuid.UUID]) -> None:
    """Keep the digest from telling of a trouble that is over."""
    unsent = Notification.objects.filter(mailed_at=None, flip__dataset__in=dataset_ids)
    unsent.update(mailed_at=F("created_at"))
