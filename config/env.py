"""Reads the environment; the one place that knows how a setting is spelled outside."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

# Of 32 random characters of base 64 an attacker guesses nothing.
MASTER_KEY_LENGTH = 32

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")


def local_secret(var_dir: Path, name: str) -> str:
    """Return a random secret that lives in ``var/``, made on first use.

    Processes that start together agree on it: one makes it, the others wait for that.

    Only for the local product without settings: a real installation sets its secrets in
    the environment, so that they are not beside the data that they protect.
    """
    path = var_dir / "secrets.json"
    var_dir.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock")):
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(48)
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(json.dumps(known))
            fresh.replace(path)
    return known[name]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time pass; the kernel drops the lock with the process."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def master_keys(var_dir: Path, *, is_local: bool) -> list[str]:
    """Return the keys that protect secrets at rest, newest first.

    Raises:
        ImproperlyConfigured: a real installation names none; one made in ``var/`` would lie
            beside the data that it protects, and be another one on every host.
    """
    keys: list[str] = env.list("MASTER_KEYS", default=[])
    if not keys and is_local:
        return [local_secret(var_dir, "MASTER_KEY")]
    if not keys or min(map(len, keys)) < MASTER_KEY_LENGTH:
        raise ImproperlyConfigured(
            f"MASTER_KEYS needs keys of {MASTER_KEY_LENGTH} characters or more where SECRET_KEY is "
            "set. Make one with `head -c 48 /dev/urandom | base64`, and keep it: what it "
            "encrypts cannot be read without it."
        )
    return keys


def database(url: str, *, login: str, var_dir: Path) -> dict[str, Any]:
    """Return Django's settings for one login: of ``url``, or of the embedded server."""
    common = {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "ATOMIC_REQUESTS": False,
    }
    if url:
        parts = environ.Env.db_url_config(url)
        # A socket's folder stands percent-encoded in the place of the host, as in libpq.
        parts["HOST"] = unquote(parts["HOST"])
        return {**parts, **common, "ENGINE": "config.database"}
    return {
        "ENGINE": "config.database",
        "NAME": "magpie",
        "EMBEDDED": login,
        "EMBEDDED_VAR_DIR": str(var_dir),
        **common,
    }


def site_url(hosts: list[str], *, is_local: bool) -> str:
    """Return where people reach the product, for links in mails that no request leads to."""
    if is_local:
        return f"http://127.0.0.1:{env('PORT', default='8000')}"
    names = [host.removeprefix(".") for host in hosts if host != "*"]
    return f"https://{names[0] if names else 'localhost'}"


def host_map(pairs: list[str]) -> dict[str, str]:
    """Parse ``name=127.0.0.1:9000`` pairs into a mapping."""
    entries = [pair.partition("=") for pair in pairs if pair]
    return {name: target for name, _, target in entries}
