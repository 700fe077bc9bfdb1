"""What jobs are told, as JSON and as JSON Schema; each kind's form is the source of both."""

from typing import Any, Final

from django import forms

from ingestion.engine.kinds import Kind, kinds
from ingestion.models import Job

# The first that fits, so the more exact ones stand first; what is none of them is a string.
_TYPES: Final[tuple[tuple[type[forms.Field], str], ...]] = (
    (forms.BooleanField, "boolean"),
    (forms.FloatField, "number"),
    (forms.DecimalField, "number"),
    (forms.IntegerField, "integer"),
    (forms.MultipleChoiceField, "array"),
)
_VALUES: Final[dict[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
    "array": (list,),
    "string": (str,),
}
_LIMITS: Final = {
    "max_length": "maxLength",
    "min_length": "minLength",
    "min_value": "minimum",
    "max_value": "maximum",
}


def kind_or_none(job: Job) -> Kind | None:
    """Return the kind of ``job``; None where no app knows it any more."""
    return next((kind for kind in kinds() if kind.name == job.kind), None)


def schema_of(kind: Kind) -> dict[str, Any]:
    """Return what the jobs of ``kind`` are told, as JSON Schema."""
    fields = kind.params_form.base_fields
    return {
        "type": "object",
        "properties": {name: _property(name, field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


def misfits(kind: Kind, params: dict[str, Any]) -> dict[str, list[str]]:
    """Return what of ``params`` does not fit ``schema_of`` by its name or type, one by one.

    A form would take any value for text, a list even; what it says itself, it is left to.
    """
    known = schema_of(kind)["properties"]
    found: dict[str, list[str]] = {}
    for name, value in params.items():
        if name not in known:
            found[name] = ["There is no such parameter."]
        elif not _fits(value, known[name]["type"]):
            found[name] = [f"This must be of the type {known[name]['type']}."]
    return found


def _fits(value: Any, type_name: str) -> bool:
    """Return whether a value of JSON is of a type of JSON Schema; to Python, True is a number."""
    if isinstance(value, bool):
        return type_name == "boolean"
    return isinstance(value, _VALUES[type_name])


def shown_params(job: Job, kind: Kind | None) -> dict[str, Any]:
    """Return of what ``job`` is told what people typed; secrets and our own notes stay inside."""
    if kind is None:
        return {}
    return {
        name: job.params[name]
        for name, field in kind.params_form.base_fields.items()
        if name in job.params and not isinstance(field.widget, forms.PasswordInput)
    }


def _property(name: str, field: forms.Field) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": next((word for kind, word in _TYPES if isinstance(field, kind)), "string"),
        "title": str(field.label or name.replace("_", " ").capitalize()),
    }
    if field.help_text:
        found["description"] = str(field.help_text)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        values = [value for value, _ in choices]
        found |= {"items": {"enum": values}} if found["type"] == "array" else {"enum": values}
    for attribute, keyword in _LIMITS.items():
        if (limit := getattr(field, attribute, None)) is not None:
            found[keyword] = limit
    if field.initial is not None and not callable(field.initial):
        found["default"] = field.initial
    return found
