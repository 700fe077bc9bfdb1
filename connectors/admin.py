"""Applications at sources in the admin: their secret is written there, and never shown."""

import logging
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime

from connectors.base import Connector, connector_named, connectors
from connectors.models import OAuthApp
from connectors.oauth.applications import (
    delete_application,
    is_set_up,
    save_application,
    secret_changed_at,
)
from connectors.oauth.asking import redirect_address
from connectors.oauth.trying import try_application

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[OAuthApp]
    ModelForm = forms.ModelForm[OAuthApp]
else:
    ModelAdmin = admin.ModelAdmin
    ModelForm = forms.ModelForm

logger = logging.getLogger(__name__)

_SECRET_CHARS = 500
_NEXT_LINE = mark_safe("<br>")


def _without_application() -> list[Connector]:
    """Return the sources that are linked by OAuth and have no application yet."""
    entered = set(OAuthApp.objects.values_list("pk", flat=True))
    linked = [each for each in connectors() if each.oauth() is not None]
    return [each for each in linked if each.name not in entered]


class OAuthAppForm(ModelForm):
    """An application; a secret that is there stays where none is entered."""

    client_secret = forms.CharField(
        required=False,
        max_length=_SECRET_CHARS,
        strip=True,
        # Never rendered with a value, and no browser offers to fill it in.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted, and never shown again.",
    )

    class Meta:
        model = OAuthApp
        fields = ("connector", "client_id")
        help_texts = {
            "client_id": "As the source shows it beside the application; also called app id."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "connector" in self.fields:
            choices = [(each.name, each.title) for each in _without_application()]
            self.fields["connector"] = forms.ChoiceField(label="Source", choices=choices)
        if self.instance.pk and is_set_up(self.instance.pk):
            self.fields[
                "client_secret"
            ].help_text = (
                "Stored encrypted, and never shown. Leave it empty to keep the one that is there."
            )

    def clean_client_secret(self) -> str:
        """Return the secret; the first one has to be entered."""
        secret = str(self.cleaned_data["client_secret"])
        has_one = bool(self.instance.pk) and secret_changed_at(self.instance.pk) is not None
        if not secret and not has_one:
            raise forms.ValidationError("Enter the application's secret.")
        return secret


@admin.register(OAuthApp)
class OAuthAppAdmin(ModelAdmin):
    """Lets an operator enter an application, copy what to register, and test it."""

    form = OAuthAppForm
    list_display = ("source", "client_id", "has_secret", "changed_at")
    actions = ("test_selected",)
    readonly_fields = ("redirect_address", "where_to_register", "secret_entered_at", "changed_at")
    fields = (
        "connector",
        "redirect_address",
        "where_to_register",
        "client_id",
        "client_secret",
        "secret_entered_at",
        "changed_at",
    )
    change_form_template = "admin/oauth_app.html"

    def get_readonly_fields(self, request: HttpRequest, obj: OAuthApp | None = None) -> Any:
        """Leave the source as it was entered: an application is of one."""
        return ("source", *self.readonly_fields) if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: OAuthApp | None = None) -> Any:
        """Leave out when it was entered and changed, before it is."""
        return ("source", *self.fields[1:]) if obj else self.fields[:-2]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether there is a source to enter one for."""
        return super().has_add_permission(request) and bool(_without_application())

    @admin.display(description="source")
    def source(self, app: OAuthApp) -> str:
        """Return what people call the source."""
        found = _connector(app)
        return found.title if found else app.connector

    @admin.display(boolean=True, description="secret entered")
    def has_secret(self, app: OAuthApp) -> bool:
        """Return whether there is a secret; nothing more of it is ever told."""
        return is_set_up(app.pk)

    @admin.display(description="redirect address to register")
    def redirect_address(self, app: OAuthApp) -> str:
        """Return what the source has to know letter by letter."""
        if app.pk:
            return redirect_address(app.pk)
        shown = [(each.title, redirect_address(each.name)) for each in _sources(app)]
        return format_html_join(_NEXT_LINE, "{}: {}", shown)

    @admin.display(description="where to register")
    def where_to_register(self, app: OAuthApp) -> str:
        """Return the page at the source where applications are made."""
        found = [each.oauth() for each in _sources(app)]
        pages = [(each.register_url,) * 2 for each in found if each and each.register_url]
        return format_html_join(_NEXT_LINE, '<a href="{}" rel="noreferrer">{}</a>', pages)

    @admin.display(description="secret entered at")
    def secret_entered_at(self, app: OAuthApp) -> str:
        """Return when the secret was entered, as the admin writes the moments of rows."""
        entered = secret_changed_at(app.pk) if app.pk else None
        return date_format(localtime(entered), "DATETIME_FORMAT") if entered else "-"

    def save_model(self, request: HttpRequest, obj: OAuthApp, form: Any, change: Any) -> None:
        """Save the application, and seal its secret."""
        saved = save_application(
            obj.pk, client_id=obj.client_id, client_secret=form.cleaned_data["client_secret"]
        )
        obj.changed_at, obj.created_at = saved.changed_at, saved.created_at

    def delete_model(self, request: HttpRequest, obj: OAuthApp) -> None:
        """Forget the secret too."""
        delete_application(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[OAuthApp]) -> None:
        """Forget the secrets too."""
        for app in queryset:
            delete_application(app.pk)

    def response_post_save_add(self, request: HttpRequest, obj: OAuthApp) -> HttpResponseRedirect:
        """Test what was entered, where that was asked for."""
        tested = self._test_if_asked(request, obj)
        return tested or super().response_post_save_add(request, obj)

    def response_post_save_change(
        self, request: HttpRequest, obj: OAuthApp
    ) -> HttpResponseRedirect:
        """Test what was changed, where that was asked for."""
        tested = self._test_if_asked(request, obj)
        return tested or super().response_post_save_change(request, obj)

    @admin.action(description="Test the selected applications", permissions=["change"])
    def test_selected(self, request: HttpRequest, queryset: QuerySet[OAuthApp]) -> None:
        """Ask each source whether it accepts the application."""
        for app in queryset:
            self._test(request, app)

    def _test_if_asked(self, request: HttpRequest, app: OAuthApp) -> HttpResponseRedirect | None:
        """Test it, and stay where it can be mended."""
        if "_test" not in request.POST:
            return None
        self._test(request, app)
        return HttpResponseRedirect(reverse("admin:connectors_oauthapp_change", args=[app.pk]))

    def _test(self, request: HttpRequest, app: OAuthApp) -> None:
        found = _connector(app)
        if found is None:
            self.message_user(request, f"Nothing reads “{app}” any more.", messages.WARNING)
            return
        verdict = try_application(found)
        logger.info("The application for %s was tested: %s.", app.pk, verdict.is_good)
        level = {True: messages.SUCCESS, False: messages.ERROR, None: messages.WARNING}
        self.message_user(request, verdict.sentence, level[verdict.is_good])


def _sources(app: OAuthApp) -> list[Connector]:
    """Return the source of an application; before it is entered, all that it can be of."""
    if not app.pk:
        return _without_application()
    found = _connector(app)
    return [found] if found else []


def _connector(app: OAuthApp) -> Connector | None:
    try:
        return connector_named(app.pk)
    except KeyError:
        return None
