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

from connectors.errors import FetchError
from ingestion.codes import CODES, INTERNAL, Code, FailureType, Origin
from ingestion.errors import SourceError
from tenants.errors import AppError
from tenants.known_secrets import hide_known

# Minutes for work that nobody watches, seconds for work that somebody does.
LADDER_S: Final = (300, 600, 1200, 2400, 3600)
WATCHED_LADDER_S: Final = (10, 30, 90, 270)
JITTER: Final = 0.15
SYSTEM_RETRIES: Final = 2
# Of waits that a source asked for without saying how long.
LONGEST_WAIT_S: Final = 3600
# However little a source asks for: a second, twice as long each further time in a row, at most
# this. One that says 0 to every request would else be asked without end.
LEAST_WAIT_S: Final = 60
_MOST_DOUBLINGS: Final = 20

# No part of it may be searched twice for one place: lines of any length and content are redacted.
_SECRET: Final = re.compile(
    r"""
    (?: (?P<name>
          # A scheme and what belongs to it, or the pair of a header's name and its value.
          (?P<header> authorization
            (?: \\*["']? \s* [:=] \s* | \\*["'] \s* , \s* (?= [bru]{0,2} \\*["'] ) )
          )
          # Secrets in whatever form; the names after them are words of sentences as well.
        | (?: token | secret | password | passwd | passphrase | pwd | key
            | cookie | session_?id ) \\*["']? \s* [:=] \s* (?: (?:bearer|basic) \s+ )?
        | (?: (?<![a-z])sig | signature | credentials? | keys | (?<![a-z])session )
          (?: \\*["'] \s* [:=] | \s* = ) \s*
        | bearer \s+
        )
        # In quotes, which are escaped in JSON within JSON, to their end; else of a header the rest
        # of the line, and of others to what ends a word.
        # A comma may be within it, unless the name of something else follows.
        (?: [bru]{0,2} (?P<quote> \\*["'] ) (?: (?!(?P=quote)) (?: \\+. | . ) )*
          | (?(header) [^\r\n]+
            | [^\s"',;&]+ (?: , (?! [\w.-]+ [=:] [^\s,;&=] ) [^\s"',;&]+ )* )
        )
        # More pairs of a cookie.
        (?: ; \s* [\w.-]+ = [^\s"',;&]+ )*
    )
    | \b(?: pina_ | pinr\. | EAA | mgp_ ) [\w.-]+
    # What a source hands over in an address, to be exchanged for tokens.
    | (?<=[?&]code=) [^\s&"'#]+
    # A JSON Web Token, encrypted or not.
    | (?: (?<![\w-]) | (?<=%[0-9a-f]{2}) ) eyJ [\w-]{5,} (?: \. [\w-]* ){2,4}
    # Name and password of an address, to its last @; what follows the colon may be a port.
    | (?<=://) [^/\s:\[]* : (?! \d{1,5} (?: [/?#"'\s,;)\]}>] | $ ) ) \S{0,1000} (?=@)
    # Of an address with no password what stands for it. What has no scheme is a mail address.
    | (?<=://) [^/\s:?#"',;<>\[\]]+ (?=@)
    """,
    re.IGNORECASE | re.VERBOSE,
)

_ROW_CONTENT = re.compile(r"(?ms)^[^\S\n]*(?:DETAIL|CONTEXT|QUERY|STATEMENT):.*")


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and what follows from it.

    Attributes:
        failure_type: who must act; see ``FailureType``.
        code: stable word that pages, tests and clients match on.
        user_message: one sentence that says what happened and what to do.
        internal_message: for operators, redacted.
        origin: where it went wrong.
        retry_after_s: seconds that the other side asked to wait, where it did.
    """

    failure_type: FailureType
    code: str
    user_message: str
    internal_message: str = ""
    origin: Origin = Origin.PLATFORM
    retry_after_s: float | None = None

    @property
    def needs_action(self) -> bool:
        """Return whether only the user can mend it."""
        return self.failure_type == FailureType.CONFIG

    def retry_delay_s(self, *, attempt: int, watched: bool) -> float | None:
        """Return the seconds until the next try, or None where another try is no use.

        Args:
            attempt: number of failures in a row, from 1.
            watched: a person is waiting, so the first tries come soon.
        """
        if self.failure_type not in (FailureType.TRANSIENT, FailureType.SYSTEM):
            return None
        if self.failure_type == FailureType.SYSTEM and attempt > SYSTEM_RETRIES:
            return None
        if self.code == "deadline_exceeded":
            # No time is left for another.
            return None
        ladder = (*WATCHED_LADDER_S, *LADDER_S) if watched else LADDER_S
        base = ladder[min(attempt, len(ladder)) - 1]
        wait = base * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # spreading, not secrecy
        return max(wait, self.retry_after_s or 0)

    def wait_s(self, *, number: int) -> float:
        """Return the seconds that a source wants to be left alone.

        Args:
            number: of the wait in a row, from 1.
        """
        times = 2.0 ** min(number - 1, _MOST_DOUBLINGS)
        if self.retry_after_s is not None:
            return max(self.retry_after_s, min(times, LEAST_WAIT_S))
        return min(LADDER_S[0] * times, LONGEST_WAIT_S)


def classify(error: BaseException, origin: Origin | None = None) -> Failure:
    """Return what ``error`` means for the run that it ended.

    Args:
        origin: where it went wrong, where the caller knows better than the class of the error
            tells: what a source's own network code raises is the source's, not our storage's.
    """
    if isinstance(error, SourceError) and error.__cause__ is not None:
        return classify(error.__cause__, error.origin)
    internal = redact("".join(traceback.format_exception_only(error)))[:2000]
    code = _code_of(error, origin)
    said = error.message if isinstance(error, AppError) else ""
    return Failure(
        code.failure_type,
        code.name,
        said or code.sentence,
        internal,
        origin or code.origin,
        error.retry_after_s if isinstance(error, FetchError) else None,
    )


def _code_of(error: BaseException, origin: Origin | None) -> Code:
    if isinstance(error, FetchError):
        return CODES.get(error.fetch_code, INTERNAL)
    if isinstance(error, AppError):
        # Refused for a reason of its own: trying again would meet it again.
        return CODES.get(error.code) or Code(error.code, FailureType.DATA, Origin.PLATFORM, "", "")
    if isinstance(error, (OperationalError, InterfaceError)):
        return INTERNAL if _is_about_data(error) else CODES["db_unavailable"]
    if isinstance(error, OSError):
        return CODES[_code_of_transport(error, origin)]
    return INTERNAL


def _code_of_transport(error: OSError, origin: Origin | None) -> str:
    if origin != Origin.SOURCE:
        return "storage_unavailable"
    return "source_timeout" if isinstance(error, TimeoutError) else "network"


def _is_about_data(error: BaseException) -> bool:
    """Return whether Postgres met one of its limits (class 54): trying again would meet it too."""
    state: str = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith("54")


def redact(text: str) -> str:
    """Return ``text`` without anything that looks like a secret, or like a row's content.

    Postgres puts values into what follows DETAIL and CONTEXT. Secrets that this process has in hand
    go whatever they look like.
    """
    text = _ROW_CONTENT.sub("", hide_known(text))
    return _SECRET.sub(lambda found: f"{found['name'] or ''}{found['quote'] or ''}***", text)
