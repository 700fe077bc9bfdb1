"""The tables of this app that keep secrets; a rotation of keys goes through them."""

from connectors.models import Credential, PlatformSecret
from tenants.vault.rows import register

register(Credential)
register(PlatformSecret)
