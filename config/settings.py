"""Settings of the product; every one that differs by installation comes from the environment.

Nothing set: the local product with embedded PostgreSQL, files in ``var/``, mail on the
console. A real installation sets at least SECRET_KEY, MASTER_KEYS, DATABASE_URL,
ALLOWED_HOSTS and EMAIL_URL; ``docs/operations/settings.md`` lists them all.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import settings_api, settings_logs, settings_sources
from config.env import (
    BASE_DIR,
    database,
    env,
    host_map,
    local_secret,
    master_keys,
    site_url,
)

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# Production is what has a secret of its own.
IS_LOCAL = not env("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
if not IS_LOCAL and (DEBUG or DEMO):
    raise ImproperlyConfigured(
        "DEBUG and DEMO open doors that a real installation keeps shut: unset them, or unset "
        "SECRET_KEY for a product on this machine only."
    )
SECRET_KEY = env("SECRET_KEY", default="") or local_secret(VAR_DIR, "SECRET_KEY")
# Newest first: the first encrypts, all decrypt. Never SECRET_KEY.
MASTER_KEYS = master_keys(VAR_DIR, is_local=IS_LOCAL)
# What wraps the data keys of the vault: a class with the methods of ``tenants.vault.ring.KeyRing``.
KEY_RING = env("KEY_RING", default="tenants.vault.ring.LocalRing")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_NAME = "Magpie"
# For mails that no request leads to.
SITE_URL = env("SITE_URL", default=site_url(ALLOWED_HOSTS, is_local=IS_LOCAL)).rstrip("/")

INSTALLED_APPS = [
    "config.admin_app.MagpieAdminConfig",
    "config",
    "tenants",
    "connectors",
    "media",
    "faces",
    "ingestion",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "template_partials",
]

MIDDLEWARE = [
    "config.request_ids.RequestIdMiddleware",
    "config.hosts.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before sessions: on the host of MEDIA_ORIGIN there are none.
    "media.serving.host.MediaHostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.sign_in.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.activity.SessionActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.OrgMiddleware",
    "tenants.middleware.SecretsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.context_processors.organizations",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": database(env("DATABASE_URL", default=""), login="app", var_dir=VAR_DIR),
    "owner": database(
        env("DATABASE_OWNER_URL", default=env("DATABASE_URL", default="")),
        login="owner",
        var_dir=VAR_DIR,
    ),
}
DATABASE_ROUTERS = ["config.database.router.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "tenants_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    # What only spares this process work that it did lately: no other needs to know of it.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    # django-q2 writes a status twice a second that nobody reads: the supervisor looks itself.
    "queue": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# ── People ──────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "tenants.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
# Of each change of the password, the addresses, or the second factor.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = None
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ACCOUNT_FORMS = {
    "login": "tenants.account_forms.LoginForm",
    "change_password": "tenants.account_forms.ChangePasswordForm",
    "reset_password_from_key": "tenants.account_forms.ResetPasswordKeyForm",
}
MFA_ADAPTER = "tenants.adapters.MFAAdapter"
MFA_FORMS = {"activate_totp": "tenants.mfa_forms.ActivateTOTPForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
USERSESSIONS_TRACK_ACTIVITY = True

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "tenants.views.errors.csrf_failure"

# ── Transport ───────────────────────────────────────────────────────────────────────────
USE_HTTPS = env.bool("USE_HTTPS", default=not IS_LOCAL)
SECURE_SSL_REDIRECT = USE_HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if USE_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if USE_HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if USE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = USE_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# Signed addresses on a cookieless host, where one is set up; else pictures come from here.
MEDIA_ORIGIN = env("MEDIA_ORIGIN", default="")
if MEDIA_ORIGIN:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, urlsplit(MEDIA_ORIGIN).hostname]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *([MEDIA_ORIGIN] if MEDIA_ORIGIN else [])],
        "media-src": [SELF, *([MEDIA_ORIGIN] if MEDIA_ORIGIN else [])],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# ── Files ───────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_BLOBS: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": VAR_DIR / "blobs"},
}
_S3: dict[str, Any] = {
    "endpoint_url": env("S3_ENDPOINT_URL", default=None),
    "region_name": env("S3_REGION", default=None),
    "access_key": env("S3_ACCESS_KEY", default=None),
    "secret_key": env("S3_SECRET_KEY", default=None),
    "default_acl": None,
    "file_overwrite": True,
    "querystring_auth": True,
}
if env("S3_BUCKET", default=""):
    _BLOBS = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {**_S3, "bucket_name": env("S3_BUCKET")},
    }
# Where people put files to be imported; each organization has a folder, or a prefix, of its own.
_DROPS: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": env("DROPS_DIR", default=str(VAR_DIR / "drops"))},
}
if env("DROPS_S3_BUCKET", default=""):
    _DROPS = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {**_S3, "bucket_name": env("DROPS_S3_BUCKET")},
    }
STORAGES = {
    "default": _BLOBS,
    "drops": _DROPS,
    "staticfiles": {"BACKEND": "config.static_files.StaticFilesStorage"},
}
FILE_UPLOAD_HANDLERS = ["config.uploads.MembersUploadHandler"]
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# As many pictures as one upload takes, and one more, of which that is said.
DATA_UPLOAD_MAX_NUMBER_FILES = 501
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=4 * 1024**3)
IMPORT_FILE_DAYS = env.int("IMPORT_FILE_DAYS", default=30)
# A change of more assets than this goes on behind the request, in batches.
BULK_MAX_AT_ONCE = env.int("BULK_MAX_AT_ONCE", default=2_000)
TRASH_DAYS = env.int("TRASH_DAYS", default=30)

# ── Requests to addresses that come from data ───────────────────────────────────────────
FETCH_HOST_MAP = host_map(env.list("FETCH_HOST_MAP", default=[]))
FETCH_TRUSTED_HOSTS = env.list("FETCH_TRUSTED_HOSTS", default=["i.pinimg.com", "v1.pinimg.com"])
FETCH_MAX_BYTES = env.int("FETCH_MAX_BYTES", default=100 * 1024**2)
FETCH_USER_AGENT = env("FETCH_USER_AGENT", default="Magpie/0.1 (+https://example.org/about)")
FETCH_CONCURRENCY = env.int("FETCH_CONCURRENCY", default=16)
# To platforms that are asked for much at a time, where they offer it.
FETCH_HTTP2 = env.bool("FETCH_HTTP2", default=True)
# For a picture, all its addresses together; a slice of work leaves room for no more.
FETCH_DEADLINE_S = min(env.float("FETCH_DEADLINE_S", default=30.0), 30.0)
# Pages, feeds and sitemaps; what a site's robots.txt says of its pace counts before the pause.
PAGE_MAX_BYTES = env.int("PAGE_MAX_BYTES", default=16 * 1024**2)
PAGE_DEADLINE_S = min(env.float("PAGE_DEADLINE_S", default=20.0), 30.0)
PAGE_PAUSE_S = env.float("PAGE_PAUSE_S", default=1.0)
PAGE_WAIT_S = min(env.float("PAGE_WAIT_S", default=15.0), 30.0)
PAGE_MAX_SITEMAPS = env.int("PAGE_MAX_SITEMAPS", default=20)
PAGE_RESPECTS_ROBOTS = env.bool("PAGE_RESPECTS_ROBOTS", default=True)
# Platforms that are asked through an account, and how often at most.
PINTEREST_API_URL = settings_sources.PINTEREST_API_URL
PINTEREST_AUTHORIZE_URL = settings_sources.PINTEREST_AUTHORIZE_URL
PINTEREST_APP_REQUESTS_PER_DAY = settings_sources.PINTEREST_APP_REQUESTS_PER_DAY
PINTEREST_USER_REQUESTS_PER_MINUTE = settings_sources.PINTEREST_USER_REQUESTS_PER_MINUTE
PINTEREST_WEB_URL = settings_sources.PINTEREST_WEB_URL
PINTEREST_WEB_DEADLINE_S = settings_sources.PINTEREST_WEB_DEADLINE_S
# A page that needs a browser; empty means the Chromium that the system has.
RENDER_CHROMIUM = env("RENDER_CHROMIUM", default="")
RENDER_DEADLINE_S = env.float("RENDER_DEADLINE_S", default=45.0)
RENDER_MAX_BYTES = env.int("RENDER_MAX_BYTES", default=64 * 1024**2)
RENDER_MAX_REQUESTS = env.int("RENDER_MAX_REQUESTS", default=600)
RENDER_MAX_MEMORY_BYTES = env.int("RENDER_MAX_MEMORY_BYTES", default=2 * 1024**3)

# Whether pages that assets without a picture link to are checked, and how many days later those
# that were there are checked again.
ENRICH_LINKS = env.bool("ENRICH_LINKS", default=True)
LINK_CHECK_DAYS = env.int("LINK_CHECK_DAYS", default=90)

# ── Faces ───────────────────────────────────────────────────────────────────────────────
# Which engine looks for faces (``faces.engine.spec``); without one nothing does, nor could.
FACES_ENGINE = env("FACES_ENGINE", default="deepface-dlib")
# Child processes that look for faces, one picture each.
FACE_PROCESSES = env.int("FACE_PROCESSES", default=2)
# Weights whose licence forbids commercial use are loaded only where an operator accepts that.
FACES_ACCEPT_NONCOMMERCIAL = env.bool("FACES_ACCEPT_NONCOMMERCIAL", default=False)
# Where weights are, and what packages ship is linked to.
FACES_HOME = Path(env("FACES_HOME", default=str(VAR_DIR / "faces")))

# ── Work ────────────────────────────────────────────────────────────────────────────────
# Of one page; what is further down is not taken.
SCRAPE_MAX_PICTURES = env.int("SCRAPE_MAX_PICTURES", default=1_000)
# For how long jobs that have ended stay on the list of Uploads.
UPLOAD_LIST_DAYS = env.int("UPLOAD_LIST_DAYS", default=7)
RENDITION_PROCESSES = env.int("RENDITION_PROCESSES", default=2)
WORK_PROCESSES = env.int("WORK_PROCESSES", default=3)
Q_CLUSTER: dict[str, Any] = {
    "name": "control",
    "orm": "default",
    "workers": 1,
    # A worker's slice, and the slowest batch that it may end with.
    "timeout": 120,
    "retry": 600,
    "queue_limit": 1,
    "bulk": 1,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 200,
    "max_rss": 600_000,
    "guard_cycle": 0.5,
    "poll": 0.5,
    "daemonize_workers": False,
    "cache": "queue",
    "label": "Queue",
    "ALT_CLUSTERS": {"work": {"workers": WORK_PROCESSES}},
}
QUEUE_ENTRY_POINTS = {"control": "ingestion.engine.tick", "work": "ingestion.engine.drain"}
if FACES_ENGINE:
    # One worker, which has ``FACE_PROCESSES`` children. The last picture of its batch may take a
    # minute more.
    Q_CLUSTER["ALT_CLUSTERS"]["faces"] = {"workers": 1, "timeout": 180}
    QUEUE_ENTRY_POINTS["faces"] = "ingestion.engine.drain"
# Clusters that are started where they have work: most installations have no faces to look for.
ON_DEMAND_CLUSTERS = frozenset({"faces"})
# How long a worker that says nothing keeps its run; it says something four times as often.
LEASE_S = env.int("LEASE_S", default=60)
# How long a worker that is told to stop may take for the batch in hand.
WORKER_GRACE_S = env.int("WORKER_GRACE_S", default=25)

# ── Watching ────────────────────────────────────────────────────────────────────────────
# What Prometheus brings as a bearer token; without it there is no page of metrics.
METRICS_TOKEN = env("METRICS_TOKEN", default="")
# Where ``manage.py handoff`` writes how things stand.
HANDOFF_FILE = Path(env("HANDOFF_FILE", default=str(VAR_DIR / "handoff.md")))

# ── Mail ────────────────────────────────────────────────────────────────────────────────
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
elif DEMO:
    # Files that a page of the demo shows.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Magpie <magpie@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Of a mail server that does not answer; nobody waits for it longer.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)

# ── API ─────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = settings_api.REST_FRAMEWORK
SPECTACULAR_SETTINGS = settings_api.SPECTACULAR_SETTINGS

# ── Language, time, logs ────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOG_FORMAT, LOGGING = settings_logs.LOG_FORMAT, settings_logs.LOGGING
SILENCED_SYSTEM_CHECKS: list[str] = []
