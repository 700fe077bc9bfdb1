"""Errors of people and their review.

* PeopleError
  + PersonRefusedError  (409) somebody who does not want to be recognised is neither named nor found
  + NotUndoableError    (409) a decision cannot be taken back
  + SamePersonError     (422) a person cannot be merged with themselves
"""

from tenants.errors import AppError


class PeopleError(AppError):
    """An expected failure of what people decide about people."""


class PersonRefusedError(PeopleError):
    """Somebody refused, or withdrew: nobody is named or found as them."""

    code = "person_refused"
    status = 409

    def __init__(self) -> None:
        super().__init__("This person does not want to be recognised, so nothing is put down here.")


class NotUndoableError(PeopleError):
    """A decision cannot be taken back, as it was, or somebody whom it is about withdrew."""

    code = "not_undoable"
    status = 409


class SamePersonError(PeopleError):
    """A person cannot be merged with themselves."""

    code = "same_person"
    status = 422

    def __init__(self) -> None:
        super().__init__("Choose two people at least.")
