"""Stand-ins for hosts exist on loopback, and never in production."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from connectors.guard.checks import check_fetch_host_map
from connectors.guard.host_map import HostMap
from connectors.guard.options import options_from_settings

ENTRIES = {"i.pinimg.com": "127.0.0.1:9000"}


class TestCheckFetchHostMap:
    def test_the_local_product_may_have_stand_ins(self, settings: Settings) -> None:
        settings.IS_LOCAL, settings.FETCH_HOST_MAP = True, ENTRIES

        assert check_fetch_host_map(None) == []
        assert options_from_settings().host_map.hosts == {"i.pinimg.com"}

    def test_production_may_not(self, settings: Settings) -> None:
        settings.IS_LOCAL, settings.FETCH_HOST_MAP = False, ENTRIES

        assert [message.id for message in check_fetch_host_map(None)] == ["connectors.E001"]
        with pytest.raises(ImproperlyConfigured):
            options_from_settings()

    def test_production_without_stand_ins_is_fine(self, settings: Settings) -> None:
        settings.IS_LOCAL, settings.FETCH_HOST_MAP = False, {}

        assert check_fetch_host_map(None) == []
        assert options_from_settings().host_map.hosts == set()

    def test_a_wrong_stand_in_is_an_error(self, settings: Settings) -> None:
        settings.IS_LOCAL, settings.FETCH_HOST_MAP = True, {"i.pinimg.com": "10.0.0.1:80"}

        assert [message.id for message in check_fetch_host_map(None)] == ["connectors.E002"]


class TestHostMap:
    @pytest.mark.parametrize(
        "target",
        [
            "10.0.0.1:80",
            "0.0.0.0:80",
            "151.101.0.84:80",
            "localhost:80",
            "127.0.0.1",
            "127.0.0.1:0",
            "127.0.0.1:99999",
            "127.0.0.1:80/x",
            "a@127.0.0.1:80",
            "[::2]:80",
            "",
        ],
    )
    def test_stand_ins_are_loopback_addresses_with_a_port(self, target: str) -> None:
        with pytest.raises(ImproperlyConfigured):
            HostMap({"i.pinimg.com": target})

    @pytest.mark.parametrize("target", ["127.0.0.1:1", "127.9.9.9:65535", "[::1]:9000"])
    def test_every_loopback_address_will_do(self, target: str) -> None:
        assert HostMap({"i.pinimg.com": target}).find("i.pinimg.com", 443) is not None

    @pytest.mark.parametrize("name", ["", "*.pinimg.com", "a b.com", "http://a.com", "a.com:8080"])
    def test_names_are_exact_hosts_with_a_web_port(self, name: str) -> None:
        with pytest.raises(ImproperlyConfigured):
            HostMap({name: "127.0.0.1:9000"})
