"""Whether an account may be linked, the way to its source, and what becomes of the answer."""

import dataclasses
import logging
import uuid
from typing import Final

from django.core.cache import cache

from connectors.base import Connector, connectors
from connectors.errors import FetchError, LinkRefusedError
from connectors.models import Connection
from connectors.oauth.answering import Granted, finish, refuse_denial
from connectors.oauth.applications import is_set_up
from connectors.oauth.asking import begin
from connectors.oauth.states import Session, Way
from connectors.policy import gate_of
from ingestion.models import Job
from ingestion.syncs.services import link_account
from tenants.errors import AppError, LimitExceededError
from tenants.models import User
from tenants.scope import org_scope

logger = logging.getLogger(__name__)

# Of one person: whoever needs more is no person.
MOST_BEGUN: Final = 10
WINDOW_S: Final = 10 * 60


@dataclasses.dataclass(frozen=True, slots=True)
class Linked:
    """An account that was linked.

    Attributes:
        lacking: what it means that a needed right is missing; empty where all are there.
        without: what it means that others are missing.
    """

    job: Job
    account_name: str
    lacking: tuple[str, ...]
    without: tuple[str, ...]


def oauth_connectors() -> list[Connector]:
    """Return the connectors whose accounts are linked by signing in at their source."""
    return [connector for connector in connectors() if connector.oauth() is not None]


def oauth_connector(name: str) -> Connector | None:
    """Return one of those by its name; None where there is none."""
    return next((each for each in oauth_connectors() if each.name == name), None)


def may_connect(connector: Connector) -> str:
    """Return why no account can be linked for now, as a sentence; empty where one can."""
    gate = gate_of(connector.name)
    if not gate.is_open:
        return gate.why
    if not is_set_up(connector.name):
        return (
            f"{connector.title} is not set up on this installation yet: no application is entered."
        )
    return ""


def go_there(
    connector: Connector,
    session: Session,
    *,
    org_id: uuid.UUID,
    by: User,
    instead_of: Connection | None = None,
) -> str:
    """Return the address at the source to lead a person to.

    Raises:
        LinkRefusedError: no account can be linked for now.
        LimitExceededError: the person began too often.
        ApplicationMissingError: the operator has entered no application.
    """
    if why := may_connect(connector):
        raise LinkRefusedError(why)
    _count_begun(by)
    logger.info("A way to %s was begun for organization %s.", connector.name, org_id)
    return begin(
        connector,
        session,
        org_id=org_id,
        user_id=by.pk,
        connection_id=instead_of.pk if instead_of else None,
    )


def come_back(connector: Connector, way: Way, *, code: str, error: str, by: User) -> Linked:
    """Link the account that a person came back with; opens the organization's scope itself.

    Raises:
        AppError: why nothing was linked, as a sentence.
    """
    try:
        refuse_denial(connector, error)
        if why := may_connect(connector):
            raise LinkRefusedError(why)
        granted = finish(connector, way, code=code)
        with org_scope(way.org_id):
            return _link(connector, way, granted, by)
    except AppError as refusal:
        detail = refusal.fetch_code if isinstance(refusal, FetchError) else refusal.code
        logger.info("Nothing was linked by %s: %s.", connector.name, detail)
        raise


def _link(connector: Connector, way: Way, granted: Granted, by: User) -> Linked:
    instead_of = None
    if way.connection_id is not None:
        instead_of = Connection.objects.filter(pk=way.connection_id).first()
        if instead_of is None:
            raise LinkRefusedError("This connection is gone meanwhile. Nothing was linked.")
    job = link_account(
        connector,
        granted.tokens,
        account_id=granted.account.account_id,
        account_name=granted.account.name,
        by=by,
        instead_of=instead_of,
    )
    means = {scope.name: scope.means for scope in connector.scopes}
    return Linked(
        job,
        granted.account.name or granted.account.account_id,
        lacking=tuple(means[name] for name in granted.lacking),
        without=tuple(means[name] for name in granted.without),
    )


def _count_begun(by: User) -> None:
    """Count a way of a person.

    Raises:
        LimitExceededError: there were too many within ten minutes.
    """
    key = f"oauth-begun:{by.pk}"
    if cache.add(key, 1, timeout=WINDOW_S):
        return
    try:
        count = cache.incr(key)
    except ValueError:
        # It ended just now.
        count = 1
    if count > MOST_BEGUN:
        raise LimitExceededError(
            "You began to connect an account too often. Wait ten minutes, then go on."
        )
