"""Errors of the product, and the base class that the interfaces translate.

* AppError                   an expected failure: a stable code and a sentence that helps
  + NotReadyError      (409) the object exists but cannot be used yet
  + LimitExceededError (429) the organization spent a limit
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


class OrgScopeMissingError(RuntimeError):
    """Tenant data was touched outside an organization's scope."""
