"""Granting and taking back: the organization's consent, its sources, and one person.

What is taken back blocks new rows with the commit, by the triggers; a run of the engine then
deletes what is there, and seals the receipt that is written here.
"""

from django.db import transaction
from django.utils import timezone

from faces.errors import (
    FacesOffError,
    FacesOnError,
    SourceNotAttestableError,
    StatementOutdatedError,
    WithdrawalGoingOnError,
)
from faces.models import FaceConsent, FaceReceipt, FaceSettings, FaceSource
from faces.models.consent import Attestable, LawfulBasis, ReceiptKind, Relation
from faces.queries import live_consent
from faces.signals import analysis_allowed, withdrawal_asked
from faces.sites import clean_site, why_not
from faces.wording import ATTESTATION, CONSENT
from tenants.models import Organization, User


def face_settings(org: Organization) -> FaceSettings:
    """Return how ``org`` wants faces handled; not stored yet where nobody has said."""
    return FaceSettings.objects.filter(pk=org.pk).first() or FaceSettings(org=org)


@transaction.atomic
def switch_on(
    *, org: Organization, actor: User, lawful_basis: LawfulBasis, text_version: str
) -> FaceConsent:
    """Record the consent of ``org``, in the words of the statement that holds now.

    Args:
        text_version: of the statement that the person has read.

    Raises:
        FacesOnError: it was given before, and not withdrawn.
        StatementOutdatedError: another text holds now.
        WithdrawalGoingOnError: what was withdrawn is still being deleted.
    """
    settings = _locked_settings(org)
    if text_version != CONSENT.version:
        raise StatementOutdatedError
    if live_consent() is not None:
        raise FacesOnError
    if FaceReceipt.objects.open().filter(kind=ReceiptKind.CONSENT).exists():
        raise WithdrawalGoingOnError
    consent = FaceConsent.objects.create(
        org=org,
        granted_by=actor,
        text_version=CONSENT.version,
        text_sha256=CONSENT.sha256,
        lawful_basis=lawful_basis,
    )
    settings.is_enabled, settings.updated_at = True, timezone.now()
    settings.save(update_fields=["is_enabled", "updated_at"])
    analysis_allowed.send(sender=FaceConsent, org_id=org.pk)
    return consent


@transaction.atomic
def withdraw_consent(*, org: Organization, actor: User) -> FaceReceipt:
    """Take the consent of ``org`` back, with all that was found under it; return the receipt.

    Attestations of sources stay in the log and allow nothing without a consent.

    Raises:
        FacesOffError: there is none.
    """
    # Waits for whoever writes a face: that one is committed, and so deleted with the others.
    consent = FaceConsent.objects.live().select_for_update().first()
    if consent is None:
        raise FacesOffError
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), actor
    consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
    FaceSettings.objects.filter(org=org).update(is_enabled=False, updated_at=timezone.now())
    return ask_to_delete(
        FaceReceipt(org=org, kind=ReceiptKind.CONSENT, consent=consent, requested_by=actor)
    )


@transaction.atomic
def attest_source(
    *, org: Organization, actor: User, source: str, site: str, relation: Relation
) -> FaceSource:
    """Record that ``org`` may have the people in a source's pictures analysed.

    Attesting to the same again records the relation anew, beside the old word for it.

    Args:
        source: one of ``Attestable``; of all others the reason is told why they are none.
        site: of the web, a domain or the address of a page; of uploads nothing.

    Raises:
        SourceNotAttestableError: why nobody can vouch for it.
        WithdrawalGoingOnError: what it allowed before is still being deleted.
    """
    if reason := why_not(source):
        raise SourceNotAttestableError(reason)
    place = clean_site(site) if source == Attestable.WEB else ""
    _locked_settings(org)
    same = {"source": source, "site": place}
    going_on = FaceReceipt.objects.open().filter(
        kind=ReceiptKind.SOURCE, source__source=source, source__site=place
    )
    if going_on.exists():
        raise WithdrawalGoingOnError
    live = FaceSource.objects.live().select_for_update().filter(**same).first()
    if live is not None and live.relation == relation:
        return live
    if live is not None:
        live.revoked_at, live.revoked_by = timezone.now(), actor
        live.save(update_fields=["revoked_at", "revoked_by"])
    attested = FaceSource.objects.create(
        org=org,
        relation=relation,
        attested_by=actor,
        text_version=ATTESTATION.version,
        text_sha256=ATTESTATION.sha256,
        **same,
    )
    analysis_allowed.send(sender=FaceSource, org_id=org.pk)
    return attested


@transaction.atomic
def revoke_source(*, actor: User, source: FaceSource) -> FaceReceipt | None:
    """Take an attestation back, with all that only this source allowed.

    Returns:
        The receipt; None where it was revoked before.
    """
    locked = FaceSource.objects.live().select_for_update().filter(pk=source.pk).first()
    if locked is None:
        return None
    locked.revoked_at, locked.revoked_by = timezone.now(), actor
    locked.save(update_fields=["revoked_at", "revoked_by"])
    return ask_to_delete(
        FaceReceipt(
            org_id=locked.org_id, kind=ReceiptKind.SOURCE, source=locked, requested_by=actor
        )
    )


@transaction.atomic
def change_settings(*, org: Organization, retention_days: int, auto_assign: bool) -> FaceSettings:
    """Change how long vectors of nobody are kept, and whether clear likeness needs no word."""
    settings = _locked_settings(org)
    settings.retention_days, settings.auto_assign = retention_days, auto_assign
    settings.updated_at = timezone.now()
    settings.save(update_fields=["retention_days", "auto_assign", "updated_at"])
    return settings


def ask_to_delete(receipt: FaceReceipt) -> FaceReceipt:
    """Store a receipt, and have a run queued that does what it is about."""
    receipt.save(force_insert=True)
    # The moment is the database's.
    receipt.refresh_from_db(fields=["requested_at"])
    withdrawal_asked.send(sender=FaceReceipt, receipt=receipt)
    return receipt


def _locked_settings(org: Organization) -> FaceSettings:
    """Return the settings of ``org``, locked: one change of what is allowed at a time."""
    FaceSettings.objects.get_or_create(org=org)
    return FaceSettings.objects.select_for_update().get(pk=org.pk)
