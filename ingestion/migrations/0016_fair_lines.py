"""Claims that stay quick over long lines, and leave bulk work its share of a cluster.

What keeps runs from their turn is looked up once per organization, not once per run: thousands
that wait behind one writer cost milliseconds. Of several workers one prefers bulk work.
"""

from importlib import import_module

from django.db import migrations, models

from tenants.rls import EngineFunction

walls = import_module("ingestion.migrations.0009_control_plane_walls")
waits = import_module("ingestion.migrations.0011_waiting_is_not_work")

READ_TOKENS = "GRANT SELECT ON SEQUENCE ingestion_lease_token TO magpie_engine;"
READ_NO_TOKENS = "REVOKE SELECT ON SEQUENCE ingestion_lease_token FROM magpie_engine;"

# Of each organization: how many of its runs are at work, at which jobs, writing to what.
BUSY = """
  busy AS MATERIALIZED (
    SELECT w.org_id, count(*) AS runs, array_agg(w.job_id) AS jobs,
           array_agg(w.connection_id) FILTER (
             WHERE w.connection_id IS NOT NULL AND NOT w.is_dry_run) AS written
      FROM ingestion_syncrun w WHERE w.state = 'running' GROUP BY w.org_id)
"""
HAS_ROOM = "coalesce(b.runs, 0) < s.max_running"
# Whether the waiting run ``r`` of the organization ``s`` may be claimed: nobody works its job or
# writes its connection, nobody paused the job, and the source did not ask us to wait.
MAY_BEGIN = """
    r.org_id = s.org_id AND r.state IN ('queued', 'retry_wait') AND r.run_after <= now()
    AND r.job_id <> ALL (coalesce(b.jobs, '{}'))
    AND (r.connection_id IS NULL OR r.is_dry_run
         OR r.connection_id <> ALL (coalesce(b.written, '{}') || ARRAY(
              SELECT c.id FROM connectors_connection c
               WHERE c.org_id = s.org_id AND c.blocked_until > now())))
    AND (SELECT j.state FROM ingestion_job j WHERE j.id = r.job_id) IS DISTINCT FROM 'paused'
"""
# How many workers of the cluster are at work, and at bulk work; a person's command belongs to no
# cluster, and looks at all.
AT_WORK = """
    SELECT count(*), count(*) FILTER (WHERE w.lane > 0){into}
      FROM ingestion_syncrun w
     WHERE w.state = 'running' AND starts_with(w.lease_owner, p_cluster)
"""

# Start-time fair queueing: who was away starts where the line stands, which is the latest
# start that was served, so that nobody saves up turns. One claim at a time: the lock is a
# statement of its own, so that the next one sees what the claim before has committed; without
# it claims trip over the unique indexes.
CLAIM = f"""
DECLARE
  chosen record;
  highest integer := p_max_lane;
  first_lane integer := 0;
  others bigint;
  bulk bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ingestion.claim'));
  {AT_WORK.format(into=" INTO others, bulk")};
  IF p_bulk_cap IS NOT NULL AND p_bulk_cap <= bulk THEN
    -- Bulk work leaves the cluster a worker for what people wait for.
    highest := least(highest, 0);
  ELSIF bulk = 0 AND (others > 0 OR p_cluster <> '' AND
          (SELECT t.last_value % 4 = 0 FROM ingestion_lease_token t)) THEN
    -- And the other way round, or it would never end while people keep asking; a worker that is
    -- alone gives it one turn of four.
    first_lane := 1;
  END IF;
  FOR lowest IN REVERSE first_lane..0 LOOP
    WITH {BUSY}
    SELECT due.id AS run, s.org_id AS org INTO chosen
      FROM ingestion_orgschedule s
      LEFT JOIN busy b ON b.org_id = s.org_id
      CROSS JOIN LATERAL (
        SELECT r.id, r.lane
          FROM ingestion_syncrun r
         WHERE r.lane BETWEEN lowest AND highest
           AND (p_run IS NULL OR r.id = p_run) AND {MAY_BEGIN}
         ORDER BY r.lane, r.run_after, r.id
         LIMIT 1) due
     WHERE {HAS_ROOM}
     ORDER BY due.lane, s.vtime, s.org_id
     LIMIT 1;
    EXIT WHEN chosen.run IS NOT NULL;
  END LOOP;
  IF chosen.run IS NULL THEN
    RETURN;
  END IF;
  UPDATE ingestion_orgschedule s
     SET vtime = greatest(s.vtime, (
           SELECT max(o.vtime - 1 / o.weight) FROM ingestion_orgschedule o
         )) + 1 / s.weight
   WHERE s.org_id = chosen.org;
  RETURN QUERY
    UPDATE ingestion_syncrun r
       SET state = 'running', attempt = r.attempt + 1, slices = r.slices + 1,
           lease_token = nextval('ingestion_lease_token'), lease_owner = p_owner,
           lease_expires_at = now() + make_interval(secs => p_lease_s),
           claimed_at = now(), progress_at = now(), started_at = coalesce(r.started_at, now()),
           deadline_at = {waits.DEADLINE}
     WHERE r.id = chosen.run AND r.state IN ('queued', 'retry_wait')
    RETURNING r.id, r.org_id, r.lease_token;
END
"""

