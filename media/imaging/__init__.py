"""Pictures: what they are, how they look, and their renditions, made in limited child processes.

Nothing here knows Django, a model or a setting. ``pool.RenditionPool`` is the door; everything
that touches the bytes of a picture (``decode``, ``renditions``, ``colors``, ``hashing``) runs in
its children only. Keep this file free of imports: every child pays for them.
"""
