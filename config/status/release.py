"""Which release and which commit runs here."""

import functools
import os
import tomllib

from config.env import BASE_DIR
from config.status.git import checkout


@functools.cache
def version() -> str:
    """Return the version of this code."""
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    return str(project["version"])


@functools.cache
def commit() -> str:
    """Return the commit that the process began with; empty where nobody can say.

    An image without a repository says it by the environment.
    """
    named = os.environ.get("MAGPIE_COMMIT", "")
    found = None if named else checkout()
    return named or (found.commit if found else "")
