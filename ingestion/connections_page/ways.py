"""The ways in which things come in, each with what it reads, keeps and sends on.

People read it before they connect or bring anything, so it says what the code does.
"""

import dataclasses
from typing import Final

from connectors.base import Use
from connectors.models import Keep
from connectors.policy import Retention

# Of accounts and of Pinterest's files.
PICTURES: Final = (
    "Titles, texts, links, dates and boards, and copies of the pictures. Yours until you remove "
    "them; what you changed is never overwritten."
)
_WORDS: Final = "Titles, texts, links, dates and boards"
NO_AI: Final = "Nothing."


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """One way without an account.

    Attributes:
        name: of its anchor on the page.
        reads, keeps, ai: in a sentence or two for who is about to use it.
        page: name of the page where it is done.
        action: what the link to that page says.
        guides: templates that say step by step how to get a file.
    """

    name: str
    title: str
    icon: str
    reads: str
    keeps: str
    ai: str
    page: str
    action: str
    guides: tuple[str, ...] = ()


WAYS: Final = (
    Way(
        name="pinterest-export",
        title="Pinterest export file",
        icon="file",
        reads="The pins and boards in the file that you bring. Messages, searches and IP addresses "
        "in it stay unread.",
        keeps=PICTURES + " The file itself is deleted 30 days after its import.",
        ai=NO_AI,
        page="ingestion:imports",
        action="Bring a file",
        guides=("ingestion/guides/pinterest.html", "ingestion/guides/crawler.html"),
    ),
    Way(
        name="facebook-export",
        title="Facebook or Instagram export file",
        icon="file",
        reads="Saved posts and collections in the file that you bring. Friends, messages and "
        "everything else in it stay unread.",
        keeps="Titles, texts, links, dates and collections; Facebook's file has no pictures. The "
        "file itself is deleted 30 days after its import.",
        ai=NO_AI,
        page="ingestion:imports",
        action="Bring a file",
        guides=("ingestion/guides/facebook.html", "ingestion/guides/instagram.html"),
    ),
    Way(
        name="web-pages",
        title="Web pages",
        icon="globe",
        reads="The one page whose address you give, and its pictures, as far as the site lets "
        "programs read it.",
        keeps="The pictures that you choose, with the address and title of the page.",
        ai=NO_AI,
        page="ingestion:uploads",
        action="Open Uploads",
    ),
    Way(
        name="browser-capture",
        title="Save while browsing",
        icon="star",
        reads="The page that you are on, at the moment when you press Save in your browser.",
        keeps="The picture that you choose, its words, and the address of the page.",
        ai=NO_AI,
        page="ingestion:browsing",
        action="Set it up",
    ),
    Way(
        name="uploads",
        title="Your own pictures",
        icon="upload",
        reads="The files that you drop or paste.",
        keeps="The pictures as they are, under the names of their files.",
        ai=NO_AI,
        page="ingestion:uploads",
        action="Open Uploads",
    ),
)


def kept_of(retention: Retention) -> str:
    """Return what is kept of what comes through an API, and how long, for who connects."""
    if retention.keep is Keep.ALWAYS:
        return PICTURES
    pictures = ", and copies of the pictures" if retention.allows(Use.STORE) else ""
    return f"{_WORDS}{pictures}. {retention.how_long}"
