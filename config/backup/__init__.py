"""Backup and restore of the whole product: one archive with every row and every stored file."""
