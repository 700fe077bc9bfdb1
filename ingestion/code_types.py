"""What a code of failure says: who must act, where it went wrong, and what mends it."""

import dataclasses
import enum


class FailureType(enum.StrEnum):
    """Who must act, and so whether another try is of use."""

    CONFIG = "config_error"
    RATE_LIMITED = "rate_limited"
    TRANSIENT = "transient_error"
    DATA = "data_error"
    SYSTEM = "system_error"
    CONTROL = "control"


class Origin(enum.StrEnum):
    """Where it went wrong."""

    SOURCE = "source"
    PLATFORM = "platform"
    STORAGE = "storage"
    USER = "user"


class Remedy(enum.StrEnum):
    """The one thing that mends it; pages make a button of it."""

    NONE = ""
    WAIT = "wait"
    RETRY = "retry"
    UPLOAD = "upload"
    EDIT = "edit"
    RECONNECT = "reconnect"


@dataclasses.dataclass(frozen=True, slots=True)
class Code:
    """One kind of failure.

    Attributes:
        sentence: what people read where the error brings no sentence of its own.
        meaning: for operators and for who writes a client.
    """

    name: str
    failure_type: FailureType
    origin: Origin
    sentence: str
    meaning: str
    remedy: Remedy = Remedy.NONE
