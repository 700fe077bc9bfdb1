"""People and organizations as the API shows them."""

from rest_framework import serializers

from tenants.models import Membership, Organization, User


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
    """Whose rights a call has, and where."""

    user = UserSerializer(read_only=True)
    org = OrganizationSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ("user", "org", "role")
        read_only_fields = fields


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member of the organization."""

    user = UserSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ("id", "user", "role", "created_at")
        read_only_fields = fields
