"""Errors of the product, and the base class that the interfaces translate.

* AppError                   an expected failure: a stable code and a sentence that helps
  + NotReadyError      (409) the object exists but cannot be used yet
  + LimitExceededError (429) the organization spent a limit
  + OrgRequiredError   (400) a session's call of the API names no organization
  + TokenOfAnotherOrgError (403) a token's call of the API names another organization
  + ScopeMissingError  (403) a token was not made for what its call asks
  + RoleTooLowError    (403) the person's role does not allow it
  + LastOwnerError     (409) an organization would be left without an owner
  + AlreadyMemberError (409) the invited person belongs to it already
  + MemberGoneError    (409) the person was removed, or left, meanwhile
  + InvitationGoneError (410) the link was used, revoked, replaced, or is too old
  + InvitationForAnotherError (403) the link is for another address
  + SecretUnreadableError (500) a stored secret cannot be decrypted
    + MasterKeyMissingError    its key is in MASTER_KEYS no more
    + VaultKeyMissingError     its data key is gone, or its key is in the ring no more
    + SecretDamagedError       it was cut, changed, or moved from another place
  + KeyRingUnavailableError (503) what keeps the keys does not answer; nothing is lost
  + connectors.errors, media.errors, ingestion.errors: the trees of the apps
* OrgScopeMissingError       a programming error, never shown to a user
"""

from typing import ClassVar


class AppError(Exception):
    """An expected failure: has a stable code and a sentence fit for the user.

    Attributes:
        code: what clients and tests match on; once released it never changes.
        status: the HTTP status that both interfaces answer with.
        message: says what went wrong, where, and what to do.
        context: figures behind the sentence, for logs and API clients; never content.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.context = context


class NotReadyError(AppError):
    """The object exists, but what was asked of it is not possible yet."""

    code = "not_ready"
    status = 409


class LimitExceededError(AppError):
    """A limit of the organization is spent."""

    code = "limit_exceeded"
    status = 429


class OrgRequiredError(AppError):
    """A session's call of the API does not name the organization that it is about."""

    code = "org_required"

    def __init__(self) -> None:
        super().__init__("Name the organization in the header X-Magpie-Org.")


class TokenOfAnotherOrgError(AppError):
    """A token's call of the API names an organization that is not the token's."""

    code = "token_of_another_org"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This token is for another organization than the header X-Magpie-Org names. Use one "
            "of its tokens, or leave the header out."
        )


class ScopeMissingError(AppError):
    """A token's call asks for what the token was not made for."""

    code = "scope_missing"
    status = 403

    def __init__(self, scopes: list[str]) -> None:
        wanted = " or ".join(scopes)
        super().__init__(
            f"This token is not for that: the call needs the scope {wanted}. Make a token that "
            "has it, on the page of API tokens."
            if scopes
            else "This is not for API tokens: do it on the pages, signed in as a person.",
            scopes=scopes,
        )


class RoleTooLowError(AppError):
    """The person's role does not allow what was asked."""

    code = "role_too_low"
    status = 403


class LastOwnerError(AppError):
    """The organization would be left without an owner."""

    code = "last_owner"
    status = 409


class AlreadyMemberError(AppError):
    """The person belongs to the organization already."""

    code = "already_member"
    status = 409


class MemberGoneError(AppError):
    """The person was removed, or left, meanwhile."""

    code = "member_gone"
    status = 409


class InvitationGoneError(AppError):
    """The invitation was used, revoked or replaced, or it is too old."""

    code = "invitation_gone"
    status = 410


class InvitationForAnotherError(AppError):
    """The invitation is for another e-mail address."""

    code = "invitation_for_another"
    status = 403


class SecretUnreadableError(AppError):
    """A stored secret cannot be decrypted."""

    code = "secret_unreadable"
    status = 500


class MasterKeyMissingError(SecretUnreadableError):
    """The key that encrypted a secret is in the list no more."""

    code = "master_key_missing"


class VaultKeyMissingError(SecretUnreadableError):
    """The data key of a secret is gone, or no key of the ring unwraps it."""

    code = "vault_key_missing"


class KeyRingUnavailableError(AppError):
    """What keeps the keys outside of Magpie does not answer at the moment; nothing is lost."""

    code = "key_ring_unavailable"
    status = 503


class SecretDamagedError(SecretUnreadableError):
    """A ciphertext was cut, changed, or moved from another place."""

    code = "secret_damaged"


class OrgScopeMissingError(RuntimeError):
    """Tenant data was touched outside an organization's scope."""
