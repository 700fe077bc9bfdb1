"""The one schedule that django-q2 keeps; everything else is decided by the tick."""

from django.conf import settings
from django.db import connections, transaction
from django_q.models import Schedule

from tenants.queue.pokes import CONTROL

TICK = "tick"


def ensure_tick() -> None:
    """Make sure that the tick runs every minute, once, whatever was there before.

    A row whose arguments cannot be parsed would stop every schedule, so it has none.
    """
    wanted = {
        "name": TICK,
        "func": settings.QUEUE_ENTRY_POINTS[CONTROL],
        "cluster": CONTROL,
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
        "repeats": -1,
        "args": None,
        "kwargs": None,
    }
    database: str = settings.Q_CLUSTER.get("orm", "default")
    schedules = Schedule.objects.using(database)
    with transaction.atomic(using=database):
        # The table has no unique name, and every host's supervisor comes here at start.
        with connections[database].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tenants.queue.schedule'))")
        known = schedules.filter(name=TICK)
        if known.count() != 1 or known.filter(**wanted).count() != 1:
            known.delete()
            schedules.create(**wanted)
