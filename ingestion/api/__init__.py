"""Imports, jobs, runs and datasets in the API."""
