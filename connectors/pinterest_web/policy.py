"""The terms that bind who asks the addresses behind Pinterest's pages."""

import datetime as dt
from typing import Final

from connectors.base import Terms, Use
from connectors.policy import Declared, declare

NAME: Final = "pinterest_web"

declare(
    Declared(
        name=NAME,
        title="Pin details from Pinterest's web pages",
        terms=Terms(
            url="https://policy.pinterest.com/en/developer-guidelines",
            read_on=dt.date(2025, 12, 11),
            says=(
                "Only the supported API may be used, and scraping is forbidden. The addresses "
                "behind Pinterest's pages are not offered to programs, change without notice, and "
                "may be shut at any time. An operator who switches them on answers for it."
            ),
            allows=frozenset({Use.SHOW}),
            is_official=False,
        ),
        what="The details of pins that the library has already: texts, dates and pictures.",
    )
)
