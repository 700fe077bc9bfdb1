"""The statements that people agree to, word for word, by version.

What was agreed to is proven by the version and the hash of the words, so a statement that
stands here is never changed: another text is another version beside it.
"""

import dataclasses
import hashlib
from typing import Final


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says to be so: paragraphs with an empty line between."""

    version: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """Return its paragraphs, each in one line."""
        return [" ".join(part.split()) for part in self.text.split("\n\n")]

    @property
    def sha256(self) -> str:
        """Return the hash of the words, however their lines are broken."""
        return hashlib.sha256("\n".join(self.paragraphs).encode()).hexdigest()


_CONSENTS: Final = (
    Statement(
        "2026-11",
        """
        I am entitled to decide this for the organization. Magpie is to look for faces in pictures
        of the sources that we vouch for, and in no others.

        From each face that is clear enough it computes a template: numbers that tell people
        apart. This is biometric data. Its only purpose is to find the pictures of a person within
        this library. It is not sold, lent or published, and not compared with any other library.

        The organization is the controller of this data and has the lawful basis named here for
        it. Where the law asks for a written release of the people shown, as in Illinois, Texas
        and Washington, we hold one; of children, that of those who have custody.

        Templates of faces that nobody has named are deleted after the days set here. All others
        are deleted when their picture is removed, when the person withdraws, or when we withdraw
        this consent, which an owner can do at any time.
        """,
    ),
)
_ATTESTATIONS: Final = (
    Statement(
        "2026-11",
        """
        The people in the pictures of this source may be analysed: the pictures are our own, or
        made under a contract with the people shown, or these people have consented.

        It is no open feed, no collection of pictures of strangers, and no site made for children.
        """,
    ),
)
CONSENTS: Final = {statement.version: statement for statement in _CONSENTS}
ATTESTATIONS: Final = {statement.version: statement for statement in _ATTESTATIONS}
# What is agreed to from now on.
CONSENT: Final = _CONSENTS[-1]
ATTESTATION: Final = _ATTESTATIONS[-1]
