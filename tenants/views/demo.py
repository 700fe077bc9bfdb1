"""The mail of a demo without a mail server, to be read in the browser."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tenants.demo_mail import is_shown_to

SHOWN_FILES = 20
# Django's backend ends each message of a file with a line of dashes.
END_OF_MESSAGE = re.compile(rb"^-{79}\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message as the page shows it."""

    to: str
    subject: str
    sent_at: datetime
    text: str


@login_not_required
@never_cache
@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """Show the newest mails: a demo's visitor has to read codes before they can sign in.

    Exists only in a demo that keeps mail in files, and only for a browser on its machine.
    """
    if not is_shown_to(request):
        raise Http404
    mails = _read_mails(Path(settings.EMAIL_FILE_PATH))
    return render(request, "tenants/demo_mail.html", {"mails": mails})


def _read_mails(folder: Path) -> list[Mail]:
    """Return the messages of the newest files of a folder, the newest first."""
    files = sorted(folder.glob("*.log"), reverse=True)[:SHOWN_FILES]
    raw = [part for file in files for part in END_OF_MESSAGE.split(file.read_bytes())]
    mails = [_parse(part) for part in raw if part.strip()]
    return sorted(mails, key=lambda mail: mail.sent_at, reverse=True)


def _parse(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=body.get_content() if body is not None else "",
    )
