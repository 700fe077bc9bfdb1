"""The page that shows where things come from: accounts that are linked, and the other ways."""
