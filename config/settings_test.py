"""Settings of the test-suite: the product's, with what would only cost time switched off."""

from config.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ACCOUNT_RATE_LIMITS = False
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
LOGGING["root"]["level"] = "WARNING"
# Tests of links switch it on; in others an import ends with its pictures.
ENRICH_LINKS = False
# Static files come from their sources; nobody runs collectstatic for a test.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
