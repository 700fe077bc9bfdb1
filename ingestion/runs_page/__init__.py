"""What the pages of runs show: read in few queries, and put into words."""
