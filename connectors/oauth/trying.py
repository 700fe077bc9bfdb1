"""Whether an application that an operator entered is good: asked of the source itself."""

import dataclasses
import secrets

from connectors.base import Connector
from connectors.errors import (
    AddressRefusedError,
    ApplicationMissingError,
    ApplicationRefusedError,
    FetchError,
    ReconnectError,
)
from connectors.oauth.answering import desk_of
from connectors.oauth.asking import redirect_address


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a try found, as a sentence; it is good, bad, or unknown (None)."""

    is_good: bool | None
    sentence: str


def try_application(connector: Connector) -> Verdict:
    """Ask the token endpoint with a code that nobody was given.

    A source that accepts the application refuses the code; one that does not refuses the
    application first. Nothing is granted either way.
    """
    try:
        desk_of(connector).tokens_for_code(
            f"try-{secrets.token_hex(8)}",
            redirect_uri=redirect_address(connector.name),
            verifier="",
            asked=(),
        )
    except ApplicationMissingError as error:
        return Verdict(False, error.message)
    except ApplicationRefusedError:
        return Verdict(
            False,
            f"{connector.title} does not accept this id with this secret. Copy both again from "
            "the application's page there.",
        )
    except ReconnectError:
        return Verdict(
            True,
            f"{connector.title} knows this application, and accepts its secret. Whether the "
            "redirect address is registered there shows when the first account is linked.",
        )
    except (FetchError, AddressRefusedError) as error:
        return Verdict(None, f"{connector.title} could not be asked: {error.message}")
    return Verdict(None, f"{connector.title} told nothing: it accepted a code that is none.")
