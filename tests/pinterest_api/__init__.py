"""A stateful stand-in for Pinterest's API, and what the connector does with it."""
