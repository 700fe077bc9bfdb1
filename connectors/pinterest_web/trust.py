"""Whether a refusal means the session or the pin: one refusal alone does not tell."""

import enum
import math
from dataclasses import dataclass, field
from typing import Final

from connectors.pinterest_web.details import SessionHeaders, Wanted

# So many pins that the session is refused for, with none between that it is good for, end it.
DOUBTS: Final = 3
# So many that another session is refused for as well, with none that it is good for: a storm.
STORM: Final = 5


class Verdict(enum.Enum):
    """What is done with a pin after a refusal."""

    AGAIN = enum.auto()  # there is another session already
    LATER = enum.auto()  # first others are asked for, whose answers tell
    RENEW = enum.auto()  # another session, and again
    NOT_LET = enum.auto()  # the session is good, so it is the pin
    PERHAPS_NOT_LET = enum.auto()  # two sessions were refused; it is the pin if others come
    STORM = enum.auto()  # nobody is let in


@dataclass(slots=True)
class Pin:
    """A pin on its way through a stream.

    Attributes:
        tries: that came to nothing while the source was well.
        version: of the session that was refused last for it, and ``refused_at`` when; "" for none.
        is_twice: two sessions were.
    """

    wanted: Wanted
    tries: int = 0
    version: str = ""
    refused_at: float = 0.0
    is_twice: bool = False


@dataclass(slots=True)
class Trust:
    """What is known of the session that a stream asks with.

    Attributes:
        session: the present one.
    """

    session: SessionHeaders
    _good_at: float = -math.inf
    _doubts: set[str] = field(default_factory=set)
    _is_second: bool = False
    _refused: int = 0

    def replace(self, session: SessionHeaders) -> None:
        """Go on with another session, of which nothing is known yet."""
        if session.version == self.session.version:
            return
        self.session, self._good_at = session, -math.inf
        self._doubts.clear()
        self._is_second, self._refused = True, 0

    def note_good(self, version: str, sent_at: float) -> None:
        """Take note that a request that was sent then was let in."""
        if version == self.session.version:
            self._good_at = max(self._good_at, sent_at)
            self._doubts.clear()
            self._refused = 0

    def is_ripe(self, pin: Pin) -> bool:
        """Say whether another refusal of a pin that was put back would tell more."""
        return pin.version != self.session.version or self._good_at > pin.refused_at

    def judge(self, pin: Pin, version: str, *, now: float, is_last: bool) -> Verdict:
        """Return what a refusal means.

        Args:
            version: of the session that was refused.
            now: by the clock of ``sent_at``.
            is_last: there is no other pin to ask for.
        """
        if version != self.session.version:
            pin.is_twice |= pin.version not in ("", version)
            pin.version, pin.refused_at = version, now
            return Verdict.AGAIN
        if pin.version == version and self._good_at > pin.refused_at:
            return Verdict.NOT_LET
        pin.is_twice |= pin.version not in ("", version)
        pin.version, pin.refused_at = version, now
        if self._is_second and self._good_at == -math.inf:
            self._refused += 1
            if self._refused >= STORM:
                return Verdict.STORM
            return Verdict.PERHAPS_NOT_LET if pin.is_twice or is_last else Verdict.LATER
        self._doubts.add(pin.wanted.pin_id)
        return Verdict.RENEW if is_last or len(self._doubts) >= DOUBTS else Verdict.LATER
