"""Addresses of the pages of people and their review."""

from django.urls import URLPattern, path

from faces.views import albums, crops, decisions, people, persons, pictures, review, strays

org_pages: list[URLPattern] = [
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/merge/", people.merge, name="people_merge"),
    path("people/hide/", people.hide, name="people_hide"),
    path("people/group/", people.group_anew, name="people_group"),
    path("people/nobody/", strays.stray_list, name="strays"),
    path("people/nobody/name/", strays.name_strays, name="strays_name"),
    path("people/nobody/none/", strays.no_faces, name="strays_none"),
    path("people/review/", review.review, name="review"),
    path("people/review/decide/", review.decide, name="review_decide"),
    path("people/decisions/", decisions.decision_list, name="decisions"),
    path("people/decisions/<uuid:event_id>/undo/", decisions.undo_decision, name="decision_undo"),
    path("people/faces/<uuid:face_id>/crop", crops.crop, name="crop"),
    path("people/of/<uuid:media_id>/", pictures.on_picture, name="on_picture"),
    path("people/<uuid:person_id>/", albums.person_page, name="person"),
    path("people/<uuid:person_id>/split/", albums.split_suggestion, name="person_two"),
    path("people/<uuid:person_id>/name/", persons.rename, name="person_name"),
    path("people/<uuid:person_id>/hide/", persons.hide, name="person_hide"),
    path("people/<uuid:person_id>/show/", persons.show, name="person_show"),
    path("people/<uuid:person_id>/merge/", persons.merge_with, name="person_merge"),
    path("people/<uuid:person_id>/consent/", persons.consent, name="person_consent"),
    path("people/<uuid:person_id>/forget/", persons.forget, name="person_forget"),
    path("people/<uuid:person_id>/faces/move/", albums.move_faces, name="faces_move"),
    path("people/<uuid:person_id>/faces/split/", albums.split_faces, name="faces_split"),
    path("people/<uuid:person_id>/faces/reject/", albums.reject_faces, name="faces_reject"),
    path("people/<uuid:person_id>/faces/none/", albums.not_faces, name="faces_none"),
    path("people/<uuid:person_id>/faces/confirm/", albums.confirm_faces, name="faces_confirm"),
    path("people/<uuid:person_id>/cover/", albums.cover, name="person_cover"),
]