# Whether a worker that is at a run of ``p_org`` in ``p_lane`` had better let others have a turn:
# whether a claim would choose another's run, or one that goes first, once it had yielded.
IS_AWAITED = f"""
  WITH {BUSY}, at_work (runs, bulk) AS ({AT_WORK.format(into="")}),
  wanted AS (
    SELECT w.runs > 1 AND w.bulk = least(p_lane, 1) AS is_bulk FROM at_work w)
  SELECT EXISTS (
    SELECT 1
      FROM ingestion_orgschedule s
      CROSS JOIN wanted
      LEFT JOIN busy b ON b.org_id = s.org_id
      CROSS JOIN LATERAL (
        SELECT r.id
          FROM ingestion_syncrun r
         WHERE r.lane BETWEEN 0 AND CASE WHEN wanted.is_bulk THEN 1 ELSE p_lane END
           AND CASE WHEN r.lane = p_lane THEN r.org_id <> p_org
                    ELSE wanted.is_bulk = (r.lane > p_lane) END
           AND {MAY_BEGIN}
         ORDER BY r.lane, r.run_after, r.id
         LIMIT 1) due
     WHERE s.org_id = p_org OR {HAS_ROOM})
"""
DUE_COUNT = f"""
  WITH {BUSY}
  SELECT coalesce(sum(due.runs), 0)::bigint
    FROM ingestion_orgschedule s
    LEFT JOIN busy b ON b.org_id = s.org_id
    CROSS JOIN LATERAL (SELECT count(*) AS runs FROM ingestion_syncrun r WHERE {MAY_BEGIN}) due
"""


def awaited(arguments: str, body: str) -> EngineFunction:
    return EngineFunction(f"engine_is_awaited({arguments})", returns="boolean", body=body)


def due_count(body: str) -> EngineFunction:
    return EngineFunction("engine_due_count()", returns="bigint", body=body)


AWAITED_BEFORE = awaited("p_org uuid, p_lane integer", walls.IS_AWAITED)


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0015_steps_and_slices"),
    ]

    operations = [
        migrations.RunSQL(READ_TOKENS, READ_NO_TOKENS),
        waits.dropped(waits.claim(waits.CLAIM)),
        waits.dropped(AWAITED_BEFORE),
        waits.dropped(due_count(walls.DUE_COUNT)),
        waits.claim(CLAIM),
        awaited("p_org uuid, p_lane integer, p_cluster text", IS_AWAITED),
        due_count(DUE_COUNT),
        # Of one job several may wait that go over different things.
        migrations.RemoveConstraint("syncrun", "ingestion_run_one_waiting"),
        migrations.AddConstraint(
            model_name="syncrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("started_at", None), ("state__in", ["queued", "retry_wait"])),
                fields=(
                    "org",
                    "job",
                    "is_dry_run",
                    "mode",
                    "window_from",
                    "window_to",
                    "of_run_id",
                ),
                name="ingestion_run_one_waiting",
                nulls_distinct=False,
            ),
        ),
    ]
