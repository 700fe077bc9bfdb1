"""Lines of their own for clusters: a run is claimed by the workers of its cluster only.

Rooms are counted by cluster as well: what waits for one engine keeps nobody from the others. That
one job has one worker, and one connection one writer, holds across all of them.
"""

from importlib import import_module

from django.db import migrations, models

from tenants.rls import EngineFunction

walls = import_module("ingestion.migrations.0009_control_plane_walls")
waits = import_module("ingestion.migrations.0011_waiting_is_not_work")
lines = import_module("ingestion.migrations.0016_fair_lines")

# Without a line all are looked at: a person's command works the run that it was given.
IN_LINE = "coalesce(p_line, {run}.cluster) = {run}.cluster"


def by_line(body: str) -> str:
    """Return ``body`` such that it looks at runs of the line ``p_line`` alone."""
    count, own_count = "count(*) AS runs, array_agg(w.job_id)", IN_LINE.format(run="w")
    waiting = "r.state IN ('queued', 'retry_wait') AND r.run_after <= now()"
    assert count in body and waiting in body  # noqa: S101, PT018  # of a migration that is frozen
    return body.replace(
        count, f"count(*) FILTER (WHERE {own_count}) AS runs, array_agg(w.job_id)"
    ).replace(waiting, f"{waiting} AND {IN_LINE.format(run='r')}")


CLAIM = by_line(lines.CLAIM)
IS_AWAITED = by_line(lines.IS_AWAITED)
DUE_COUNT = by_line(lines.DUE_COUNT)

CLAIM_BEFORE = waits.claim(lines.CLAIM)
AWAITED_BEFORE = lines.awaited("p_org uuid, p_lane integer, p_cluster text", lines.IS_AWAITED)
DUE_COUNT_BEFORE = lines.due_count(lines.DUE_COUNT)


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0020_single_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="cluster",
            field=models.CharField(db_default="work", default="work", max_length=16),
        ),
        waits.dropped(CLAIM_BEFORE),
        waits.dropped(AWAITED_BEFORE),
        waits.dropped(DUE_COUNT_BEFORE),
        EngineFunction(
            "engine_claim(p_owner text, p_lease_s integer, p_max_lane integer, p_run uuid,"
            " p_cluster text, p_bulk_cap integer, p_line text)",
            returns=walls.ROWS,
            body=CLAIM,
            language="plpgsql",
        ),
        lines.awaited("p_org uuid, p_lane integer, p_cluster text, p_line text", IS_AWAITED),
        EngineFunction("engine_due_count(p_line text)", returns="bigint", body=DUE_COUNT),
    ]
