"""Sets down which assets an operation has still to work, batch by batch, behind the request."""

from typing import Any

from media.models import Operation
from media.operations.log import parameters
from media.signals import operation_queued
from media.sql import fetch_row

# Assets; a batch holds locks, and a cancellation waits for it.
BATCH_SIZE = 1_000

_FREEZE = """
WITH chosen AS (
  SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s::integer AS number
    FROM ({selected}) selected),
made AS (
  INSERT INTO media_operationbatch (id, org_id, operation_id, number, asset_ids)
  SELECT gen_random_uuid(), %(org)s, %(operation)s, number, array_agg(id ORDER BY id)
    FROM chosen GROUP BY number
  RETURNING cardinality(asset_ids) AS size)
SELECT coalesce(sum(size), 0) FROM made
"""


def freeze(operation: Operation, selected: str, params: dict[str, Any]) -> int:
    """Write batches of the assets that the query ``selected`` gives; return how many assets."""
    values = {**params, **parameters(operation), "size": BATCH_SIZE}
    (count,) = fetch_row(_FREEZE.replace("{selected}", selected), values)
    operation_queued.send(sender=Operation, operation=operation)
    return int(count)
