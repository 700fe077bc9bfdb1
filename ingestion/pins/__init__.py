"""What is done with the pins of an organization, step by step: see ``kind``."""
