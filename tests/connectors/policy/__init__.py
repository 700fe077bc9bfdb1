"""What platforms allow, and what the operator made of it."""
