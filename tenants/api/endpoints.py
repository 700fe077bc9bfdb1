"""Calls about people and organizations."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.api.filters import ListMixin
from tenants.api.permissions import SessionOnly
from tenants.api.serializers import MemberSerializer, MeSerializer, OrganizationSerializer
from tenants.api.views import OrgAPIView, OrgViewSet
from tenants.models import Membership, User
from tenants.permissions import Permission
from tenants.services.organizations import organizations_of


class MeView(OrgAPIView):
    """Who calls, for which organization, in which role."""

    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.SEE_ONESELF}

    @extend_schema(responses=MeSerializer, operation_id="me")
    def get(self, request: Request) -> Response:
        """Return the caller's membership."""
        return Response(MeSerializer(self.membership, context={"request": request}).data)


class OrganizationsView(APIView):
    """The organizations of the person who is signed in."""

    permission_classes = [SessionOnly]

    @extend_schema(responses=OrganizationSerializer(many=True), operation_id="orgs_list")
    def get(self, request: Request) -> Response:
        """Return them by name; a person has few, so there are no pages."""
        user = request.user
        assert isinstance(user, User)  # noqa: S101  # narrows for the type checker
        return Response(OrganizationSerializer(organizations_of(user), many=True).data)


class MemberViewSet(ListMixin, mixins.RetrieveModelMixin, OrgViewSet):
    """Read who belongs to the organization."""

    serializer_class = MemberSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {"GET": Permission.VIEW_MEMBERS}
    ordering = ("created_at", "pk")

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the members with their people."""
        return self.org.memberships.select_related("user")
