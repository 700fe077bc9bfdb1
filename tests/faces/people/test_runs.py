"""When faces are grouped: after they were found, after decisions, and every night."""

import datetime as dt

import pytest
from django.utils import timezone

from faces import people
from faces.models import Face, Person
from faces.models.face import FaceState
from faces.people.signals import grouping_asked
from ingestion.faces_people import PEOPLE, WAIT, queue_grouping
from ingestion.faces_receivers import group_new_faces
from ingestion.models import Job, SyncRun
from ingestion.models.run import RunMode, RunState, Trigger
from tenants.models import Organization, User
from tests.faces.people.making import alike, looks, make_faces, switch_on
from tests.ingestion.support import make_due, work

pytestmark = pytest.mark.usefixtures("in_scope")


def make_due_and_work(run: SyncRun, org: Organization) -> SyncRun:
    """Work ``run`` over faces that were found before it, as a transaction's clock has it."""
    make_due(run.pk, org)
    Face.objects.update(updated_at=timezone.now() - dt.timedelta(hours=1))
    return work(run)


def test_a_run_groups_what_was_found_once_it_is_quiet(org: Organization) -> None:
    faces = make_faces(org, alike(looks(1)[0], 3))
    found = SyncRun(org=org, kind="faces")
    group_new_faces(run=found)
    group_new_faces(run=found)

    waiting = SyncRun.objects.get(kind=PEOPLE)
    assert waiting.run_after > timezone.now() + WAIT / 2
    done = make_due_and_work(waiting, org)

    assert done.state == RunState.SUCCEEDED
    assert Face.objects.filter(state=FaceState.AUTO).count() == len(faces)
    job = Job.objects.get(kind=PEOPLE)
    assert job.next_due_at is not None
    # With nothing new, nothing is queued.
    group_new_faces(run=found)
    assert not SyncRun.objects.open().filter(kind=PEOPLE).exists()


def test_a_decision_has_the_rest_tried_again(org: Organization, owner_user: User) -> None:
    people.create_person("Nobody yet", owner_user)
    assert not SyncRun.objects.exists()

    switch_on(org)
    people.create_person("Anna", owner_user)

    assert SyncRun.objects.get().trigger == Trigger.WORK


def test_from_the_start_takes_back_what_no_person_said(org: Organization, owner_user: User) -> None:
    anna, bert = looks(2)
    make_faces(org, alike(anna, 3))
    named = make_faces(org, alike(bert, 3))
    make_due_and_work(queue_grouping(org.pk), org)
    person = Face.objects.get(pk=named[0].pk).person
    assert person is not None
    people.rename_person(person, "Bert", owner_user)

    grouping_asked.send(sender=Organization, org_id=org.pk, by=owner_user)
    run = SyncRun.objects.get(mode=RunMode.ALL)
    make_due_and_work(run, org)

    assert sorted(Person.objects.values_list("name", "face_count")) == [("", 3), ("Bert", 3)]
    assert Face.objects.filter(state=FaceState.CONFIRMED).count() == 3
