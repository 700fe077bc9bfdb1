"""What can go wrong between Magpie and a source.

* AppError
  + ConnectorError
    + FileRefusedError     (422) an import file is not what it should be; has a code each
      + UnsupportedFileError     upload_unsupported: no reader knows this kind of file
      + CorruptFileError         upload_corrupt: the file breaks off or breaks its format
      + ArchiveRefusedError      archive_refused: an archive that could harm (bomb, encryption…)
    + AddressRefusedError  (422) unsafe_url: the guard refuses an address
    + FetchError           (502) a guarded request failed; has a code each
    + AccountError         (409) an account cannot be read before a person did something
      + ReconnectError           auth_revoked: the source accepts the connection no more
        + CredentialsMissingError     credentials_missing: no account is linked
        + CredentialsUnreadableError  credentials_unreadable: their key is lost; or damaged, moved
      + RightsMissingError       permission_denied: it was granted fewer rights than are needed
    + PolicyClosedError    (409) not_permitted_yet: the operator has not opened this way of reading
      + LinkRefusedError         link_refused: connecting an account did not come to its end
    + ApplicationError     (503) the source cannot be asked as this installation
      + ApplicationMissingError  application_missing: no application is entered
      + ApplicationRefusedError  application_refused: the source refuses its id or secret
    + RenderError          (502) a page could not be opened in a browser; has a code each
      + RenderTimeoutError       render_timeout: it was killed at its deadline
      + RenderStoppedError       render_stopped: who asked for it gave up
      + BrowserMissingError      browser_missing: there is no Chromium
    + ProcessLostError     (503) worker_lost: a process of ours that asks a source has ended
    + PageError            (422) page_unreadable: an address gives no page that can be read
      + RobotsRefusedError       robots_refused: the site does not let programs read the page
"""

from typing import ClassVar

from tenants.errors import AppError


class ConnectorError(AppError):
    """Base of the failures that happen at the border to a source."""

    code = "connector_error"


class FileRefusedError(ConnectorError):
    """A file cannot be imported as it is."""

    code = "upload_refused"
    status = 422


class UnsupportedFileError(FileRefusedError):
    """No reader recognises the content of the file."""

    code = "upload_unsupported"


class CorruptFileError(FileRefusedError):
    """The file breaks off, or breaks the rules of its own format."""

    code = "upload_corrupt"


class ArchiveRefusedError(FileRefusedError):
    """The archive could do harm: a bomb, encryption, overlapping members.

    Attributes:
        reason: one word for the rule that was broken, such as ``encrypted``.
    """

    code = "archive_refused"

    def __init__(self, message: str, *, reason: str, **context: object) -> None:
        super().__init__(message, reason=reason, **context)
        self.reason = reason


class AddressRefusedError(ConnectorError):
    """The guard refuses to connect to an address that came from data."""

    code = "unsafe_url"
    status = 422


class FetchError(ConnectorError):
    """A guarded request got no usable answer.

    Attributes:
        fetch_code: ``network``, ``source_timeout``, ``source_unavailable``, ``rate_limited``,
            ``not_found``, ``forbidden``, ``payload_too_large``, ``bad_response``,
            ``request_refused`` or ``robots_unavailable``.
        retry_after_s: seconds that the server asked to wait, where it did.
        http_status: the status of the answer, where there was one.
    """

    code = "fetch_failed"
    status: ClassVar[int] = 502

    def __init__(
        self,
        message: str,
        *,
        fetch_code: str,
        retry_after_s: float | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, fetch_code=fetch_code, http_status=http_status)
        self.fetch_code = fetch_code
        self.retry_after_s = retry_after_s
        self.http_status = http_status


class AccountError(ConnectorError):
    """An account cannot be read before a person did something."""

    code = "account_error"
    status = 409


class ReconnectError(AccountError):
    """The source does not accept the connection any more: it was revoked, or it ran out."""

    code = "auth_revoked"


class CredentialsMissingError(ReconnectError):
    """No account is linked."""

    code = "credentials_missing"


class CredentialsUnreadableError(ReconnectError):
    """What lets us act for the account cannot be opened: a key is lost, or the row was changed."""

    code = "credentials_unreadable"


class RightsMissingError(AccountError):
    """The connection was granted fewer rights than are needed."""

    code = "permission_denied"


class PolicyClosedError(ConnectorError):
    """A way of reading is shut: the operator has not reviewed its terms, or has refused it."""

    code = "not_permitted_yet"
    status = 409


class LinkRefusedError(AccountError):
    """Connecting an account did not come to its end; nothing was changed."""

    code = "link_refused"


class ApplicationError(ConnectorError):
    """The source cannot be asked as the application of this installation; operators mend it."""

    code = "application_error"
    status = 503


class ApplicationMissingError(ApplicationError):
    """Nobody has entered an application for the source."""

    code = "application_missing"


class ApplicationRefusedError(ApplicationError):
    """The source does not accept the application's id or secret; accounts are as they were."""

    code = "application_refused"


class RenderError(ConnectorError):
    """A page could not be opened in a browser."""

    code = "render_failed"
    status = 502


class RenderTimeoutError(RenderError):
    """The page did not come to rest before the deadline, at which its processes are killed."""

    code = "render_timeout"


class RenderStoppedError(RenderError):
    """Who asked for the page gave up before it was there."""

    code = "render_stopped"


class BrowserMissingError(RenderError):
    """This machine has no Chromium."""

    code = "browser_missing"


class ProcessLostError(ConnectorError):
    """A process of ours that asks a source has ended before its time."""

    code = "worker_lost"
    status = 503


class PageError(ConnectorError):
    """An address gives nothing in which pictures could be found."""

    code = "page_unreadable"
    status = 422


class RobotsRefusedError(PageError):
    """The site's robots.txt asks programs to leave the address alone."""

    code = "robots_refused"
