"""People and organizations as the API shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.models import Membership, Organization, User
from tenants.token_scopes import TokenScope


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """An organization."""

    class Meta:
        model = Organization
        fields = ("id", "slug", "name", "is_personal", "created_at")
        read_only_fields = fields


class UserSerializer(serializers.ModelSerializer[User]):
    """A person, as far as fellow members may know."""

    class Meta:
        model = User
        fields = ("id", "name", "email")
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer[Membership]):
    """Whose rights a call has, where, and which of them; null means all, as for a session."""

    user = UserSerializer(read_only=True)
    org = OrganizationSerializer(read_only=True)
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ("user", "org", "role", "scopes")
        read_only_fields = fields

    @extend_schema_field(
        serializers.ListField(
            child=serializers.ChoiceField(choices=TokenScope.choices), allow_null=True
        )
    )
    def get_scopes(self, _: Membership) -> list[str] | None:
        """Return the scopes of the call's token, in the order of the table."""
        scopes: Any = self.context["request"].auth.scopes
        return None if scopes is None else [each for each in TokenScope.values if each in scopes]


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member of the organization."""

    user = UserSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ("id", "user", "role", "created_at")
        read_only_fields = fields
