"""Codes of what goes wrong with accounts: their access, and the terms and keys it hangs on."""

from typing import Final

from ingestion.code_types import Code, FailureType, Origin, Remedy

_T, _O, _R = FailureType, Origin, Remedy
ACCOUNT_CODES: Final = (
    Code(
        "credentials_missing",
        _T.CONFIG,
        _O.USER,
        "No account is linked. Connect it to go on.",
        "The connection was disconnected, or never finished.",
        _R.RECONNECT,
    ),
    Code(
        "credentials_unreadable",
        _T.CONFIG,
        _O.PLATFORM,
        "The stored access to this account can no longer be opened. Reconnect it: what was "
        "imported stays.",
        "The master key of its time is not in MASTER_KEYS (put it back at the end, and nobody need "
        "reconnect), or the row was changed or moved.",
        _R.RECONNECT,
    ),
    Code(
        "not_permitted_yet",
        _T.CONFIG,
        _O.PLATFORM,
        "This source is not switched on here. Ask whoever runs this installation.",
        "No current review of its terms is recorded, or it was refused: see docs/policy.md.",
    ),
    Code(
        "use_not_permitted",
        _T.DATA,
        _O.SOURCE,
        "The terms of its source do not let us do this with it.",
        "It came through an API whose terms, as the operator reviewed them, do not allow this use: "
        "see docs/policy.md. It is taken up by itself in the night after they do.",
    ),
    Code(
        "application_missing",
        _T.CONFIG,
        _O.PLATFORM,
        "The source is not set up on this installation. Whoever runs it has to enter its "
        "application.",
        "No application is entered in the admin, or its secret is missing or can be opened no "
        "more. Accounts stay linked.",
        _R.RETRY,
    ),
    Code(
        "application_refused",
        _T.CONFIG,
        _O.PLATFORM,
        "The source does not accept the application of this installation. Whoever runs it has to "
        "look at its id and secret.",
        "The token endpoint answered invalid_client: enter id and secret anew in the admin, and "
        "test them there. Accounts stay linked.",
        _R.RETRY,
    ),
    Code(
        "link_refused",
        _T.CONFIG,
        _O.USER,
        "Connecting the account did not come to its end. Nothing was changed; begin again.",
        "It was denied at the source, took too long, or the answer was not of this session.",
    ),
    Code(
        "key_ring_unavailable",
        _T.TRANSIENT,
        _O.PLATFORM,
        "What keeps our keys does not answer at the moment; we try again.",
        "The KEY_RING raised KeyRingUnavailableError. Nothing is lost.",
        _R.RETRY,
    ),
)
