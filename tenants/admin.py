"""Platform-wide tables in the admin. Tenant tables are never here: no scope is open."""

from typing import TYPE_CHECKING, Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.http import HttpRequest

from tenants.models import User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[User]
else:
    ModelAdmin = admin.ModelAdmin


# What makes somebody staff, and more; only who has the most may give it.
RIGHTS = ("is_staff", "is_superuser")


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Lets staff switch people on and off; people change the rest themselves.

    Rights are given and taken by superusers, and only they change other staff: else whoever
    may change people could make themselves more than they are.
    """

    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "created_at")
    readonly_fields = ("email", "name", "last_login", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Leave rights to superusers."""
        shown = self.readonly_fields
        return shown if _is_superuser(request) else (*shown, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Leave staff to superusers."""
        is_staff = obj is not None and (obj.is_staff or obj.is_superuser)
        if is_staff and not _is_superuser(request):
            return False
        return super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: people sign up, so that their address is proven."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse: what they belong to is out of the admin's sight; switch them off instead."""
        return False


# Its own registration came with the import.
admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class EmailAddressAdmin(AllauthEmailAddressAdmin):  # type: ignore[misc]  # allauth has no types
    """Shows addresses to staff; only superusers change them.

    Whoever can give somebody another address can have their password reset, and be them.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Leave it to superusers."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        """Leave it to superusers."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: EmailAddress | None = None) -> bool:
        """Leave it to superusers."""
        return _is_superuser(request)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer none to those who may only look; allauth's ask for no permission."""
        actions: dict[str, Any] = super().get_actions(request)
        return actions if _is_superuser(request) else {}


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_active and request.user.is_superuser
