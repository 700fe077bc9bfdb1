"""The application as which Magpie is known at a source."""

from django.db import models
from django.db.models.functions import Now


class OAuthApp(models.Model):
    """An application that the operator registered at a source.

    It is of the whole installation. Its secret is a `PlatformSecret`, named
    ``<connector>.client_secret``.
    """

    # A connector's name.
    connector = models.CharField(max_length=40, primary_key=True)
    # No secret: it stands in the address at which people grant access.
    client_id = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "OAuth application"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(client_id=""), name="connectors_oauthapp_has_id"
            ),
        ]

    def __str__(self) -> str:
        return self.connector
