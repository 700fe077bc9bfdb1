"""Finding assets by words."""
