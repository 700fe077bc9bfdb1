"""Pinterest as its own web pages read it: nothing that it offers to programs."""
