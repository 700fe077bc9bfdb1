"""The data map of connections."""

from tenants.datamap import declare

declare(
    "connectors.Connection",
    operational="id org source is_default blocked_until block_reason created_at",
    personal="name",
    exported_as="connections.jsonl",
)
declare(
    "connectors.WebSite",
    operational="site next_at holder robots robots_at",
    not_exported="of no organization: the public rules of web sites, and whose turn it is there",
    retention="until nobody asked the site for 30 days",
)
