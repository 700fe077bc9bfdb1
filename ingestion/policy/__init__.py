"""Holds the library to what the operator decided about the terms of sources."""
