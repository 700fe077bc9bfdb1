"""Files that people bring: from the upload to the report."""
