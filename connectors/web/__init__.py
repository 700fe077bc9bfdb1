"""Web pages: finding the pictures on them."""
