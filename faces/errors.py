"""Errors of faces and people.

* FacesError
  + FacesOffError            (409) the organization has not switched faces on
  + FacesOnError             (409) it has already
  + WithdrawalGoingOnError   (409) what an earlier consent allowed is still being deleted
  + StatementOutdatedError   (409) the words on the page are not those that hold now
  + SourceNotAttestableError (422) nobody can vouch for the people in a source's pictures
"""

from tenants.errors import AppError


class FacesError(AppError):
    """An expected failure of faces and people."""


class FacesOffError(FacesError):
    """The organization has not switched faces on."""

    code = "faces_off"
    status = 409

    def __init__(self) -> None:
        super().__init__("Faces are off. An owner switches them on in the organization's settings.")


class FacesOnError(FacesError):
    """The organization has switched faces on already."""

    code = "faces_on"
    status = 409

    def __init__(self) -> None:
        super().__init__("Faces are on already.")


class WithdrawalGoingOnError(FacesError):
    """What an earlier consent allowed is still being deleted."""

    code = "withdrawal_going_on"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "What was found before is still being deleted. Try again when its receipt is there."
        )


class StatementOutdatedError(FacesError):
    """Somebody agreed to words that are not those that hold now."""

    code = "statement_outdated"
    status = 409

    def __init__(self) -> None:
        super().__init__("The statement has changed meanwhile. Read it again, and then agree.")


class SourceNotAttestableError(FacesError):
    """Nobody can vouch for the people in a source's pictures."""

    code = "source_not_attestable"
    status = 422
