"""The words and labels of each asset, apart from it: small rows, one index."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from media.models.asset import Asset
from tenants.managers import OrgManager
from tenants.models import Organization


class SearchDocument(models.Model):
    """What an asset can be found by, kept by ``media.search.index`` and by imports.

    Each lexeme is prefixed with its organization (see ``media.search``): the index then leads
    straight to the organization's rows, where one index over all of them would not.
    ``magpie_engine`` may read this table, since ``@@`` cannot use an index under row-level
    security; the function that does so returns keys only, which are joined back through it.
    """

    asset = models.OneToOneField(
        Asset,
        models.CASCADE,
        primary_key=True,
        related_name="search_document",
        db_constraint=False,
    )
    org = models.ForeignKey(
        Organization, models.CASCADE, related_name="search_documents", db_index=False
    )
    document = SearchVectorField()
    # What chips are counted by: boards that hold the asset, and its tags, each once.
    board_ids = ArrayField(models.UUIDField(), default=list)
    tag_ids = ArrayField(models.UUIDField(), default=list)

    objects = OrgManager()

    class Meta:
        indexes = [GinIndex(fields=["document"], name="media_searchdocument_words")]

    def __str__(self) -> str:
        return str(self.asset_id)
