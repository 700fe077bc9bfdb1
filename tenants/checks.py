"""System checks of what the product cannot run without."""
