"""Brings what ``tenants.crypto`` encrypted, straight with a master key, under the newest one."""

import re
from collections import Counter
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import QuerySet

from tenants import crypto
from tenants.adapters import MFAAdapter
from tenants.errors import SecretUnreadableError
from tenants.session_secrets import ENCRYPT_ANEW, ciphertexts_of

BATCH: Final = 200
# Header, nonce and seal of a ciphertext take fifty characters before its first own.
_CIPHERTEXT: Final = re.compile(r"[\w-]{50,}={0,2}")
_OTHERS: Final = """
SELECT left(found[1], %s), count(*)
  FROM mfa_authenticator, regexp_matches(data::text, '"([A-Za-z0-9_-]{50,}={0,2})"', 'g') found
 GROUP BY 1
"""


def encrypt_factors_anew(after: int) -> tuple[int, int | None]:
    """Encrypt second factors behind ``after`` with the newest master key.

    Returns:
        How many people's, and the last that was looked at; None where there were no more.
    """
    with transaction.atomic():
        # Whoever signs in at this moment holds theirs for milliseconds.
        rows = list(_factors().filter(pk__gt=after).select_for_update(no_key=True)[:BATCH])
        done = 0
        for row in rows:
            data = _anew(row.data)
            if data != row.data:
                row.data = data
                row.save(update_fields=["data"])
                done += 1
    return done, rows[-1].pk if rows else None


def encrypt_sessions_anew() -> int:
    """Encrypt what sessions keep with the newest master key; return in how many.

    A session that changes meanwhile stays as it is: the proof finds it.
    """
    done = 0
    for session in Session.objects.iterator():
        values = session.get_decoded()
        stale = {
            name
            for name, text in ciphertexts_of(values).items()
            if crypto.key_id_of(text) != crypto.newest_key_id()
        }
        for name in stale:
            try:
                values[name] = ENCRYPT_ANEW[name](values[name])
            except SecretUnreadableError:
                # Its key is lost: nobody can have any use of it.
                del values[name]
        if stale:
            anew = Session.objects.encode(values)
            done += Session.objects.filter(pk=session.pk, session_data=session.session_data).update(
                session_data=anew
            )
    return done


def factors_by_key() -> Counter[str]:
    """Return how many ciphertexts of second factors each master key made, by its id."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [crypto.HEADER_CHARACTERS])
        found = cursor.fetchall()
    return _by_key(dict(found))


def sessions_by_key() -> Counter[str]:
    """Return how many ciphertexts in sessions each master key made, by its id."""
    texts = Counter(
        text[: crypto.HEADER_CHARACTERS]
        for session in Session.objects.iterator()
        for text in ciphertexts_of(session.get_decoded()).values()
    )
    return _by_key(texts)


def _by_key(headers: dict[str, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for header, count in headers.items():
        key_id = crypto.key_id_of(header)
        if key_id is not None:
            found[key_id.hex()] += count
    return found


def _factors() -> "QuerySet[Any]":
    factors: QuerySet[Any] = Authenticator.objects.order_by("pk")
    return factors


def _anew(value: Any) -> Any:
    """Return JSON with each ciphertext that an older key made encrypted anew."""
    if isinstance(value, dict):
        return {name: _anew(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_anew(each) for each in value]
    if not isinstance(value, str) or not _CIPHERTEXT.fullmatch(value):
        return value
    if crypto.key_id_of(value) in (None, crypto.newest_key_id()):
        return value
    try:
        text = crypto.decrypt(value, purpose=MFAAdapter.PURPOSE)
    except SecretUnreadableError:
        return value
    return crypto.encrypt(text, purpose=MFAAdapter.PURPOSE)
