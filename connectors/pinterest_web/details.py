"""What is asked of a pin, and what came of it: values that know neither table nor network."""

import uuid
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from connectors.items import SavedItem

# Codes of `Missed`, each in `ingestion.codes` too; besides them those of `connectors.errors`.
GONE: Final = "not_found"
NOT_LET: Final = "forbidden"
OTHER_PIN: Final = "other_pin"
UNREADABLE: Final = "record_unreadable"
# The source did not answer, or had trouble of its own: of a pin that says nothing.
AWAY: Final = frozenset({"network", "source_timeout", "source_unavailable"})
# Of a `FetchError` that ends the stream: the source refuses whatever session it is asked with.
SESSION_REFUSED: Final = "session_refused"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pin whose details are asked for.

    Attributes:
        key: the caller's own, such as the key of the asset; nothing here looks at it.
        pin_id: digits.
    """

    key: uuid.UUID
    pin_id: str

    @property
    def ref(self) -> str:
        """The reference that the pin has among saved things."""
        return f"pin:{self.pin_id}"


@dataclass(frozen=True, slots=True)
class Found:
    """The full record of a pin.

    Attributes:
        item: of this very pin: ``item.ref == wanted.ref``, always.
    """

    wanted: Wanted
    item: SavedItem


@dataclass(frozen=True, slots=True)
class Missed:
    """A pin whose details could not be had, for a reason that is its own.

    Attributes:
        code: ``not_found`` (gone at the source), ``forbidden``, ``other_pin`` (the source told of
            another pin; nothing of it was taken), ``record_unreadable``, ``payload_too_large``;
            and, once a few tries came to nothing, ``network``, ``source_timeout``,
            ``source_unavailable`` or ``bad_response``, which another run may mend.
        message: one sentence for people.
        tries: how often it was asked for.
    """

    wanted: Wanted
    code: str
    message: str
    tries: int = 1

    @property
    def is_gone(self) -> bool:
        """Whether the source says that there is no such pin."""
        return self.code == GONE


Detail: TypeAlias = Found | Missed


@dataclass(frozen=True, slots=True)
class SessionHeaders:
    """What a browser was given to ask with, which all workers share until it is refused.

    Attributes:
        version: tells this session from the one before; names it where the values must not.
        cookies: the ``Cookie`` header. A secret.
        csrf_token: of the cookies. A secret.
        user_agent: of the browser; the cookies are for no other.
        app_version: of the page's program, where it tells one.
        expires_at: seconds since 1970; not to be used from then on.
    """

    version: str
    cookies: str
    csrf_token: str
    user_agent: str
    expires_at: float
    app_version: str = ""

    def __repr__(self) -> str:
        return f"SessionHeaders(version={self.version!r}, expires_at={self.expires_at!r})"


class SessionSource(Protocol):
    """Where fetchers get what they share with those of other workers.

    `connectors.pinterest_web.session.SharedSession` keeps it in the database; fetchers never look
    there themselves.
    """

    async def headers(self) -> SessionHeaders:
        """Return a session that is good for now; made where there is none.

        Raises:
            FetchError, RenderError, BrowserMissingError: none can be had.
            RobotsRefusedError: the operator heeds the site's rules, and they keep programs away.
        """

    async def renew(self, refused: SessionHeaders) -> SessionHeaders:
        """Return another session than the one that was refused.

        Whoever asks first makes it, in one process of all; the others wait for theirs.

        Raises:
            As `headers`.
        """

    async def spend(self) -> int:
        """Take some requests out of what all workers share; return how many, at least 1.

        Raises:
            FetchError: ``rate_limited``, with the seconds until there is one.
        """

    async def rest(self, wait_s: float | None) -> float:
        """Let nobody ask until then; return the seconds.

        Args:
            wait_s: as the source asked; None where it named no time.
        """
