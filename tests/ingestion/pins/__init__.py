"""The job over the pins."""
