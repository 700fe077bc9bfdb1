"""Granting, vouching, and what it makes eligible."""

import pytest

from faces.consent import attest_source, face_settings, revoke_source, switch_on, withdraw_consent
from faces.errors import (
    FacesOffError,
    FacesOnError,
    SourceNotAttestableError,
    StatementOutdatedError,
    WithdrawalGoingOnError,
)
from faces.models import FaceConsent, FaceSource
from faces.models.consent import LawfulBasis, Relation
from faces.queries import eligible_blobs
from faces.sites import clean_site
from faces.wording import ATTESTATION, CONSENT, CONSENTS
from media.models import Asset
from tenants.models import Organization
from tests.faces.making import allow, attest, erase, picture_of, somebody

pytestmark = pytest.mark.django_db


class TestSwitchingOn:
    def test_records_who_and_which_words(self, in_scope: Organization) -> None:
        actor = somebody(in_scope)

        consent = switch_on(
            org=in_scope,
            actor=actor,
            lawful_basis=LawfulBasis.RELEASE,
            text_version=CONSENT.version,
        )

        assert (consent.granted_by, consent.lawful_basis) == (actor, "release")
        assert (consent.text_version, consent.text_sha256) == (CONSENT.version, CONSENT.sha256)
        assert consent.granted_at is not None
        assert face_settings(in_scope).is_enabled

    def test_twice_is_refused(self, in_scope: Organization) -> None:
        allow(in_scope)

        with pytest.raises(FacesOnError):
            switch_on(
                org=in_scope,
                actor=somebody(in_scope),
                lawful_basis=LawfulBasis.OTHER,
                text_version=CONSENT.version,
            )

    def test_in_other_words_than_those_that_hold_is_refused(self, in_scope: Organization) -> None:
        with pytest.raises(StatementOutdatedError):
            switch_on(
                org=in_scope,
                actor=somebody(in_scope),
                lawful_basis=LawfulBasis.OTHER,
                text_version="1999-01",
            )

        assert not FaceConsent.objects.exists()

    def test_waits_for_what_is_being_deleted(self, in_scope: Organization) -> None:
        allow(in_scope)
        withdraw_consent(org=in_scope, actor=somebody(in_scope))

        with pytest.raises(WithdrawalGoingOnError):
            allow(in_scope)
        erase()

        assert allow(in_scope).withdrawn_at is None
        assert FaceConsent.objects.count() == 2

    def test_words_that_were_agreed_to_never_change(self) -> None:
        assert CONSENTS["2026-11"].sha256.startswith("2be2fe9f0422ebba")
        assert ATTESTATION.sha256.startswith("4fd64076f017ae31")


class TestVouching:
    def test_records_who_and_which_words(self, in_scope: Organization) -> None:
        actor = somebody(in_scope)

        source = attest_source(
            org=in_scope,
            actor=actor,
            source="web",
            site="https://WWW.Mine.example/about?x=1",
            relation=Relation.CONTRACTED,
        )

        assert (source.source, source.site) == ("web", "mine.example")
        assert (source.attested_by, source.relation) == (actor, "contracted")
        assert source.text_sha256 == ATTESTATION.sha256

    def test_again_changes_nothing_but_the_relation(self, in_scope: Organization) -> None:
        first = attest(in_scope, site="mine.example")
        again = attest(in_scope, site="mine.example")
        other = attest_source(
            org=in_scope,
            actor=somebody(in_scope),
            source="web",
            site="mine.example",
            relation=Relation.CONSENTED,
        )

        assert again == first
        assert list(FaceSource.objects.live()) == [other]
        assert FaceSource.objects.count() == 2

    @pytest.mark.parametrize("source", ["pinterest", "facebook", "feed"])
    def test_for_boards_of_others_is_refused_with_the_reason(
        self, in_scope: Organization, source: str
    ) -> None:
        with pytest.raises(SourceNotAttestableError, match="nobody here can vouch"):
            attest_source(
                org=in_scope,
                actor=somebody(in_scope),
                source=source,
                site="",
                relation=Relation.OWN,
            )

    def test_waits_for_what_is_being_deleted(self, in_scope: Organization) -> None:
        revoke_source(actor=somebody(in_scope), source=attest(in_scope))

        with pytest.raises(WithdrawalGoingOnError):
            attest(in_scope)

    def test_is_revoked_once(self, in_scope: Organization) -> None:
        source = attest(in_scope)

        assert revoke_source(actor=somebody(in_scope), source=source) is not None
        assert revoke_source(actor=somebody(in_scope), source=source) is None

    def test_off_is_not_withdrawn_twice(self, in_scope: Organization) -> None:
        with pytest.raises(FacesOffError):
            withdraw_consent(org=in_scope, actor=somebody(in_scope))


class TestSites:
    @pytest.mark.parametrize(
        ("given", "site"),
        [
            ("example.com", "example.com"),
            (" http://www.Example.com:8080/a/b ", "example.com"),
            ("blog.example.co.uk.", "blog.example.co.uk"),
            ("anna.tumblr.com", "anna.tumblr.com"),
            ("müller.example", "müller.example"),
        ],
    )
    def test_are_domains_as_assets_have_them(self, given: str, site: str) -> None:
        assert clean_site(given) == site

    @pytest.mark.parametrize(
        "given",
        [
            "", "localhost", "10.0.0.1", "example", "a b.com", "javascript:alert(1)",
            "pinterest.com", "de.pinterest.com", "pinterest.co.uk", "i.pinimg.com",
            "facebook.com", "m.facebook.com", "instagram.com/anna", "tumblr.com", "co.uk",
            "https://example.com/feed/", "example.com/all.rss", "feed://example.com",
        ],
    )  # fmt: skip
    def test_of_everybody_and_feeds_are_refused(self, given: str) -> None:
        with pytest.raises(SourceNotAttestableError):
            clean_site(given)


class TestEligible:
    def test_are_pictures_of_attested_sources_only(self, in_scope: Organization) -> None:
        uploaded, own = picture_of(in_scope), picture_of(in_scope, site="mine.example")
        picture_of(in_scope, site="its.example")
        picture_of(in_scope, source="pinterest")
        allow(in_scope)
        attest(in_scope, site="mine.example")

        assert set(eligible_blobs()) == {uploaded, own}

    def test_are_none_without_a_consent(self, in_scope: Organization) -> None:
        picture_of(in_scope)
        attest(in_scope)

        assert not eligible_blobs().exists()

    def test_are_none_in_the_trash(self, in_scope: Organization) -> None:
        picture_of(in_scope)
        allow(in_scope)
        Asset.objects.update(removed_at="2026-01-01T00:00:00Z")

        assert not eligible_blobs().exists()

    def test_are_never_those_of_another_organization(
        self, in_scope: Organization, other_org: Organization
    ) -> None:
        picture_of(other_org)
        allow(in_scope)

        assert not eligible_blobs().exists()
