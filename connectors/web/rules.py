"""What the rules of a site let a program do; free of the network, and of all settings."""

from typing import Final

from protego import Protego

# A longer pause would be a way to say "never", for which there are rules.
MAX_PAUSE_S: Final = 3600.0


class Robots:
    """The rules of one site for one program."""

    def __init__(self, text: str, *, user_agent: str) -> None:
        """Read the rules.

        Args:
            user_agent: as it is sent; rules are for its first word, without the version.
        """
        self._name = user_agent.partition("/")[0].partition(" ")[0]
        self._rules = Protego.parse(text)

    def allows(self, url: str) -> bool:
        """Say whether the program may read an address."""
        return bool(self._rules.can_fetch(url, self._name))

    @property
    def pause_s(self) -> float:
        """How long the site wants to rest between two pages; 0 where it does not say."""
        delay = self._rules.crawl_delay(self._name) or 0.0
        rate = self._rules.request_rate(self._name)
        if rate is not None and rate.requests:
            delay = max(delay, rate.seconds / rate.requests)
        return min(max(float(delay), 0.0), MAX_PAUSE_S)


def site_part(url: str) -> str:
    """Return scheme, host and port of a kept address, which share rules."""
    return "/".join(url.split("/", 3)[:3])
