"""Accounts that are kept in sync: connectors driven by the engine."""
