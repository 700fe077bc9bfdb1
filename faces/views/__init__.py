"""Pages of faces and people."""
