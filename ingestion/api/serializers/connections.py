"""Connections, as the API shows them: how an account stands, and nothing that opens it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connectors.models import Connection, Credential, CredentialState
from ingestion.api.serializers.jobs import ConnectionSerializer


class LinkedConnectionSerializer(ConnectionSerializer):
    """A source that the organization is linked to, and the account where there is one.

    Accounts are linked, reconnected and disconnected on the page Connections alone.
    """

    account_name = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()

    class Meta:
        model = Connection
        fields = (*ConnectionSerializer.Meta.fields, "account_name", "state", "expires_at")
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_account_name(self, connection: Connection) -> str:
        """Return what the source calls the account; empty where none is linked."""
        found = _credential(connection)
        return found.account_name if found else ""

    @extend_schema_field(serializers.ChoiceField(choices=CredentialState.choices, allow_blank=True))
    def get_state(self, connection: Connection) -> str:
        """Return how the account stands; empty where none is linked."""
        found = _credential(connection)
        return found.state if found else ""

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_expires_at(self, connection: Connection) -> str | None:
        """Return when its access ends unless a sync renews it; null where nobody can tell."""
        found = _credential(connection)
        ends = found.ends_at if found else None
        return serializers.DateTimeField().to_representation(ends) if ends else None


def _credential(connection: Connection) -> Credential | None:
    """Return the one credential of a connection, which was fetched with it."""
    return next(iter(connection.credentials.all()), None)
