"""The admin of the product: its own site, so that sign-in goes through one door."""

from django.contrib.admin.apps import AdminConfig


class MagpieAdminConfig(AdminConfig):
    """Django's admin with Magpie's site."""

    default_site = "config.admin_site.MagpieAdminSite"
