"""The data map of connections."""

from tenants.datamap import declare

declare(
    "connectors.Connection",
    operational="id org source is_default blocked_until block_reason created_at",
    personal="name",
    exported_as="connections.jsonl",
)
