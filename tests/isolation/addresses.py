"""Every address of the product, read from the resolver, with what each promises.

A page that is added without a place in these lists fails the suite.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A page knows no others: there is a test for that.
PAGE_METHODS = ("GET", "POST")
# Pages of libraries, tested by them: they take no key of a tenant's row.
FOREIGN_NAMESPACES = {"admin"}
FOREIGN_PREFIXES = ("account_", "mfa_", "usersessions_")

# Addresses outside an organization, and who may see them.
PUBLIC = {
    "tenants:invitation",
    "tenants:invitation_accept",
    "tenants:demo_mail",
    "api_schema",
    "ingestion:notifications_off",
}
OF_ONESELF = {
    "home",
    "account_settings",
    "account_theme",
    "ingestion:capture_door",
    "ingestion:connection_callback",
    "tenants:create_organization",
}
API_OF_ONESELF = {"tenants_api:orgs"}

# What a parameter of an address names: a model, and the field that is looked up.
OBJECTS: dict[str, tuple[str, str]] = {
    "asset_id": ("media.asset", "pk"),
    "media_id": ("media.assetmedia", "pk"),
    "blob_id": ("media.blob", "pk"),
    "rendition_id": ("media.rendition", "pk"),
    "board_id": ("media.board", "pk"),
    "tag_id": ("media.tag", "pk"),
    "operation_id": ("media.operation", "pk"),
    "connection_id": ("connectors.connection", "pk"),
    "dataset_id": ("ingestion.datasetstatus", "pk"),
    "job_id": ("ingestion.job", "pk"),
    "run_id": ("ingestion.syncrun", "pk"),
    "item_id": ("ingestion.runitem", "pk"),
    "file_id": ("ingestion.importfile", "pk"),
    "membership_id": ("tenants.membership", "pk"),
    "invitation_id": ("tenants.invitation", "pk"),
    "token_id": ("tenants.apitoken", "pk"),
    "source_id": ("faces.facesource", "pk"),
    "receipt_id": ("faces.facereceipt", "pk"),
    "notification_id": ("ingestion.notification", "pk"),
    "person_id": ("faces.person", "pk"),
    "face_id": ("faces.face", "pk"),
    "event_id": ("faces.faceevent", "pk"),
}
# What ``pk`` names in the API, by the base name that the viewset is registered with.
API_OBJECTS: dict[str, str] = {
    "faces_api:face": "faces.face",
    "faces_api:person": "faces.person",
    "tenants_api:member": "tenants.membership",
    "media_api:asset": "media.asset",
    "media_api:board": "media.board",
    "media_api:operation": "media.operation",
    "media_api:tag": "media.tag",
    "ingestion_api:capture": "ingestion.job",
    "ingestion_api:dataset": "ingestion.datasetstatus",
    "ingestion_api:import": "ingestion.job",
    "ingestion_api:job": "ingestion.job",
    "ingestion_api:run": "ingestion.syncrun",
    "ingestion_api:scrape_job": "ingestion.job",
}
# Parameters that name no object (whoever holds a secret was sent it); with a value.
PLAIN_PARAMETERS = {
    "connector": "pinterest_api",
    "secret": "made-up",
    "token": "made-up",
    "position": "0",
    "size": "thumb",
    "stage": "fetch",
    "which": "failed",
}
# Addresses whose object is there, and yet nothing is found without more than ``rows`` makes.
NEED_MORE = {
    "o/<slug:org_slug>/media/<uuid:media_id>/preview": "there is one rendition, the thumb",
    "o/<slug:org_slug>/imports/folder/<uuid:job_id>/stop/": "the one job is an import",
    "o/<slug:org_slug>/capture/<uuid:job_id>/": "the one job is an import",
    "o/<slug:org_slug>/capture/<uuid:job_id>/look/": "the one job is an import",
    "o/<slug:org_slug>/capture/<uuid:job_id>/pictures/<int:position>/": "the one job is an import",
    "o/<slug:org_slug>/capture/<uuid:job_id>/retry/": "the one job is an import",
    "o/<slug:org_slug>/capture/<uuid:job_id>/undo/": "the one job is an import",
    "o/<slug:org_slug>/notifications/<uuid:notification_id>/read/": "it is of one person alone",
    **{
        f"o/<slug:org_slug>/connections/<uuid:connection_id>/{action}/": "it is of no account"
        for action in ("reconnect", "begin", "disconnect")
    },
    "api/v1/captures/<uuid:pk>": "the one job is an import",
    **{
        f"o/<slug:org_slug>/uploads/<uuid:job_id>/{action}": "the one job is an import"
        for action in (
            "",
            "live/",
            "found/<uuid:item_id>/",
            "choose/",
            "retry/",
            "cancel/",
            "delete/",
            "restore/",
        )
    },
    **{
        f"api/v1/scrape-jobs/<uuid:pk>{action}": "the one job is an import"
        for action in ("", "/cancel", "/choice", "/retry")
    },
}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver."""

    name: str
    route: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_api(self) -> bool:
        """Return whether programs call it."""
        return self.route.startswith("api/")

    @property
    def is_of_an_organization(self) -> bool:
        """Return whether it names an organization, or asks its caller to."""
        if self.is_api:
            return self.name not in API_OF_ONESELF | PUBLIC
        return "org_slug" in self.parameters

    @property
    def api_class(self) -> Any:
        """Return the class of an API view."""
        return getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)

    @property
    def methods(self) -> list[str]:
        """Return the methods that an API view answers; of a page, those that it may answer."""
        if not self.is_api:
            return list(PAGE_METHODS)
        actions: dict[str, str] | None = getattr(self.view, "actions", None)
        known = dir(self.api_class) if actions is None else actions
        return [method for method in METHODS if method.lower() in known]

    @property
    def object_parameters(self) -> list[str]:
        """Return the parameters that name an object."""
        plain = {"org_slug", *PLAIN_PARAMETERS}
        return [name for name in self.parameters if name not in plain]

    def names(self, parameter: str) -> tuple[str, str]:
        """Return which model and field a parameter names.

        Raises:
            KeyError: nobody has said so.
        """
        if self.is_api and parameter == "pk":
            return API_OBJECTS[self.name.split("-")[0]], "pk"
        return OBJECTS[parameter]

    def url(self, **parameters: object) -> str:
        """Return the address with its parameters filled in; a name may stand for several."""
        return "/" + re.sub(
            r"<(?:\w+:)?(\w+)>", lambda match: str(parameters[match[1]]), self.route
        )


def all_addresses() -> list[Address]:
    """Return every address of the product's own."""
    found = _walk(get_resolver().url_patterns, route="", namespaces=(), parameters=())
    return sorted(found, key=lambda address: (address.route, address.name))


def _walk(
    patterns: list[URLPattern | URLResolver],
    *,
    route: str,
    namespaces: tuple[str, ...],
    parameters: tuple[str, ...],
) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        names = parameters + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inside = (*namespaces, pattern.namespace) if pattern.namespace else namespaces
            if not FOREIGN_NAMESPACES & set(inside):
                yield from _walk(
                    pattern.url_patterns, route=here, namespaces=inside, parameters=names
                )
            continue
        name = ":".join([*namespaces, pattern.name or f"unnamed {here}"])
        if not name.startswith(FOREIGN_PREFIXES) or name in OF_ONESELF:
            yield Address(name=name, route=here, parameters=names, view=pattern.callback)
