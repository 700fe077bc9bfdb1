"""Makes a row of any tenant model from its fields, with the rows that it refers to.

A model whose constraints ask for more than a value per column says so in ``OVERRIDES``.
"""

import uuid
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.test import Client
from django.utils import timezone

from faces.models import Person
from ingestion.models import Job
from tenants.models import Organization
from tenants.permissions import Role
from tenants.rls import is_tenant_model
from tenants.scope import org_scope
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

Values = dict[str, Any]
Override = Callable[["Rows"], Values]


def tenant_models() -> list[type[models.Model]]:
    """Return every model of an organization, in a stable order."""
    return sorted(filter(is_tenant_model, apps.get_models()), key=lambda m: m._meta.label)


class Rows:
    """The rows of one organization, at most one of each model, made on demand.

    Every text column holds ``canary``, so that a leak can be searched for.
    """

    def __init__(self, org: Organization) -> None:
        self.org = org
        self.canary = f"canary-{org.slug}"
        self._made: dict[type[models.Model], models.Model] = {}
        self._sessions: dict[Role, str] = {}
        with org_scope(org.pk):
            # Those that came with the organization would be second ones.
            Job.objects.all().delete()

    def get(self, model: type[models.Model]) -> models.Model:
        """Return the organization's row of ``model``, made on first use."""
        if model is Organization:
            return self.org
        if model not in self._made:
            if is_tenant_model(model):
                with org_scope(self.org.pk):
                    self._made[model] = self._make(model)
            else:
                self._made[model] = UserFactory.create()
        return self._made[model]

    def get_by_label(self, label: str) -> models.Model:
        """Return the row of a model named ``app.model``."""
        return self.get(apps.get_model(label))

    def session_of(self, role: Role) -> str:
        """Return the key of the session of a member, who signs in on first use."""
        if role not in self._sessions:
            client = Client()
            client.force_login(MembershipFactory.create(org=self.org, role=role).user)
            self._sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
        return self._sessions[role]

    def keys(self) -> set[str]:
        """Return the keys of all rows that were made."""
        return {str(row.pk) for model, row in self._made.items() if is_tenant_model(model)}

    def snapshot(self) -> dict[str, list[str]]:
        """Return everything that the organization holds, table by table."""
        found: dict[str, list[str]] = {model._meta.label: [] for model in tenant_models()}
        each = " UNION ALL ".join(
            f"SELECT '{model._meta.label}', to_jsonb(t)::text FROM {model._meta.db_table} t"
            for model in tenant_models()
        )
        with org_scope(self.org.pk), connection.cursor() as cursor:
            cursor.execute(f"{each} ORDER BY 1, 2")
            for label, row in cursor.fetchall():
                found[label].append(row)
        return found

    def _make(self, model: type[models.Model]) -> models.Model:
        existing = self._already_there(model)
        if existing is not None:
            return existing
        values: Values = {"org": self.org}
        if model._meta.label_lower in OVERRIDES:
            values |= OVERRIDES[model._meta.label_lower](self)
        for field in model._meta.local_fields:
            if field.name not in values and _is_needed(field):
                values[field.name] = self._value(field)
        return model._base_manager.create(**values)

    def _already_there(self, model: type[models.Model]) -> models.Model | None:
        """Return a row that came with the organization, where there can be only one."""
        if model._meta.pk.name == "org":
            return model._base_manager.filter(pk=self.org.pk).first()
        return None

    def _value(self, field: "models.Field[Any, Any]") -> Any:
        if isinstance(field, models.ForeignKey):
            return self.get(field.related_model)
        if field.choices:
            return next(value for value, _ in field.flatchoices if value != "")
        if isinstance(field, models.CharField | models.TextField):
            return self.canary[: field.max_length]
        for kind, make in MAKERS:
            if isinstance(field, kind):
                return make()
        raise NotImplementedError(f"Say in OVERRIDES what {field} may hold.")


def _is_needed(field: "models.Field[Any, Any]") -> bool:
    if field.name == "org" or isinstance(field, models.GeneratedField) or field.null:
        return False
    if isinstance(field, models.CharField | models.TextField) and not field.choices:
        return True
    return not field.has_default() and field.db_default is models.NOT_PROVIDED


MAKERS: list[tuple[type["models.Field[Any, Any]"], Callable[[], Any]]] = [
    (models.BooleanField, lambda: False),
    (models.DateTimeField, timezone.now),
    (models.IntegerField, lambda: 1),
    (models.FloatField, lambda: 1.0),
    (models.UUIDField, uuid.uuid4),
    (models.JSONField, dict),
    (models.BinaryField, lambda: b""),
]


def _stored(rows: Rows) -> Values:
    """Return the columns of a stored file, and store it."""
    content = ContentFile(rows.canary.encode())
    key = default_storage.save(f"isolation/{rows.org.pk}", content)
    return {"storage_key": key, "size_bytes": content.size}


def _allowed_face(rows: Rows) -> Values:
    """Return the columns of a face, and have everything that it needs to be allowed."""
    rows.get_by_label("faces.facesource")
    rows.get_by_label("media.assetmedia")
    crop = _stored(rows)
    return {
        "x": 0.25,
        "y": 0.25,
        "w": 0.5,
        "h": 0.5,
        "crop_key": crop["storage_key"],
        "crop_size_bytes": crop["size_bytes"],
    }


def _two_people(rows: Rows) -> Values:
    """Return two people whom somebody tells apart."""
    first, second = rows.get_by_label("faces.person"), Person.objects.create(org=rows.org)
    return {"first": first, "second": second}


OVERRIDES: dict[str, Override] = {
    "faces.face": _allowed_face,
    "faces.faceembedding128": lambda _: {"vec": [0.5] * 128},
    "faces.facereceipt": lambda _: {"completed_at": timezone.now()},
    "faces.facesource": lambda _: {"source": "upload", "site": ""},
    "faces.mergesuggestion": _two_people,
    "faces.persondistinct": _two_people,
    "ingestion.job": lambda _: {"kind": "import", "timezone": "UTC", "cron": "0 3 * * *"},
    "ingestion.syncrun": lambda _: {"kind": "import"},
    "media.asset": lambda _: {"source": "upload"},
    "media.assetmedia": lambda rows: {"blob": rows.get_by_label("media.blob")},
    "media.blob": _stored,
    "media.operationbatch": lambda rows: {"asset_ids": [rows.get_by_label("media.asset").pk]},
    "media.rendition": _stored,
    "media.searchdocument": lambda rows: {"document": RawSQL("'word'::tsvector", [])},
    "media.stagestate": lambda rows: {"asset": rows.get_by_label("media.asset")},
    "tenants.apitoken": lambda _: {"scopes": ["library:read"]},
}


def two_organizations() -> tuple[Rows, Rows]:
    """Return the rows of two organizations, none made yet."""
    return (
        Rows(OrganizationFactory.create(slug="ours")),
        Rows(OrganizationFactory.create(slug="theirs")),
    )
