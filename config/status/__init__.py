"""How the installation is doing: read once, shown as text, as JSON, as a page, and as metrics."""
