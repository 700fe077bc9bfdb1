"""Calls about people, their faces, and whose faces are."""

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from faces import people
from faces.api.people_serializers import (
    DecisionSerializer,
    FacePersonSerializer,
    FaceSerializer,
    MergeSerializer,
    PersonEditSerializer,
    PersonFilter,
    PersonSerializer,
)
from faces.models import Face, Person
from faces.models.face import FaceState
from faces.models.person import PersonConsent
from tenants.api.filters import ListFilter, read_filter
from tenants.api.views import OrgViewSet
from tenants.permissions import Permission

_RIGHTS = {
    "GET": Permission.VIEW_LIBRARY,
    "POST": Permission.EDIT_LIBRARY,
    "PATCH": Permission.EDIT_LIBRARY,
}


class PersonViewSet(mixins.RetrieveModelMixin, OrgViewSet):
    """Read who is on the pictures, name them, merge those who are one."""

    serializer_class = PersonSerializer
    required_permissions: ClassVar[dict[str, Permission]] = _RIGHTS
    ordering: tuple[str, ...] = ("folded_name", "pk")

    def get_queryset(self) -> QuerySet[Person]:
        """Return the people; who was merged, or withdrew, is not there."""
        found: QuerySet[Person] = Person.objects.standing().exclude(consent=PersonConsent.WITHDRAWN)
        return found

    @extend_schema(parameters=[PersonFilter])
    def list(self, request: Request) -> Response:
        """Return a page of people by name; those without one come first."""
        asked = read_filter(PersonFilter, request)
        found = self.get_queryset()
        if "is_hidden" in asked:
            found = found.filter(is_hidden=asked["is_hidden"])
        if "is_named" in asked:
            found = found.exclude(name="") if asked["is_named"] else found.filter(name="")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(PersonSerializer(page, many=True).data)

    @extend_schema(request=PersonEditSerializer, responses=PersonSerializer)
    def partial_update(self, request: Request, pk: uuid.UUID) -> Response:
        """Name somebody, hide them or show them again; it can be undone."""
        form = PersonEditSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said, who = form.validated_data, self._person(pk)
        if "name" in said:
            people.rename_person(who, said["name"], self.membership.user)
        if "is_hidden" in said:
            people.set_hidden(who, self.membership.user, is_hidden=said["is_hidden"])
        return Response(PersonSerializer(self._person(pk)).data)

    @extend_schema(responses=FaceSerializer(many=True))
    @action(detail=True, methods=["get"])
    def faces(self, request: Request, pk: uuid.UUID) -> Response:
        """Return a page of somebody's faces."""
        read_filter(ListFilter, request)
        found = _faces().filter(person=self._person(pk))
        self.ordering = ("pk",)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(FaceSerializer(page, many=True).data)

    @extend_schema(request=MergeSerializer, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: uuid.UUID) -> Response:
        """Say that others are this person too; it can be undone."""
        form = MergeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        who = self._person(pk)
        others = [self._person(key) for key in dict.fromkeys(form.validated_data["others"])]
        people.merge_people(who, others, self.membership.user)
        return Response(PersonSerializer(self._person(pk)).data)

    def _person(self, pk: uuid.UUID) -> Person:
        found: Person = get_object_or_404(self.get_queryset(), pk=pk)
        return found


class FaceViewSet(mixins.RetrieveModelMixin, OrgViewSet):
    """Read a face, and say whose it is or is not."""

    serializer_class = FaceSerializer
    required_permissions: ClassVar[dict[str, Permission]] = {
        "GET": Permission.VIEW_LIBRARY,
        "POST": Permission.EDIT_LIBRARY,
    }

    def get_queryset(self) -> QuerySet[Face]:
        """Return the faces; of those who withdrew there are none."""
        return _faces()

    @extend_schema(request=FacePersonSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: uuid.UUID) -> Response:
        """Say that the face is somebody; no machine changes it."""
        face, who = self._asked(request, pk)
        event = people.assign_faces([face.pk], who, self.membership.user)
        return Response(DecisionSerializer(event).data)

    @extend_schema(request=FacePersonSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: uuid.UUID) -> Response:
        """Say that the face is not somebody; it is not proposed again."""
        face, who = self._asked(request, pk)
        event = people.reject_faces([face.pk], who, self.membership.user)
        return Response(DecisionSerializer(event).data)

    def _asked(self, request: Request, pk: uuid.UUID) -> tuple[Face, Person]:
        form = FacePersonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        face: Face = get_object_or_404(self.get_queryset(), pk=pk)
        who: Any = get_object_or_404(
            Person.objects.standing().exclude(consent=PersonConsent.WITHDRAWN),
            pk=form.validated_data["person"],
        )
        return face, who


def _faces() -> QuerySet[Face]:
    found: QuerySet[Face] = Face.objects.exclude(state=FaceState.SUPPRESSED)
    return found.select_related("blob")
