"""Codes of an authenticator app (RFC 6238), as the app makes them."""

import base64
import hmac
import time

STEP_S = 30
DIGITS = 6
# A code that is about to change is not worth typing.
ENOUGH_S = 4


def code_of(secret: str) -> str:
    """Return the code of a base32 ``secret``, valid for some seconds at least."""
    if (left := STEP_S - time.time() % STEP_S) < ENOUGH_S:
        time.sleep(left)
    key = base64.b32decode(secret.strip().upper() + "=" * (-len(secret.strip()) % 8))
    digest = hmac.digest(key, (int(time.time()) // STEP_S).to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
