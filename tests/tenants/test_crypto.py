"""Secrets at rest."""

import base64

import pytest
from pytest_django import Settings

from tenants import crypto
from tenants.errors import MasterKeyMissingError, SecretDamagedError


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.MASTER_KEYS = ["first key"]
    settings.SECRET_KEY = "changed"


class TestEncrypt:
    def test_what_was_encrypted_comes_back(self) -> None:
        sealed = crypto.encrypt("naïve secret", purpose="mfa", context="row 1")

        assert crypto.decrypt(sealed, purpose="mfa", context="row 1") == "naïve secret"
        assert "secret" not in sealed

    def test_the_same_text_never_looks_the_same(self) -> None:
        assert crypto.encrypt("x", purpose="mfa") != crypto.encrypt("x", purpose="mfa")


class TestDecrypt:
    def test_a_secret_key_that_changed_loses_nothing(self, settings: Settings) -> None:
        sealed = crypto.encrypt("x", purpose="mfa")
        settings.SECRET_KEY = "another"

        assert crypto.decrypt(sealed, purpose="mfa") == "x"

    def test_an_older_key_still_decrypts(self, settings: Settings) -> None:
        sealed = crypto.encrypt("x", purpose="mfa")
        settings.MASTER_KEYS = ["second key", "first key"]

        assert crypto.decrypt(sealed, purpose="mfa") == "x"
        newer = crypto.encrypt("x", purpose="mfa")
        settings.MASTER_KEYS = ["second key"]
        assert crypto.decrypt(newer, purpose="mfa") == "x"

    def test_a_lost_key_says_what_to_do(self, settings: Settings) -> None:
        sealed = crypto.encrypt("x", purpose="mfa")
        settings.MASTER_KEYS = ["second key"]

        with pytest.raises(MasterKeyMissingError, match="Put that key back"):
            crypto.decrypt(sealed, purpose="mfa")

    @pytest.mark.parametrize(
        ("purpose", "context"), [("oauth", "row 1"), ("mfa", "row 2"), ("mfa|row 1", "")]
    )
    def test_refuses_a_secret_from_another_place(self, purpose: str, context: str) -> None:
        sealed = crypto.encrypt("x", purpose="mfa", context="row 1")

        with pytest.raises(SecretDamagedError):
            crypto.decrypt(sealed, purpose=purpose, context=context)

    def test_refuses_every_flipped_bit(self) -> None:
        raw = base64.urlsafe_b64decode(crypto.encrypt("a secret", purpose="mfa"))

        for place in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[place // 8] ^= 1 << place % 8
            with pytest.raises((SecretDamagedError, MasterKeyMissingError)):
                crypto.decrypt(base64.urlsafe_b64encode(flipped).decode(), purpose="mfa")

    @pytest.mark.parametrize("text", ["", "AQ==", "not base64!", "é"])
    def test_refuses_what_is_no_ciphertext(self, text: str) -> None:
        with pytest.raises(SecretDamagedError):
            crypto.decrypt(text, purpose="mfa")
