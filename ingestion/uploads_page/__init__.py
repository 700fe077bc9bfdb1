"""What the pages of uploads show."""
