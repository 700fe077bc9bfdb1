"""What a render may cost, and what it brings."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """What one page may cost.

    Attributes:
        deadline_s: wall-clock time for all of it; then its processes are killed.
        settle_s: time for the page to finish, scrolling included; then it is taken as it is.
        max_bytes: that pass the proxy, both ways together.
        max_requests: that are let through.
        max_connections: of the browser, at once.
        max_html_bytes: of the finished page.
        max_memory_bytes: of all the processes of the render together.
        max_scrolls: screens that are scrolled down.
        with_pictures: load pictures as well. Else each is answered with an empty one, so that
            scripts go on, and no picture is fetched here and once more for the library.
    """

    deadline_s: float = 45.0
    settle_s: float = 20.0
    max_bytes: int = 64 * 1024**2
    max_requests: int = 600
    max_connections: int = 64
    max_html_bytes: int = 16 * 1024**2
    max_memory_bytes: int = 2 * 1024**3
    max_scrolls: int = 40
    with_pictures: bool = False


@dataclass(frozen=True, slots=True)
class Cookie:
    """What a site wants to be told with the next request.

    Attributes:
        value: lets in who has it. A secret.
        expires_at: seconds since 1970; None where it ends with the browser.
    """

    name: str
    value: str = field(repr=False)
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page after its scripts ran.

    Attributes:
        url: where the browser ended up.
        content: HTML in UTF-8; what lay in open shadow roots stands at its place.
        blocked: requests that were refused: unsafe addresses, or beyond a limit.
        cookies: of its site, where they were asked for.
        user_agent: by which the browser asked, where its cookies were asked for.
    """

    url: str
    content: bytes
    blocked: int
    cookies: tuple[Cookie, ...] = ()
    user_agent: str = ""
