"""Reviews of sources' terms: what the operator reads, records, and sees before the night."""
