"""What is kept of the web sites that are asked for pages: their rules, and whose turn it is."""

from django.db import models
from django.db.models.functions import Now


class WebSite(models.Model):
    """A site that organizations asked for; which of them did, it does not know.

    A turn is a row whose ``next_at`` lies ahead: until then nobody else asks. Who holds it moves
    the time nearer when it is done; of a holder that died the time passes by itself.
    """

    # Scheme, host and port, such as ``https://example.org``.
    site = models.CharField(max_length=300, primary_key=True)
    next_at = models.DateTimeField(db_default=Now())
    holder = models.UUIDField(null=True)
    robots = models.TextField(blank=True, default="", db_default="")
    robots_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.site
