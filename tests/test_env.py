"""What the environment may say, and what is refused before anything starts."""

import fcntl
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.utils.module_loading import import_string

from config.env import env, host_map, local_secret, master_keys, site_url

KEY = "k" * 32


class TestLocalSecret:
    def test_is_that_of_the_process_that_was_first(self, tmp_path: Path) -> None:
        answers: list[str] = []
        second = threading.Thread(
            target=lambda: answers.append(local_secret(tmp_path, "MASTER_KEY"))
        )
        with (tmp_path / "secrets.lock").open("w") as first:
            fcntl.flock(first, fcntl.LOCK_EX)
            second.start()
            second.join(0.3)
            assert answers == []
            (tmp_path / "secrets.json").write_text('{"MASTER_KEY": "of the first"}')
        second.join(30)

        assert answers == ["of the first"]

    def test_leaves_the_others_as_they_are(self, tmp_path: Path) -> None:
        first = local_secret(tmp_path, "FIRST")
        second = local_secret(tmp_path, "SECOND")

        assert (local_secret(tmp_path, "FIRST"), local_secret(tmp_path, "SECOND")) == (
            first,
            second,
        )
        assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


class TestMasterKeys:
    def test_local_product_makes_its_own_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MASTER_KEYS", raising=False)

        [made] = master_keys(tmp_path, is_local=True)

        assert len(made) >= 32
        assert master_keys(tmp_path, is_local=True) == [made]

    def test_newest_comes_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MASTER_KEYS", f"{KEY}new,{KEY}old")

        assert master_keys(tmp_path, is_local=False) == [f"{KEY}new", f"{KEY}old"]

    @pytest.mark.parametrize("keys", ["", "short", f"{KEY},short"])
    def test_real_installation_without_good_keys_is_refused(
        self, keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MASTER_KEYS", keys)

        with pytest.raises(ImproperlyConfigured, match="MASTER_KEYS needs keys of 32 characters"):
            master_keys(tmp_path, is_local=False)

        assert not list(tmp_path.iterdir())


class TestSiteUrl:
    def test_is_the_first_name_of_a_real_installation(self) -> None:
        names = ["*", ".magpie.example.org", "10.0.0.1"]

        assert site_url(names, is_local=False) == "https://magpie.example.org"

    def test_is_the_port_of_a_product_on_this_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PORT", "8123")

        assert site_url(["localhost"], is_local=True) == "http://127.0.0.1:8123"


class TestHostMap:
    def test_entry_without_a_target_is_left_to_the_check(self) -> None:
        assert host_map(["a.example=127.0.0.1:9", "garbage"]) == {
            "a.example": "127.0.0.1:9",
            "garbage": "",
        }


def test_mail_can_go_to_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "consolemail://")

    backend = env.email_url("EMAIL_URL")["EMAIL_BACKEND"]

    assert import_string(backend) is ConsoleBackend
