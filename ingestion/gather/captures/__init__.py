"""What people save while they browse: one picture of a page, or a pin, at a time."""
