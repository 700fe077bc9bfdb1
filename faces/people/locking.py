"""One change of an organization's people at a time, by people or by the machine."""

from media.sql import run
from tenants.scope import current_org_id


def lock_people() -> None:
    """Wait for whoever changes people of the organization in scope; held until the commit.

    The machine reads what people decided before it writes what it thinks: a decision must not
    come in between.
    """
    key = {"key": f"faces:people:{current_org_id()}"}
    run("SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))", key)
