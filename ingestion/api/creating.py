"""Jobs that programs make."""

from typing import Any

from rest_framework.exceptions import ValidationError

from connectors.models import Connection
from ingestion.api.serializers.jobs import NewJobSerializer
from ingestion.drops.services import watch_folder
from ingestion.engine.kinds import kind_of
from ingestion.errors import ParamsInvalidError
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
    connection: Connection | None = org.connections.filter(pk=values["connection"]).first()
    if connection is None:
        raise ValidationError({"connection": ["There is no such connection."]})
    kind = kind_of(values["kind"])
    unknown = sorted(set(values["params"]) - set(kind.params_form.base_fields))
    if unknown:
        problems = {name: ["There is no such parameter."] for name in unknown}
        raise ValidationError({"params": problems})
    try:
        params = kind.clean_params(values["params"])
    except ParamsInvalidError as error:
        errors: Any = error.context["errors"]
        raise ValidationError({"params": errors}) from error
    return watch_folder(connection, params["folder"], form.as_cadence(), by=by, trigger=Trigger.API)
