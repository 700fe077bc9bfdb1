"""The look: what templates, style sheets and icons promise each other."""
