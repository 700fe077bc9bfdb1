"""Database backend that can start the embedded PostgreSQL on the first connection."""
