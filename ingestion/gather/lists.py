"""Which jobs over single pictures are on the list, and how all their pictures stand."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from ingestion.gather.queries import COUNTED, LISTED, outcomes_of
from ingestion.gather.status import Counts
from ingestion.models import Job, SyncRun
from ingestion.models.job import JobKind
from ingestion.models.run import OPEN_STATES


def listed(kinds: Sequence[JobKind] = LISTED) -> QuerySet[Job]:
    """Return what is on the list, newest first; what ended long ago has left it."""
    before = timezone.now() - dt.timedelta(days=settings.UPLOAD_LIST_DAYS)
    is_open = Exists(SyncRun.objects.filter(job=OuterRef("pk"), state__in=OPEN_STATES))
    jobs = Job.objects.filter(kind__in=kinds, hidden_at=None)
    jobs = jobs.filter(Q(archived_at__gte=before) | Q(created_at__gte=before) | Q(is_open))
    return jobs.select_related("created_by").order_by("-created_at", "-pk")


def open_jobs(most: int, kinds: Sequence[JobKind] = LISTED) -> list[uuid.UUID]:
    """Return the jobs on the list that go on by themselves; those whose turn comes first."""
    runs = SyncRun.objects.open().filter(kind__in=kinds, job__hidden_at=None)
    keys = runs.order_by("created_at", "pk").values_list("job_id", flat=True)[:most]
    return list(dict.fromkeys(keys))


def listed_counts(kinds: Sequence[JobKind] = LISTED) -> Counts:
    """Return how the pictures of all jobs on the list stand, each by its last run.

    Where a job was brought in one run, which has ended, that run has counted them.
    """
    runs = SyncRun.objects.filter(is_dry_run=False, job__in=listed(kinds).order_by().values("pk"))
    several = Q(runs__gt=1) | Q(still_open__gt=0)
    by_job = runs.values("job_id").annotate(
        runs=Count("pk"), still_open=Count("pk", filter=Q(state__in=OPEN_STATES))
    )
    by_ledger = list(by_job.filter(several).values_list("job_id", flat=True))
    counted = runs.exclude(job_id__in=by_ledger)
    sums = counted.aggregate(**{each.value: Sum(F(f"{each.value}_count")) for each in COUNTED})
    outcomes = Counter({outcome: int(count or 0) for outcome, count in sums.items()})
    for found in outcomes_of(by_ledger).values():
        outcomes.update(found)
    return Counts.of(outcomes)
