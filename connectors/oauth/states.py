"""What ties an answer that comes back from a source to the person who went there.

A state is random, good for one use and ten minutes, and known to the session that began it alone,
together with who began it, for which organization, and with which verifier. What a state came to is
known as long: whoever comes back once more is told, and nothing is done again.
"""

import dataclasses
import hashlib
import secrets
import uuid
from collections.abc import MutableMapping
from typing import Any, Final

from django.core.cache import cache

from connectors.errors import LinkRefusedError

LIVES_S: Final = 10 * 60
# Of one session at a time: who begins in many tabs ends the first.
MOST: Final = 5
_KEY: Final = "oauth_ways"
_CAME_KEY: Final = "oauth_came_to"
_STATE_BYTES: Final = 32
_MAX_CHARS: Final = 200
_NOT_OURS: Final = (
    "This answer belongs to nothing that was begun here, or was used before. Nothing was linked: "
    "begin again from Connections, in this browser."
)
_TAKEN: Final = (
    "This answer was taken in already. Look at Connections whether the account is linked; if it is "
    "not, begin again."
)
_TOO_LATE: Final = "That took longer than ten minutes. Nothing was linked: begin again."

Session = MutableMapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """One way to a source and back.

    Attributes:
        connection_id: of the account that is to be linked anew; None for a new one.
        redirect_uri: where the source leads back to, as it was told on the way there.
        verifier: of PKCE; empty where the source offers none.
        began_at: in seconds of Unix time.
    """

    connector: str
    org_id: uuid.UUID
    user_id: uuid.UUID
    connection_id: uuid.UUID | None
    redirect_uri: str
    verifier: str = dataclasses.field(repr=False)
    began_at: float

    def packed(self) -> dict[str, Any]:
        """Return it as a session holds it."""
        return {
            **dataclasses.asdict(self),
            "org_id": str(self.org_id),
            "user_id": str(self.user_id),
            "connection_id": str(self.connection_id) if self.connection_id else None,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Came:
    """What a state came to: an account that was linked."""

    org_id: uuid.UUID
    connection_id: uuid.UUID


def remember(session: Session, way: Way) -> str:
    """Keep a way in the session, and return the state that leads back to it."""
    state = secrets.token_urlsafe(_STATE_BYTES)
    ways = {key: each for key, each in _ways(session).items() if _lives(each, way.began_at)}
    newest = sorted(ways.items(), key=lambda each: each[1]["began_at"])[-(MOST - 1) :]
    session[_KEY] = {**dict(newest), _digest(state): way.packed()}
    return state


def take(session: Session, state: str, *, connector: str, user_id: uuid.UUID, now: float) -> Way:
    """Return the way that a state leads back to, once.

    Args:
        now: in seconds of Unix time.

    Raises:
        LinkRefusedError: it is unknown to this session, used, too old, or of another person or
            connector.
    """
    digest = _digest(state[:_MAX_CHARS])
    ways = _ways(session)
    packed = ways.pop(digest, None)
    if packed is None:
        raise LinkRefusedError(_NOT_OURS)
    # Two requests that read the same session at once: the cache lets one of them through. The
    # other leaves the session as the first will have it.
    if not cache.add(f"oauth-state:{digest}", 1, timeout=2 * LIVES_S):
        raise LinkRefusedError(_TAKEN)
    session[_KEY] = ways
    if packed["connector"] != connector or packed["user_id"] != str(user_id):
        raise LinkRefusedError(_NOT_OURS)
    if not _lives(packed, now):
        raise LinkRefusedError(_TOO_LATE)
    connection_id = packed["connection_id"]
    return Way(
        connector=packed["connector"],
        org_id=uuid.UUID(packed["org_id"]),
        user_id=uuid.UUID(packed["user_id"]),
        connection_id=uuid.UUID(connection_id) if connection_id else None,
        redirect_uri=packed["redirect_uri"],
        verifier=packed["verifier"],
        began_at=packed["began_at"],
    )


def note_linked(
    session: Session, state: str, way: Way, *, connection_id: uuid.UUID, now: float
) -> None:
    """Note for a while which account a state came to."""
    came = {key: each for key, each in _came(session).items() if now - each["at"] < LIVES_S}
    newest = sorted(came.items(), key=lambda each: each[1]["at"])[-(MOST - 1) :]
    outcome = {
        "at": now,
        "connector": way.connector,
        "user_id": str(way.user_id),
        "org_id": str(way.org_id),
        "connection_id": str(connection_id),
    }
    session[_CAME_KEY] = {**dict(newest), _digest(state[:_MAX_CHARS]): outcome}


def linked_by(
    session: Session, state: str, *, connector: str, user_id: uuid.UUID, now: float
) -> Came | None:
    """Return what a state came to a moment ago; None where it linked nothing of this person."""
    came = _came(session).get(_digest(state[:_MAX_CHARS]))
    if came is None or now - came["at"] >= LIVES_S:
        return None
    if (came["connector"], came["user_id"]) != (connector, str(user_id)):
        return None
    return Came(uuid.UUID(came["org_id"]), uuid.UUID(came["connection_id"]))


def _came(session: Session) -> dict[str, dict[str, Any]]:
    return dict(session.get(_CAME_KEY, {}))


def _ways(session: Session) -> dict[str, dict[str, Any]]:
    return dict(session.get(_KEY, {}))


def _lives(packed: dict[str, Any], now: float) -> bool:
    return now - float(packed["began_at"]) < LIVES_S


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
