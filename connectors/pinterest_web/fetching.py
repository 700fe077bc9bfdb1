"""Asking for the details of many pins at a time, as many as the source bears."""

from collections.abc import AsyncGenerator, Callable, Iterable

from connectors.pinterest_web.details import Detail, SessionSource, Wanted


def fetch_details(
    wanted: Iterable[Wanted],
    *,
    session: SessionSource,
    most: int,
    may_go_on: Callable[[], bool],
) -> AsyncGenerator[Detail]:
    """Yield what came of each pin, in the order in which the answers come.

    ``wanted`` is read as far as there are requests to send, from within the event loop: it must
    not block. Each gives one `Detail`; those that were under way or not begun when the stream
    ends early give none. While the caller does not take the next, no further request is sent than
    ``most`` of which it has not taken the answer.

    Args:
        session: shared with all workers.
        most: requests under way at a time, 1 to 20; fewer where the source slows down.
        may_go_on: asked several times a second; once it is False, what is under way is broken off,
            and the stream ends.

    Raises:
        FetchError: when all of it has to rest: ``rate_limited``, ``session_refused``,
            ``source_unavailable``, ``source_timeout``, ``network``; ``retry_after_s`` where the
            source named a time. What was yielded before counts.
        RenderError, BrowserMissingError, RobotsRefusedError: see `SessionSource.headers`.
    """
    raise NotImplementedError
