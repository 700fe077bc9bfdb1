"""Drop folders: every new file that somebody puts there becomes an import."""
