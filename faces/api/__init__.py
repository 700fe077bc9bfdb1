"""The API of faces and people."""
