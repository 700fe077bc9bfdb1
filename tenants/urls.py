"""Addresses of people's and organizations' pages."""

from django.urls import URLPattern, URLResolver, include, path

from tenants.views import demo, invitations, members, organizations, tokens

app_name = "tenants"

org_pages: list[URLPattern | URLResolver] = [
    path("members/", members.member_list, name="members"),
    path("members/invite/", members.member_invite, name="member_invite"),
    path("members/leave/", members.member_leave, name="member_leave"),
    path("members/<uuid:membership_id>/role/", members.member_role, name="member_role"),
    path("members/<uuid:membership_id>/remove/", members.member_remove, name="member_remove"),
    path(
        "invitations/<uuid:invitation_id>/revoke/",
        members.invitation_revoke,
        name="invitation_revoke",
    ),
    path(
        "invitations/<uuid:invitation_id>/resend/",
        members.invitation_resend,
        name="invitation_resend",
    ),
    path("settings/", organizations.organization_settings, name="settings"),
    path("settings/rename/", organizations.organization_rename, name="organization_rename"),
    path("tokens/", tokens.token_list, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("o/<slug:org_slug>/", include(org_pages)),
    path("organizations/new/", organizations.organization_create, name="create_organization"),
    path("invitations/accept/", invitations.invitation_accept, name="invitation_accept"),
    path("invitations/<str:secret>/", invitations.invitation_open, name="invitation"),
    path("demo/mail/", demo.demo_mail, name="demo_mail"),
]
