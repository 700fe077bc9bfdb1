"""Whether code may count on data being fresh. A gate says so; it never keeps anybody out."""

import dataclasses
import datetime as dt

from django.utils import timezone

from connectors.models import Connection
from ingestion.freshness.datasets import DATASETS
from ingestion.freshness.reads import statuses
from ingestion.freshness.states import Freshness
from ingestion.freshness.words import sentence_of, spell, subject_of
from ingestion.models import DatasetStatus


@dataclasses.dataclass(frozen=True, slots=True)
class Gate:
    """Whether all that was asked for is fresh.

    Attributes:
        sentence: says of the worst how old it is; empty where all is fresh.
        status: the worst; None where all is fresh, or nothing of it has ever come.
    """

    is_fresh: bool
    sentence: str = ""
    status: DatasetStatus | None = None


def require_fresh(
    *names: str,
    connection: Connection | None = None,
    max_age: dt.timedelta | None = None,
    now: dt.datetime | None = None,
) -> Gate:
    """Return whether the datasets are fresh, for the organization in scope; one query.

    Whatever it finds, it raises nothing: reading goes on, with a warning.

    Args:
        names: of datasets.
        connection: whose; of all connections without one.
        max_age: how old the data may be at most, where its own schedule is not strict enough.
    """
    now = now or timezone.now()
    found = statuses(*names, connection=connection, now=now)
    missing = [name for name in names if name not in {status.name for status in found}]
    for status in found:
        if status.state != Freshness.FRESH:
            return Gate(False, sentence_of(status, now), status)
    if missing:
        return Gate(False, f"{_label(missing[0])}: nothing has come yet.")
    for status in found:
        if max_age is not None and status.as_of is not None and now - status.as_of > max_age:
            age, most = spell(now - status.as_of), spell(max_age)
            return Gate(False, f"{subject_of(status)}: {age} old, {most} at most.", status)
    return Gate(True)


def _label(name: str) -> str:
    return DATASETS[name].label if name in DATASETS else name
