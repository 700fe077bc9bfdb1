"""Settings of the API and of its description; ``config.settings`` takes them in."""

from config.env import env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api.authentication.TokenAuthentication",
        "tenants.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.permissions.OrgPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tenants.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "tenants.api.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env("API_RATE", default="1200/min")},
    "EXCEPTION_HANDLER": "tenants.api.errors.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 100,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Magpie API",
    "DESCRIPTION": "The library of one organization, and how complete and fresh it is.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Where several answers have a field of one name with other values.
    "ENUM_NAME_OVERRIDES": {
        "ConnectionSourceEnum": "connectors.models.connection.SOURCES",
        "CredentialStateEnum": "connectors.models.credential.CredentialState",
        "FreshnessEnum": "ingestion.freshness.states.Freshness",
        "JobStateEnum": "ingestion.models.job.JobState",
        "LinkHealthEnum": "media.models.link.LinkHealth",
        "OriginEnum": "media.models.tag.TagOrigin",
        "PictureOriginEnum": "media.models.asset.PictureOrigin",
        "PictureStatusEnum": "ingestion.gather.status.ItemStatus",
        "ScrapeStatusEnum": "ingestion.gather.status.JobStatus",
        "RunStateEnum": "ingestion.models.run.RunState",
        "StageEnum": "media.models.stage.Stage",
        "StepStateEnum": "ingestion.models.step.StepState",
    },
}
