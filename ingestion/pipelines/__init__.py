"""What the Pipeline Manager shows: every connection, what it refreshes, and how that goes."""
