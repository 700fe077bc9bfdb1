"""Places in a list that callers take from us and bring back: signed, so that none is made up."""

from typing import Any

from django.core import signing


def seal(place: list[Any], *, of: str) -> str:
    """Return ``place`` (JSON) as it stands in an address.

    Args:
        of: the list and its order; a cursor opens no other.
    """
    return _signer(of).sign_object(place)


def unseal(cursor: str, *, of: str) -> list[Any] | None:
    """Return the place that was sealed, or None where ``cursor`` is none of ours."""
    try:
        place: list[Any] = _signer(of).unsign_object(cursor)
    except signing.BadSignature:
        return None
    return place


def _signer(of: str) -> signing.Signer:
    # Of the signs that an address takes as they are.
    return signing.Signer(salt=f"cursor:{of}", sep="~")
