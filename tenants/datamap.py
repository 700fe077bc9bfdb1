"""The data map: what every column of every table holds, how it is given out and how it ends.

Export, erasure and retention read it, and so can anybody who asks what is kept about them.
Each app declares its own models in a module ``datamap`` that its ``AppConfig.ready`` imports;
what other packages keep is declared here. The suite fails on a model or a field without a
declaration, and on one that is declared and does not exist.
"""

import dataclasses
import enum
from collections.abc import Iterator, Mapping

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class DataClass(enum.StrEnum):
    """What kind of data a field holds, from the least to the most sensitive."""

    OPERATIONAL = "operational"
    # About members of the organization: who they are, what they did and wrote.
    PERSONAL = "personal"
    # About others: what they published and a member saved.
    THIRD_PARTY = "third-party"
    BIOMETRIC = "biometric"
    SECRET = "secret"  # noqa: S105  # the name of a class


class Erase(enum.StrEnum):
    """What becomes of rows when their organization or their person is erased."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP = "keep"


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of one model.

    Attributes:
        label: ``app.Model``.
        fields: class of each field of the table.
        exported_as: file of the export that holds its rows; empty where none does.
        not_exported: why no file holds them.
        withheld: fields that are left out of an export all the same, with the reason.
        erase: what becomes of its rows; ``erase_how`` says by what, and of which bytes.
        retention: how long rows, or the bytes that they stand for, are kept.
        retention_setting: name of the setting, in days, that decides so; may be empty.
    """

    label: str
    fields: Mapping[str, DataClass]
    exported_as: str
    not_exported: str
    withheld: Mapping[str, str]
    erase: Erase
    erase_how: str
    retention: str
    retention_setting: str

    @property
    def data_class(self) -> DataClass:
        """Return the most sensitive class of its fields."""
        ranks = list(DataClass)
        return max(self.fields.values(), key=ranks.index, default=DataClass.OPERATIONAL)

    @property
    def retention_days(self) -> int | None:
        """Return the days that the setting says, where there is one."""
        return getattr(settings, self.retention_setting) if self.retention_setting else None


_declared: dict[str, Declaration] = {}


def declare(  # noqa: PLR0913  # one argument for each thing that must be said
    label: str,
    *,
    operational: str = "",
    personal: str = "",
    third_party: str = "",
    biometric: str = "",
    secret: str = "",
    exported_as: str = "",
    not_exported: str = "",
    withheld: Mapping[str, str] | None = None,
    erase: Erase = Erase.DELETE,
    erase_how: str = "with its organization",
    retention: str = "as long as its organization",
    retention_setting: str = "",
) -> None:
    """Declare a model; the five classes take names of fields with spaces between.

    Raises:
        ImproperlyConfigured: the declaration says too little or contradicts itself.
    """
    fields: dict[str, DataClass] = {}
    for data_class, names in (
        (DataClass.OPERATIONAL, operational),
        (DataClass.PERSONAL, personal),
        (DataClass.THIRD_PARTY, third_party),
        (DataClass.BIOMETRIC, biometric),
        (DataClass.SECRET, secret),
    ):
        for name in names.split():
            if name in fields:
                raise ImproperlyConfigured(f"{label}.{name} is declared twice.")
            fields[name] = data_class
    if bool(exported_as) == bool(not_exported):
        raise ImproperlyConfigured(f"{label}: say either where it is exported or why it is not.")
    if label in _declared:
        raise ImproperlyConfigured(f"{label} is declared twice.")
    _declared[label] = Declaration(
        label,
        fields,
        exported_as,
        not_exported,
        withheld or {},
        erase,
        erase_how,
        retention,
        retention_setting,
    )


def data_map() -> dict[str, Declaration]:
    """Return all declarations by the label of their model."""
    return dict(sorted(_declared.items()))


def find_gaps() -> Iterator[str]:
    """Yield a sentence for each model or field that is undeclared, or declared in vain."""
    models = {
        model._meta.label: {field.name for field in model._meta.local_fields}
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
    }
    for label in sorted(models.keys() - _declared.keys()):
        yield f"{label} is in no data map."
    for label in sorted(_declared.keys() - models.keys()):
        yield f"{label} is declared and does not exist."
    for label in sorted(models.keys() & _declared.keys()):
        declared = _declared[label]
        for name in sorted(models[label] - declared.fields.keys()):
            yield f"{label}.{name} is in no data map."
        for name in sorted((declared.fields.keys() | declared.withheld.keys()) - models[label]):
            yield f"{label}.{name} is declared and does not exist."
        for name, data_class in declared.fields.items():
            if (
                data_class is DataClass.SECRET
                and declared.exported_as
                and name not in declared.withheld
            ):
                yield f"{label}.{name} is a secret, so it must be withheld from the export."
