"""The data map of connections."""

from tenants.datamap import Erase, declare

declare(
    "connectors.Connection",
    operational="id org source is_default connector blocked_until block_reason created_at",
    personal="name account_id",
    exported_as="connections.jsonl",
)
declare(
    "connectors.Credential",
    operational="id org connection key scopes access_expires_at refresh_expires_at is_renewable"
    " state version connected_at changed_at",
    personal="account_id account_name",
    secret="sealed",  # noqa: S106  # the name of a field
    exported_as="connections.jsonl",
    withheld={"sealed": "it opens the account at the source"},
    erase_how="with its connection or its organization, whose data keys go as well",
    retention="until the account is disconnected",
)
declare(
    "connectors.PlatformSecret",
    operational="name key expires_at changed_at",
    secret="sealed",  # noqa: S106  # the name of a field
    not_exported="of no organization: secrets of the installation itself",
    erase=Erase.KEEP,
    erase_how="nothing of it belongs to an organization or a person",
    retention="until an operator replaces or deletes it, or it expires",
)
declare(
    "connectors.OAuthApp",
    operational="connector client_id created_at changed_at",
    not_exported="of no organization: the application that the operator registered at a source",
    erase=Erase.KEEP,
    erase_how="nothing of it belongs to an organization or a person",
    retention="until an operator changes or deletes it",
)
declare(
    "connectors.WebSite",
    operational="site next_at holder robots robots_at",
    not_exported="of no organization: the public rules of web sites, and whose turn it is there",
    retention="until nobody asked the site for 30 days",
)
declare(
    "connectors.RequestBudget",
    operational="key ends_at spent blocked_until blocks",
    not_exported="of no organization: what a source still allows; accounts are digests",
    retention="until nobody asked for the account for a week",
)
declare(
    "connectors.ConnectorReview",
    operational="name decision terms_read_on reviewed_on keep keep_days allows_ai allows_faces"
    " acknowledged_at user_agent requests_per_minute heeds_robots changed_at",
    personal="reviewed_by acknowledged_by note",
    not_exported="of no organization: what operators decided about platforms' terms",
    erase=Erase.KEEP,
    erase_how="it proves who answered for what; nothing of it belongs to an organization",
    retention="until an operator deletes it",
)
