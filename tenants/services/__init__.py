"""What changes organizations and who belongs to them; each function is one transaction."""
