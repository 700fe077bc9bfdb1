"""Platform-wide tables in the admin. Tenant tables are never here: no scope is open."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from tenants.models import User

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[User]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(User)
class UserAdmin(ModelAdmin):
    """Lets staff switch people on and off; people change the rest themselves."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "created_at")
    readonly_fields = ("email", "name", "last_login", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: people sign up, so that their address is proven."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse: what they belong to is out of the admin's sight; switch them off instead."""
        return False
