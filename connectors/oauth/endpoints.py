"""What a source says of its OAuth: addresses and habits, as data."""

import dataclasses
from typing import Final

# What no source may be asked to do longer: who waits for a refresh waits longer than this.
DEADLINE_S: Final = 20.0


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoints:
    """Where and how a source gives access.

    Attributes:
        authorize_url: where a person grants it, in a browser.
        token_url: where codes and refresh tokens are exchanged.
        scope_separator: stands between scopes, in what is asked for and in what is granted.
        offers_pkce: it checks a code verifier (S256).
        code_extra: more that it wants with a code.
        settings_url: where a person takes the access back at the source.
        register_url: where an operator registers an application.
    """

    authorize_url: str
    token_url: str
    scope_separator: str = " "
    offers_pkce: bool = True
    code_extra: tuple[tuple[str, str], ...] = ()
    settings_url: str = ""
    register_url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Whose account a token is for, as the source says."""

    account_id: str
    name: str
