"""Mails what people were told: one mail per person and organization, every hour at most."""

import dataclasses
import datetime as dt
import logging
import time
import uuid
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models import Count, F, Min, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from ingestion.freshness.states import Freshness
from ingestion.models import Notification
from ingestion.notify.audience import wants_mail
from ingestion.notify.choices import seal
from ingestion.notify.rules import severity
from tenants.models import Organization, User
from tenants.scope import org_scope
from tenants.urls_for import org_reverse

logger = logging.getLogger(__name__)

# What comes within an hour makes one mail; what needs people goes out at once.
EVERY = dt.timedelta(hours=1)
# A mail that could not be sent for so long says nothing any more.
TRIED_FOR = dt.timedelta(days=3)
PEOPLE_PER_TICK = 10_000
# Of a tick, which has a minute; the others have their turn at the next.
BUDGET_S = 30.0
LISTED = 30
# The address or the words of one mail are at fault, and not the mail server.
OF_ONE_MAIL = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)
# RFC 8058: a mail program may end the mails with one press, without opening the link.
_HEADERS: Final = {
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Auto-Submitted": "auto-generated",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Digest:
    """A mail that this host alone is to send.

    Attributes:
        notifications: worst first.
        claimed_at: stands in ``mailed_at`` of each of them.
    """

    org: Organization
    user: User
    notifications: list[Notification]
    claimed_at: dt.datetime


def send_due() -> int:
    """Send the mails that are due; return how many.

    Who is told of what is marked, and committed, before a mail goes out, so that two hosts send
    it once. What the mail server refuses is marked as unsent again, for the next tick.
    """
    until = time.monotonic() + BUDGET_S
    sent = 0
    for org_id, user_id in _due():
        if time.monotonic() > until:
            break
        digest = _claim(org_id, user_id)
        if digest is None:
            continue
        try:
            sent += _send(digest)
        except OSError as error:
            logger.warning("The mail server is away: %s. The digests wait.", error)
            break
    return sent


def _due() -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Return organization and person of each mail that is due; what waits longest comes first."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT org_id FROM engine_unsent_digests(%s, %s)", [now, PEOPLE_PER_TICK]
        )
        org_ids = [org_id for (org_id,) in cursor.fetchall()]
    found = [each for org_id in org_ids for each in _due_in(org_id, now)]
    return [(org_id, user_id) for _, org_id, user_id in sorted(found)]


def _due_in(org_id: uuid.UUID, now: dt.datetime) -> list[tuple[dt.datetime, uuid.UUID, uuid.UUID]]:
    needs_people = Q(flip__new_state=Freshness.ACTION, is_recovery=False)
    with org_scope(org_id):
        unsent = (
            Notification.objects.filter(mailed_at=None)
            .values("user_id")
            .annotate(oldest=Min("created_at"), urgent=Count("pk", filter=needs_people))
        )
        return [
            (row["oldest"], org_id, row["user_id"])
            for row in unsent
            if row["urgent"] or row["oldest"] <= now - EVERY
        ]


def _claim(org_id: uuid.UUID, user_id: uuid.UUID) -> Digest | None:
    """Mark what is unsent to a person as sent, or return None where nothing is to be sent."""
    now = timezone.now()
    with org_scope(org_id):
        unsent = Notification.objects.filter(user_id=user_id, mailed_at=None)
        unsent.filter(created_at__lt=now - TRIED_FOR).update(mailed_at=F("created_at"))
        locked = unsent.select_related("flip").select_for_update(of=("self",), skip_locked=True)
        found = sorted(locked.order_by("-created_at", "-pk"), key=_rank, reverse=True)
        ours = Notification.objects.filter(pk__in=[each.pk for each in found])
        if not found:
            return None
        if not wants_mail(user_id):
            ours.update(mailed_at=F("created_at"))
            return None
        ours.update(mailed_at=now)
        return Digest(Organization.objects.get(pk=org_id), User.objects.get(pk=user_id), found, now)


def _rank(notification: Notification) -> int:
    return 0 if notification.is_recovery else severity(notification.flip.new_state)


def _send(digest: Digest) -> bool:
    """Send a mail; return whether it is on its way.

    Raises:
        OSError: no mail can be sent at all; those of SMTP are such, too.
    """
    try:
        _message(digest).send()
    except OF_ONE_MAIL as error:
        logger.warning("A digest to person %s was refused: %s", digest.user.pk, error)
        _give_back(digest)
        return False
    except OSError:
        _give_back(digest)
        raise
    return True


def _give_back(digest: Digest) -> None:
    with org_scope(digest.org.pk):
        Notification.objects.filter(
            pk__in=[each.pk for each in digest.notifications], mailed_at=digest.claimed_at
        ).update(mailed_at=None)


def _message(digest: Digest) -> EmailMultiAlternatives:
    off_url = _absolute(
        reverse("ingestion:notifications_off", args=[seal(digest.org.pk, digest.user.pk)])
    )
    listed = digest.notifications[:LISTED]
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": _absolute("/"),
        "org": digest.org,
        "worst": listed[0],
        "items": [(each, _absolute(each.path)) for each in listed],
        "rest_count": len(digest.notifications) - len(listed),
        "others_count": len(digest.notifications) - 1,
        "list_url": _absolute(org_reverse(digest.org, "ingestion:notifications")),
        "off_url": off_url,
    }
    subject = render_to_string("ingestion/mail/digest_subject.txt", context)
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string("ingestion/mail/digest.txt", context),
        to=[digest.user.email],
        headers={**_HEADERS, "List-Unsubscribe": f"<{off_url}>"},
    )
    message.attach_alternative(render_to_string("ingestion/mail/digest.html", context), "text/html")
    return message


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
