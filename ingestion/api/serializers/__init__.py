"""What the calls of this app take and answer, in JSON."""
