"""The codes of failures: who must act, where it went wrong, what people read, what they can do.

The table of ``docs/operations/failures.md`` is written from here by ``manage.py failure_codes``.
"""

from typing import Final

from ingestion.account_codes import ACCOUNT_CODES
from ingestion.code_types import Code, FailureType, Origin, Remedy
from ingestion.pin_codes import PIN_CODES

__all__ = ["CODES", "INTERNAL", "Code", "FailureType", "Origin", "Remedy", "ended", "remedy_of"]

_T, _O, _R = FailureType, Origin, Remedy
_TABLE: Final = (
    Code(
        "network",
        _T.TRANSIENT,
        _O.SOURCE,
        "The site could not be reached; we try again.",
        "No connection: name, route, TLS or a broken answer.",
        _R.RETRY,
    ),
    Code(
        "source_timeout",
        _T.TRANSIENT,
        _O.SOURCE,
        "The site did not answer in time; we try again.",
        "The deadline of a request or of a picture passed.",
        _R.RETRY,
    ),
    Code(
        "source_unavailable",
        _T.TRANSIENT,
        _O.SOURCE,
        "The site has trouble of its own; we try again.",
        "An answer of 5xx.",
        _R.RETRY,
    ),
    Code(
        "bad_response",
        _T.TRANSIENT,
        _O.SOURCE,
        "The site answered something we cannot use; we try again.",
        "An answer of another kind than asked for, such as HTML where JSON or a picture should be.",
        _R.RETRY,
    ),
    Code(
        "rate_limited",
        _T.RATE_LIMITED,
        _O.SOURCE,
        "The source asks us to slow down; we go on when it lets us.",
        "An answer of 429. Costs no attempt; the connection, or what is to be fetched from the "
        "site, waits until the time that was named, or for 5, 10, 20, 40, 60 minutes. However "
        "little is named, each wait in a row without progress is longer, up to a minute.",
        _R.WAIT,
    ),
    Code(
        "not_found",
        _T.DATA,
        _O.SOURCE,
        "It is gone at the source.",
        "An answer of 404 or 410.",
    ),
    Code(
        "forbidden",
        _T.DATA,
        _O.SOURCE,
        "The source does not let us have it.",
        "An answer of 401, 403 or 451.",
    ),
    Code(
        "request_refused",
        _T.DATA,
        _O.SOURCE,
        "The source does not accept what we ask of it.",
        "An answer of 400 of an API: a parameter of ours, or a change at the source.",
        _R.RETRY,
    ),
    Code(
        "auth_revoked",
        _T.CONFIG,
        _O.SOURCE,
        "The source does not accept the connection any more. Reconnect the account.",
        "An answer of 401 with a fresh token, or no token could be had: revoked or run out.",
        _R.RECONNECT,
    ),
    Code(
        "permission_denied",
        _T.CONFIG,
        _O.SOURCE,
        "The connection lacks a right that is needed. Reconnect the account and grant it.",
        "A scope is missing: the person granted fewer, or a newer version asks for more.",
        _R.RECONNECT,
    ),
    Code(
        "payload_too_large",
        _T.DATA,
        _O.SOURCE,
        "It is larger than we take.",
        "A body above the limit; see FETCH_MAX_BYTES.",
    ),
    Code(
        "unsafe_url",
        _T.DATA,
        _O.SOURCE,
        "The address leads where we must not go.",
        "The guard refuses private, local and odd addresses.",
    ),
    Code(
        "render_failed",
        _T.TRANSIENT,
        _O.SOURCE,
        "The page could not be opened in a browser; we try again.",
        "It crashed its tab, took more memory than RENDER_MAX_MEMORY_BYTES, or Chromium did not "
        "start: outside of root it needs user namespaces for its sandbox.",
        _R.RETRY,
    ),
    Code(
        "render_timeout",
        _T.TRANSIENT,
        _O.SOURCE,
        "The page did not come to rest in time; we try again.",
        "The browser was killed after RENDER_DEADLINE_S.",
        _R.RETRY,
    ),
    Code(
        "render_stopped",
        _T.TRANSIENT,
        _O.PLATFORM,
        "Opening the page was broken off; we try again.",
        "The worker was to end, or the run was cancelled.",
        _R.RETRY,
    ),
    Code(
        "browser_missing",
        _T.CONFIG,
        _O.PLATFORM,
        "Pages that need a browser cannot be opened here: there is no Chromium. Install it, for "
        "example with 'apt-get install chromium-headless-shell'.",
        "Neither RENDER_CHROMIUM, nor a Chromium of the system or of Playwright was found.",
        _R.EDIT,
    ),
    Code(
        "page_unreadable",
        _T.DATA,
        _O.SOURCE,
        "There is no page at this address in which we could find pictures.",
        "Neither HTML, nor a feed, a sitemap or a picture; or packed and broken.",
    ),
    Code(
        "robots_refused",
        _T.DATA,
        _O.SOURCE,
        "The site asks programs to leave this page alone.",
        "Its robots.txt refuses the address to FETCH_USER_AGENT, or to all.",
    ),
    Code(
        "robots_unavailable",
        _T.TRANSIENT,
        _O.SOURCE,
        "The site does not say at the moment what programs may read; we try again.",
        "Its robots.txt cannot be had: 5xx, no answer in time, no connection.",
        _R.RETRY,
    ),
    Code(
        "upload_unsupported",
        _T.CONFIG,
        _O.USER,
        "We cannot read this kind of file.",
        "No reader knows the content.",
        _R.UPLOAD,
    ),
    Code(
        "upload_corrupt",
        _T.CONFIG,
        _O.USER,
        "The file is damaged.",
        "It breaks off, or breaks the rules of its format.",
        _R.UPLOAD,
    ),
    Code(
        "archive_refused",
        _T.CONFIG,
        _O.USER,
        "The archive could do harm.",
        "A bomb, encryption, overlapping members.",
        _R.UPLOAD,
    ),
    Code(
        "upload_refused",
        _T.CONFIG,
        _O.USER,
        "The file cannot be imported as it is.",
        "Empty, too large, or not what it says.",
        _R.UPLOAD,
    ),
    Code(
        "upload_unreadable",
        _T.CONFIG,
        _O.USER,
        "We may not read the file.",
        "The server has no right to read a dropped file, or its disk cannot.",
        _R.EDIT,
    ),
    Code(
        "drop_folder_missing",
        _T.CONFIG,
        _O.USER,
        "The watched folder is not there.",
        "It was removed or renamed, is not mounted, or leads out of the organization's own space.",
        _R.EDIT,
    ),
    Code(
        "drop_folder_crowded",
        _T.CONFIG,
        _O.USER,
        "The watched folder holds more files than we look through.",
        "More than 5,000 files, 2,000 folders, or folders more than 8 deep.",
        _R.EDIT,
    ),
    Code(
        "no_pictures",
        _T.DATA,
        _O.SOURCE,
        "The page shows no picture that we could take.",
        "Nothing in the page, nor after its scripts ran; icons and trackers do not count.",
        _R.RETRY,
    ),
    Code(
        "all_failed",
        _T.DATA,
        _O.SOURCE,
        "None of the pictures came.",
        "Each picture of the run failed; its records say why.",
        _R.RETRY,
    ),
    Code(
        "site_busy",
        _T.DATA,
        _O.SOURCE,
        "The site asks us to come back much later.",
        "Answers of 429, or of 503 with Retry-After, that want more than ten minutes in all.",
        _R.RETRY,
    ),
    Code(
        "db_unavailable",
        _T.TRANSIENT,
        _O.PLATFORM,
        "Our database was away for a moment; we try again.",
        "The connection to Postgres broke or could not be made.",
        _R.RETRY,
    ),
    Code(
        "storage_unavailable",
        _T.TRANSIENT,
        _O.STORAGE,
        "Our file storage was away for a moment; we try again.",
        "Reading from or writing to the storage failed.",
        _R.RETRY,
    ),
    Code(
        "internal_error",
        _T.SYSTEM,
        _O.PLATFORM,
        "Something went wrong on our side. We have been told; nothing you saved is lost.",
        "An exception that nothing else explains: read the log of the run.",
        _R.RETRY,
    ),
    Code(
        "faces_engine_unknown",
        _T.SYSTEM,
        _O.PLATFORM,
        "Faces cannot be looked for at the moment. We have been told.",
        "FACES_ENGINE names no engine: see the settings.",
    ),
    Code(
        "faces_weights_missing",
        _T.SYSTEM,
        _O.PLATFORM,
        "Faces cannot be looked for at the moment. We have been told.",
        "The engine's weights are not there. Fetch them once: manage.py fetch_face_weights.",
    ),
    Code(
        "faces_weights_changed",
        _T.SYSTEM,
        _O.PLATFORM,
        "Faces cannot be looked for at the moment. We have been told.",
        "A file of weights has another hash than it should. Fetch or install it again.",
    ),
    Code(
        "faces_weights_licence",
        _T.SYSTEM,
        _O.PLATFORM,
        "Faces cannot be looked for at the moment. We have been told.",
        "The weights may not be used commercially, and FACES_ACCEPT_NONCOMMERCIAL is not set.",
    ),
    Code(
        "faces_engine_failed",
        _T.SYSTEM,
        _O.PLATFORM,
        "Faces cannot be looked for at the moment. We have been told.",
        "The processes of the engine do not start: look for memory.",
    ),
    Code(
        "worker_lost",
        _T.SYSTEM,
        _O.PLATFORM,
        "The work on this broke off; another worker goes on with it.",
        "A lease ran out. Three in a row end the run as dead: look for memory and crashes.",
        _R.RETRY,
    ),
    Code(
        "stalled_no_progress",
        _T.SYSTEM,
        _O.PLATFORM,
        "The work on this stood still; another worker goes on with it.",
        "A worker lives, and has written nothing for longer than its kind may take.",
        _R.RETRY,
    ),
    Code(
        "deadline_exceeded",
        _T.SYSTEM,
        _O.PLATFORM,
        "This took longer than it may. What was done is kept; you can start it again.",
        "From its first claim on a run has the deadline of its kind.",
        _R.RETRY,
    ),
    Code(
        "cancelled_by_user",
        _T.CONTROL,
        _O.USER,
        "Cancelled. What was read is kept.",
        "Somebody asked for the end.",
    ),
    Code(
        "held_too_long",
        _T.CONTROL,
        _O.USER,
        "Stopped on the command line, and nobody went on with it.",
        "See IMPORT_FILE_DAYS.",
    ),
)
CODES: Final = {code.name: code for code in (*_TABLE, *ACCOUNT_CODES, *PIN_CODES)}
INTERNAL: Final = CODES["internal_error"]


_PROMISES: Final = (
    "; we try again.",
    "; we go on when it lets us.",
    "; another worker goes on with it.",
)


def ended(sentence: str) -> str:
    """Return what ``sentence`` says of something that has ended: it promises no further try."""
    for promise in _PROMISES:
        sentence = sentence.replace(promise, ".")
    return sentence


def remedy_of(code: str) -> Remedy:
    """Return what mends a failure of ``code``."""
    return CODES[code].remedy if code in CODES else Remedy.NONE
