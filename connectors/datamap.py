"""The data map of connections."""

from tenants.datamap import declare

declare(
    "connectors.Connection",
    operational="id org source is_default created_at",
    personal="name",
    exported_as="connections.jsonl",
)
