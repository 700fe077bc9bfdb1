"""How many faces were found in pictures that were brought, where that may be looked for at all."""

import uuid
from collections.abc import Sequence
from typing import Final

from media.sql import fetch_rows
from tenants.scope import current_org_id

# Of a picture that was analysed each face counts, as in the library's filter, whoever it is and
# whether or not its vector is kept; what people said is none does not, nor who withdrew.
_FACES: Final = """
  JOIN media_assetmedia m ON m.org_id = %(org)s AND m.asset_id = used.asset_id
  JOIN media_stagestate s
    ON s.org_id = %(org)s AND s.blob_id = m.blob_id AND s.stage = 'faces' AND s.status = 'done'
  LEFT JOIN faces_face f
    ON f.org_id = %(org)s AND f.blob_id = m.blob_id
   AND f.state NOT IN ('not_a_face', 'suppressed')
"""
_BY_ASSET: Final = f"""
SELECT used.asset_id, count(DISTINCT f.id)
  FROM unnest(%(keys)s::uuid[]) AS used (asset_id) {_FACES}
 GROUP BY 1
"""  # of constants
_BY_JOB: Final = f"""
SELECT used.job_id, count(DISTINCT f.id)
  FROM (SELECT DISTINCT r.job_id, i.asset_id
          FROM ingestion_syncrun r
          JOIN ingestion_runitem i ON i.org_id = r.org_id AND i.run_id = r.id
         WHERE r.org_id = %(org)s AND r.job_id = ANY(%(keys)s) AND NOT r.is_dry_run
           AND i.asset_id IS NOT NULL) used {_FACES}
 GROUP BY 1
"""  # of constants


def faces_by_asset(assets: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many faces each of ``assets`` shows; of one that was not analysed nothing."""
    return _counted(_BY_ASSET, assets)


def faces_by_job(jobs: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many faces the pictures of each job show; of one without any analysed nothing."""
    return _counted(_BY_JOB, jobs)


def _counted(statement: str, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    if not keys:
        return {}
    return dict(fetch_rows(statement, {"org": current_org_id(), "keys": list(keys)}))
