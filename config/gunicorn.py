"""How gunicorn serves the product: threads, because requests wait for Postgres and for disks.

BIND=0.0.0.0:8000 gunicorn --config config/gunicorn.py config.wsgi
"""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# One import for all workers, and shared memory.
preload_app = True
# A limit for a worker that hangs as a whole. A slow upload of gigabytes occupies one thread
# for as long as it takes, and its worker stays well.
timeout = 60
graceful_timeout = int(os.environ.get("WEB_GRACE_S", "25"))
# Longer than the pause between two polls of a page that shows progress.
keepalive = 5
# The heartbeat of the workers must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # random names
# The window that saves what is looked at is opened with an address, a title and a note in its own
# address; the sign-in carries that once more. Nothing longer is read by gunicorn.
limit_request_line = 8190
accesslog = None
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info").lower()
_FORM = "Json" if os.environ.get("LOG_FORMAT") == "json" else "Line"
logger_class = f"config.gunicorn_logs.{_FORM}Logger"
control_socket_disable = True
