"""Members who look at addresses."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.test import Client

from tenants.permissions import Role
from tests.isolation.addresses import PLAIN_PARAMETERS, Address
from tests.isolation.rows import Rows


def named(address: Address) -> str:
    return address.name


def member_of(rows: Rows, role: Role) -> Client:
    """Return a browser of somebody in an organization."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = rows.session_of(role)
    return client


def parameters_of(address: Address, org: Rows, objects: Rows) -> dict[str, object]:
    """Return the parameters of an address in ``org`` that name objects of ``objects``."""
    values: dict[str, object] = {"org_slug": org.org.slug, **PLAIN_PARAMETERS}
    for parameter in address.object_parameters:
        label, field = address.names(parameter)
        values[parameter] = getattr(objects.get_by_label(label), field)
    return {name: values[name] for name in address.parameters}


def url_of(address: Address, org: Rows, objects: Rows) -> str:
    """Return an address in ``org`` that names objects of ``objects``."""
    return address.url(**parameters_of(address, org, objects))


@contextmanager
def undone() -> Iterator[None]:
    """Undo what the requests inside have written."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
