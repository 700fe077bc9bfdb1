"""Web pages: which pictures a page, a feed or a sitemap shows, and opening what needs a browser."""
