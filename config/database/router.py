"""Only the owner migrates; everything else runs with the runtime role."""


class OwnerMigrates:
    """Send the schema to the ``owner`` alias, so that the app's role owns nothing."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        """Allow schema changes through the owner's connection only."""
        return db == "owner"
