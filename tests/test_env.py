"""What the environment may say, and what is refused before anything starts."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import host_map, master_keys

KEY = "k" * 32


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


class TestHostMap:
    def test_entry_without_a_target_is_left_to_the_check(self) -> None:
        assert host_map(["a.example=127.0.0.1:9", "garbage"]) == {
            "a.example": "127.0.0.1:9",
            "garbage": "",
        }
