"""Organizations, people, roles, and the walls between organizations."""
