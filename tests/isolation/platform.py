"""The tables without an organization, each with the reason why; every other table is walled off."""

PLATFORM_TABLES = {
    "account_emailaddress": "addresses of people, who may belong to several organizations",
    "account_emailconfirmation": "of allauth, unused: codes prove addresses",
    "auth_group": "of Django, unused",
    "auth_group_permissions": "of Django, unused",
    "auth_permission": "of Django's admin",
    "connectors_connectorreview": "what operators decided about platforms' terms",
    "connectors_oauthapp": "ids of the installation's own applications at sources",
    "connectors_platformsecret": "secrets of the installation, sealed; operators' code reads them",
    "connectors_requestbudget": "requests that sources still allow; who spent them it knows not",
    "connectors_website": "rules and pace of web sites; who asked for them it does not know",
    "django_admin_log": "what staff did in the admin, which holds no tenant table",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "django_q_ormq": "pokes without arguments",
    "django_q_schedule": "two alarms without arguments",
    "django_q_task": "failed pokes",
    "django_session": "sign-ins",
    "ingestion_platformstatus": "how the chores of the whole platform go",
    "ingestion_workerbeat": "which clusters of workers live",
    "mfa_authenticator": "second factors of people, encrypted",
    "tenants_cache": "counters of rate limits; whoever caches tenant data puts the org in the key",
    "tenants_platformkey": "data keys of the platform, wrapped",
    "tenants_user": "people",
    "tenants_user_groups": "of Django, unused",
    "tenants_user_user_permissions": "of Django's admin",
    "usersessions_usersession": "where people are signed in",
}

# What the functions for the time before an organization is known may touch, and how.
ENGINE_TABLES = {
    "tenants_invitation": {"SELECT"},
    "tenants_apitoken": {"SELECT"},
    "ingestion_orgschedule": {"SELECT", "UPDATE"},
    "ingestion_syncrun": {"SELECT", "UPDATE"},
    "media_searchdocument": {"SELECT"},
}

# Of these they may read some columns only.
ENGINE_COLUMNS = {
    "tenants_organization": {"id", "slug"},
    "connectors_connection": {"id", "org_id", "blocked_until", "connector"},
    "ingestion_datasetflip": {"org_id", "at", "notified_at"},
    "ingestion_datasetstatus": {
        "id",
        "org_id",
        "alert_at",
        "name",
        "state",
        "state_since",
        "as_of",
    },
    "ingestion_importfile": {"size_bytes", "storage_key", "drop_version"},
    "ingestion_job": {"id", "org_id", "state", "next_due_at"},
    "ingestion_notification": {"org_id", "user_id", "created_at", "mailed_at"},
    "media_blob": {"size_bytes"},
    "media_rendition": {"size_bytes"},
    "tenants_datakey": {"org_id", "version", "wrapped_by", "made_under"},
    "media_stagestate": {"org_id", "stage", "status", "waiting_since"},
}

# They return keys and states, never content.
ENGINE_FUNCTIONS = {
    "engine_backlog",
    "engine_claim",
    "engine_data_keys",
    "engine_datasets",
    "engine_due_alerts",
    "engine_due_count",
    "engine_due_jobs",
    "engine_ended_badly",
    "engine_halts",
    "engine_import_bytes",
    "engine_invitation",
    "engine_is_awaited",
    "engine_leases",
    "engine_line",
    "engine_linked_orgs",
    "engine_old_datasets",
    "engine_org_id",
    "engine_org_ids",
    "engine_outcomes",
    "engine_release",
    "engine_search",
    "engine_stage_backlog",
    "engine_stage_coverage",
    "engine_stored_bytes",
    "engine_sweep",
    "engine_token",
    "engine_unsent_digests",
    "engine_untold_orgs",
}

# Found before an organization is known, so one of a kind on the whole platform.
PLATFORM_WIDE_KEYS = {
    ("tenants_organization", "slug"),
    ("tenants_invitation", "token_sha256"),
    ("tenants_apitoken", "token_sha256"),
}
