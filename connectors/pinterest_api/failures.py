"""What a failed answer of Pinterest means.

==========  ====================  ==========================================================
HTTP        code of Pinterest     raised
==========  ====================  ==========================================================
400         1, 400                ``request_refused``: not tried again
401         2                     `ReconnectError`, once a fresh token was refused too
401, 403    3                     `RightsMissingError`
403         7, 29, 403            ``forbidden``: the board is passed over
404         30, 40, 50, 404       ``not_found``: gone at the source
409         409                   ``source_unavailable``: tried again
429         8                     ``rate_limited``: all who ask for the account wait
5xx         any, or HTML          ``source_unavailable``: tried again, later and later
others      any, or HTML          ``bad_response``
==========  ====================  ==========================================================
"""

from typing import Any, Final

from connectors.errors import ConnectorError, FetchError, ReconnectError, RightsMissingError
from connectors.guard import Answer
from connectors.readers.json_values import parse_value

OK: Final = 200
UNAUTHORIZED: Final = 401
TOO_MANY: Final = 429
SCOPE_MISSING: Final = 3
_FORBIDDEN: Final = 403
_SERVER_ERRORS: Final = range(500, 600)
_FAILURES: Final = {
    400: ("request_refused", "Pinterest does not accept what we ask of it."),
    _FORBIDDEN: ("forbidden", "Pinterest does not let us read it."),
    404: ("not_found", "It is gone at Pinterest."),
    409: ("source_unavailable", "Pinterest is changing it at the moment; we try again."),
    TOO_MANY: ("rate_limited", "Pinterest asks us to slow down; we go on when it lets us."),
}


def json_of(answer: Answer) -> dict[str, Any] | None:
    """Return the object that an answer holds; None where it is none, such as a page in HTML."""
    found = parse_value(answer.content)
    return found if isinstance(found, dict) else None


def code_of(answer: Answer) -> int | None:
    """Return Pinterest's own code of a failure."""
    code = (json_of(answer) or {}).get("code")
    return code if isinstance(code, int) else None


def is_token_refused(answer: Answer) -> bool:
    """Say whether another token may help."""
    return answer.status == UNAUTHORIZED and code_of(answer) != SCOPE_MISSING


def failure_of(answer: Answer, *, wait_s: float | None = None) -> ConnectorError:
    """Return the error of an answer that does not hold what was asked for.

    Args:
        wait_s: how long nobody asks for the account, after 429.
    """
    if answer.status in (UNAUTHORIZED, _FORBIDDEN) and code_of(answer) == SCOPE_MISSING:
        return RightsMissingError(
            "Pinterest says that the connection lacks a right. Reconnect, and grant all of them."
        )
    if answer.status == UNAUTHORIZED:
        return ReconnectError("Pinterest does not accept the connection any more. Reconnect it.")
    code, sentence = _FAILURES.get(
        answer.status, ("bad_response", "Pinterest answered something we cannot use.")
    )
    if answer.status in _SERVER_ERRORS:
        code, sentence = "source_unavailable", "Pinterest has trouble of its own; we try again."
        wait_s = answer.retry_after_s
    return FetchError(sentence, fetch_code=code, retry_after_s=wait_s, http_status=answer.status)
