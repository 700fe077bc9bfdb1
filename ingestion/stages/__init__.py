"""Post-processing: each stage takes its pending units in batches."""
