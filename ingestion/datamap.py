"""The data map of jobs, runs and imports."""

from tenants.datamap import declare

ENGINE = "it says how this installation works, not what the organization saved"

declare(
    "ingestion.Job",
    operational="id org kind connection state is_one_off created_at archived_at params interval_s"
    " cron timezone jitter_s next_due_at paused_at",
    personal="created_by paused_by pause_reason",
    exported_as="jobs.jsonl",
)
declare(
    "ingestion.OrgSchedule",
    operational="org weight max_running vtime",
    not_exported=ENGINE,
)
declare(
    "ingestion.ImportFile",
    operational="id org job position size_bytes sha256 storage_key received_at deleted_at",
    personal="name",
    exported_as="imports.jsonl",
    withheld={"storage_key": "a place in this installation's storage"},
    erase_how="the row with its organization; its bytes, which hold all that a person saved"
    " elsewhere, before it",
    retention="the bytes until IMPORT_FILE_DAYS after the last run that read them; the row as"
    " long as its organization, as a record of what came",
    retention_setting="IMPORT_FILE_DAYS",
)
declare(
    "ingestion.AssetOrigin",
    operational="id org asset connection via first_run_id changed_run_id first_seen_at",
    third_party="raw",
    exported_as="assets.jsonl",
    erase_how="with its asset, when that is purged, or with its organization",
    retention="as long as its asset",
)
declare(
    "ingestion.SourceCheckpoint",
    operational="id org connection stream cursor is_complete sequence generation run_id updated_at",
    not_exported=ENGINE,
)
declare(
    "ingestion.SyncRun",
    operational="id org job connection_id kind is_dry_run trigger state lane run_after attempt"
    " max_attempts failed_streak lost_streak slices lease_token lease_owner lease_expires_at"
    " claimed_at progress_at cancel_requested_at raw_count new_count updated_count unchanged_count"
    " skipped_count failed_count unparsed_count reference_only_count with_picture_count"
    " bytes_read bytes_total phase failure_type error_code user_message created_at started_at"
    " finished_at",
    personal="cancel_requested_by created_by",
    exported_as="runs.jsonl",
    withheld=dict.fromkeys(
        ("lease_token", "lease_owner", "lease_expires_at", "lost_streak", "slices"), ENGINE
    ),
)
declare(
    "ingestion.RunAttempt",
    operational="id org run number worker started_at finished_at outcome failure_type error_code"
    " internal_message",
    not_exported=ENGINE,
)
declare(
    "ingestion.RunStep",
    operational="id org run position name dataset is_optional state changed_count failure_type"
    " error_code user_message internal_message started_at finished_at",
    exported_as="runs.jsonl",
    withheld={"internal_message": "for operators"},
)
declare(
    "ingestion.RunEvent",
    operational="id org run name detail at",
    exported_as="runs.jsonl",
)
declare(
    "ingestion.RunItem",
    operational="id org run ordinal outcome reason ref_key asset_id detail",
    third_party="source_ref excerpt",
    exported_as="runs.jsonl",
    retention="as long as its organization; what a pre-flight said, for seven days",
)
