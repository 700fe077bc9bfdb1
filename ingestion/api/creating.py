"""Jobs that programs make."""

from typing import Any

from rest_framework.exceptions import ValidationError

from connectors.items import Source
from connectors.models import Connection
from ingestion.api.params import misfits
from ingestion.api.serializers.jobs import NewJobSerializer
from ingestion.drops.services import watch_folder
from ingestion.engine.kinds import kind_of
from ingestion.errors import ParamsInvalidError
from ingestion.imports.kind import default_connection
from ingestion.models import Job
from ingestion.models.run import Trigger
from tenants.models import Organization, User


def create_job(org: Organization, form: NewJobSerializer, *, by: User) -> Job:
    """Make the job that ``form``, which is valid, describes; a drop folder is all there is today.

    Raises:
        ValidationError: the connection is none of the organization's, or what the job is told
            does not fit its kind; ``params`` says what, field by field.
        CadenceInvalidError: what is wrong with the schedule.
    """
    values = form.validated_data
    params = _checked(values["kind"], values["params"])
    return watch_folder(
        _connection(org, values),
        params["folder"],
        form.as_cadence(),
        by=by,
        trigger=Trigger.API,
    )


def _checked(name: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return what a job of the kind called ``name`` is told, as it is stored."""
    kind = kind_of(name)
    problems: Any = misfits(kind, params)
    if problems:
        raise ValidationError({"params": problems})
    try:
        return kind.clean_params(params)
    except ParamsInvalidError as error:
        problems = error.context["errors"]
        raise ValidationError({"params": problems}) from error


def _connection(org: Organization, values: dict[str, Any]) -> Connection:
    """Return the connection that is named, or the one for files of the source that is."""
    if values["connection"] is None:
        return default_connection(org.pk, Source(values["source"]))
    found: Connection | None = org.connections.filter(pk=values["connection"]).first()
    if found is None:
        raise ValidationError({"connection": ["There is no such connection."]})
    return found
