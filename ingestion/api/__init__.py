"""Imports and runs in the API."""
