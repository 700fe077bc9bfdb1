"""The PostgreSQL that comes with the product, for an installation without DATABASE_URL.

``server`` is the door: it starts the server, shares it between commands, and lets it end.
Nothing here imports Django, so that settings and the database backend may use it.
"""
