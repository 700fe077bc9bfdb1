"""Single pictures into the library: of a page, of a person's disk, or of one click."""
