"""Every failure of a run in two words: who must act, and what it was.

``classify`` is the one place that maps exceptions; what it does not know is an
``internal_error``. Sentences are for the user; the internal message is for operators and
is redacted before it is stored.
"""

import dataclasses
import random
import re
import traceback
from typing import Final

from django.db import InterfaceError, OperationalError

from connectors.errors import FetchError, FileRefusedError
from tenants.errors import AppError

CONFIG: Final = "config_error"
TRANSIENT: Final = "transient_error"
DATA: Final = "data_error"
SYSTEM: Final = "system_error"

# Minutes for work that nobody watches, seconds for work that somebody does.
LADDER_S: Final = (300, 600, 1200, 2400, 3600)
WATCHED_LADDER_S: Final = (10, 30, 90, 270)
JITTER: Final = 0.15
SYSTEM_RETRIES: Final = 2

_SECRET = re.compile(
    r"(?i)(bearer\s+|(?:token|secret|password|passwd|key|authorization|cookie)[\"']?\s*[:=]\s*[\"']?"
    r"(?:bearer\s+|basic\s+)?)"
    r"[^\s\"',;&]+|\b(?:pina_|pinr\.|EAA|mgp_)[\w.-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)

_ROW_CONTENT = re.compile(r"(?ms)^\s*(?:DETAIL|CONTEXT|QUERY|STATEMENT):.*")


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and what follows from it.

    Attributes:
        failure_type: who must act: ``config_error`` the user, ``transient_error`` time,
            ``data_error`` the record's source, ``system_error`` the operator.
        code: stable word that pages, tests and clients match on.
        user_message: one sentence that says what happened and what to do.
        internal_message: for operators, redacted.
        retry_after_s: seconds that the other side asked to wait, where it did.
    """

    failure_type: str
    code: str
    user_message: str
    internal_message: str = ""
    retry_after_s: float | None = None

    @property
    def needs_action(self) -> bool:
        """Return whether only the user can mend it."""
        return self.failure_type == CONFIG

    def retry_delay_s(self, *, attempt: int, watched: bool) -> float | None:
        """Return the seconds until the next try, or None where another try is no use.

        Args:
            attempt: number of failures in a row, from 1.
            watched: a person is waiting, so the first tries come soon.
        """
        if self.failure_type in (CONFIG, DATA):
            return None
        if self.failure_type == SYSTEM and attempt > SYSTEM_RETRIES:
            return None
        ladder = (*WATCHED_LADDER_S, *LADDER_S) if watched else LADDER_S
        base = ladder[min(attempt, len(ladder)) - 1]
        wait = base * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # spreading, not secrecy
        return max(wait, self.retry_after_s or 0)


def classify(error: BaseException) -> Failure:
    """Return what ``error`` means for the run that it ended."""
    internal = redact("".join(traceback.format_exception_only(error)))[:2000]
    if isinstance(error, FileRefusedError):
        return Failure(CONFIG, error.code, error.message, internal)
    if isinstance(error, FetchError):
        kind = DATA if error.fetch_code in ("not_found", "forbidden") else TRANSIENT
        return Failure(kind, error.fetch_code, error.message, internal, error.retry_after_s)
    if isinstance(error, (OperationalError, InterfaceError)) and not _is_about_data(error):
        return Failure(
            TRANSIENT,
            "db_unavailable",
            "Our database was away for a moment; we try again.",
            internal,
        )
    if isinstance(error, AppError):
        return Failure(DATA, error.code, error.message, internal)
    if isinstance(error, OSError):
        return Failure(
            TRANSIENT,
            "storage_unavailable",
            "Our file storage was away for a moment; we try again.",
            internal,
        )
    return Failure(
        SYSTEM,
        "internal_error",
        "Something went wrong on our side. We have been told; nothing you saved is lost.",
        internal,
    )


def _is_about_data(error: BaseException) -> bool:
    """Return whether Postgres met one of its limits (class 54): trying again would meet it too."""
    state: str = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith("54")


def redact(text: str) -> str:
    """Return ``text`` without anything that looks like a secret, or like a row's content.

    Postgres puts values into what follows DETAIL and CONTEXT.
    """
    text = _ROW_CONTENT.sub("", text)
    return _SECRET.sub(lambda match: f"{match.group(1) or ''}***", text)
