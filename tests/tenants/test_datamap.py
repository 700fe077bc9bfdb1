"""Every column is in the data map, and the map says nothing that is not so."""

import dataclasses

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from tenants.datamap import DataClass, Erase, data_map, declare, find_gaps
from tenants.rls import is_tenant_model


def test_it_has_no_gaps() -> None:
    assert list(find_gaps()) == []


def test_a_model_without_a_declaration_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    known = data_map()
    del known["media.Asset"]
    monkeypatch.setattr("tenants.datamap._declared", known)

    assert list(find_gaps()) == ["media.Asset is in no data map."]


def test_a_field_without_a_class_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    known = data_map()
    tag = known["media.Tag"]
    fields = {name: kind for name, kind in tag.fields.items() if name != "name"}
    fields["colour"] = DataClass.OPERATIONAL
    known["media.Tag"] = dataclasses.replace(tag, fields=fields)
    monkeypatch.setattr("tenants.datamap._declared", known)

    assert list(find_gaps()) == [
        "media.Tag.name is in no data map.",
        "media.Tag.colour is declared and does not exist.",
    ]


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"exported_as": "x", "not_exported": "y"},
        {"exported_as": "x", "personal": "name", "secret": "name"},
    ],
)
def test_a_contradiction_is_refused(words: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        declare("media.Nothing", **words)  # type: ignore[arg-type]  # wrong on purpose


def test_nothing_of_an_organization_outlives_it() -> None:
    tenant = {model._meta.label for model in apps.get_models() if is_tenant_model(model)}

    assert {label: known.erase for label, known in data_map().items() if label in tenant} == (
        dict.fromkeys(sorted(tenant), Erase.DELETE)
    )


def test_no_secret_is_exported() -> None:
    exported = [
        f"{known.label}.{name}"
        for known in data_map().values()
        for name, data_class in known.fields.items()
        if data_class is DataClass.SECRET and known.exported_as and name not in known.withheld
    ]

    assert exported == []


def test_retention_follows_the_settings() -> None:
    known = data_map()

    assert known["ingestion.ImportFile"].retention_days == settings.IMPORT_FILE_DAYS
    assert known["media.Asset"].retention_days == settings.TRASH_DAYS
    assert known["media.Tag"].retention_days is None
    assert known["media.Tag"].data_class is DataClass.PERSONAL
