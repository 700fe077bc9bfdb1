"""The configuration files of the embedded server, written anew at every start."""

import os
from pathlib import Path

import psutil

from config.embedded.binaries import Binaries
from config.embedded.state import PORT, State

# Passwords for everyone, the superuser included, and no way in but the socket.
HBA = "local all all scram-sha-256\n"

MEGABYTE = 1024 * 1024
SHARED_BUFFERS_MB = 512
SMALL_MACHINE_MB = 2048
SMALL_SHARED_BUFFERS_MB = 128
# Containers often get 64 MB, too little for the memory that parallel queries share.
ENOUGH_DEV_SHM_MB = 256

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum_naptime": "20s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_limit": "1000",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # Statements and their details carry people's content: errors go to the caller only.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def server_settings(state: State, binaries: Binaries) -> str:
    """Return ``postgresql.conf`` for this machine."""
    memory_mb = psutil.virtual_memory().total // MEGABYTE
    is_small = memory_mb < SMALL_MACHINE_MB
    settings = {
        **SETTINGS,
        "unix_socket_directories": str(state.socket_dir),
        "shared_buffers": f"{SMALL_SHARED_BUFFERS_MB if is_small else SHARED_BUFFERS_MB}MB",
        "effective_cache_size": f"{memory_mb // 2}MB",
        "dynamic_shared_memory_type": _dynamic_shared_memory(),
    }
    if binaries.has_lz4():
        settings["default_toast_compression"] = "lz4"
    lines = [f"{name} = '{_quoted(value)}'\n" for name, value in settings.items()]
    return "# Written by Magpie at every start; changes here are lost.\n" + "".join(lines)


def _quoted(value: str) -> str:
    return value.replace("'", "''")


def _dynamic_shared_memory() -> str:
    folder = Path("/dev/shm")  # noqa: S108  # only measured
    if not folder.is_dir():
        return "posix" if os.uname().sysname == "Darwin" else "mmap"
    space = os.statvfs(folder)
    return "posix" if space.f_blocks * space.f_frsize >= ENOUGH_DEV_SHM_MB * MEGABYTE else "mmap"
