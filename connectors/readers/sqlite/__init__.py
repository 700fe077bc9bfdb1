"""The databases of an older scraper: opened without a lock, and read as far as they go."""
