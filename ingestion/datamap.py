"""The data map of jobs, runs and imports."""

from tenants.datamap import declare

ENGINE = "it says how this installation works, not what the organization saved"

declare(
    "ingestion.Job",
    operational="id org kind connection state is_one_off created_at archived_at params interval_s"
    " cron timezone jitter_s next_due_at paused_at consecutive_failures last_success_at warned_at"
    " hidden_at",
    personal="name created_by paused_by pause_reason",
    exported_as="jobs.jsonl",
    retention="as long as its organization; what ran once and is no import, 400 days",
)
declare(
    "ingestion.OrgSchedule",
    operational="org weight max_running vtime",
    not_exported=ENGINE,
)
declare(
    "ingestion.ImportFile",
    operational="id org job position size_bytes sha256 storage_key drop_version received_at"
    " deleted_at",
    personal="name",
    exported_as="imports.jsonl",
    withheld=dict.fromkeys(
        ("storage_key", "drop_version"), "a place in this installation's storage"
    ),
    erase_how="the row with its organization; its bytes, which hold all that a person saved"
    " elsewhere, before it",
    retention="the bytes until IMPORT_FILE_DAYS after the last run that read them, in a drop"
    " folder until whoever put them there takes them out; the row as"
    " long as its organization, as a record of what came",
    retention_setting="IMPORT_FILE_DAYS",
)
declare(
    "ingestion.AssetOrigin",
    operational="id org asset connection via first_run_id changed_run_id first_seen_at"
    " unseen_since",
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
    "ingestion.Sighting",
    operational="id org connection generation asset board",
    not_exported="what a sweep through an account has seen so far",
    retention="until the sweep is through",
)
declare(
    "ingestion.PinAnswer",
    operational="id org asset code content_hash run_id asked_at ask_again_at",
    not_exported="when a source was asked for details, so that it is not asked again too soon",
    retention="as long as its asset",
)
declare(
    "ingestion.SyncRun",
    operational="id org job connection_id kind is_dry_run trigger mode window_from window_to"
    " of_run_id state lane cluster run_after attempt max_attempts failed_streak wait_streak"
    " failure_count lost_streak stall_s deadline_s deadline_at slices lease_token lease_owner"
    " lease_expires_at"
    " claimed_at progress_at cancel_requested_at raw_count new_count updated_count unchanged_count"
    " skipped_count failed_count unparsed_count reference_only_count with_picture_count"
    " new_count_at_claim failed_count_at_claim"
    " bytes_read bytes_total expected_count phase failure_type error_code error_origin"
    " user_message created_at started_at finished_at",
    personal="cancel_requested_by created_by",
    exported_as="runs.jsonl",
    withheld=dict.fromkeys(
        (
            "lease_token",
            "lease_owner",
            "lease_expires_at",
            "lost_streak",
            "slices",
            "new_count_at_claim",
            "failed_count_at_claim",
        ),
        ENGINE,
    ),
    retention="400 days, and always the last ten runs of each job; imports as long as their"
    " organization",
)
declare(
    "ingestion.RunAttempt",
    operational="id org run number worker started_at finished_at outcome failure_type error_code"
    " error_origin internal_message",
    not_exported=ENGINE,
    retention="30 days, and always of the last ten runs of each job",
)
declare(
    "ingestion.RunStep",
    operational="id org run position name dataset is_optional state changed_count failure_type"
    " error_code user_message internal_message started_at finished_at cursor",
    exported_as="runs.jsonl",
    withheld={"internal_message": "for operators", "cursor": ENGINE},
    retention="as long as its run",
)
declare(
    "ingestion.RunEvent",
    operational="id org run name detail at",
    exported_as="runs.jsonl",
    retention="30 days, and always of the last ten runs of each job",
)
declare(
    "ingestion.RunItem",
    operational="id org run ordinal outcome reason ref_key asset_id detail",
    third_party="source_ref excerpt payload",
    exported_as="runs.jsonl",
    retention="as long as its import; of other runs a month; of a pre-flight seven days",
)
declare(
    "ingestion.DatasetStatus",
    operational="id org connection name job remind_every_s grace_s last_success_at as_of"
    " last_attempt_at last_changed_at last_run_id consecutive_failures failure_type error_code"
    " user_message warning_code row_count total_count pending_count failed_count oldest_pending_at"
    " counted_at state state_under_pause state_since alert_at muted_until updated_at",
    personal="muted_by",
    exported_as="datasets.jsonl",
)
declare(
    "ingestion.DatasetFlip",
    operational="id org dataset old_state new_state reason run_id at notified_at",
    exported_as="datasets.jsonl",
)
declare(
    "ingestion.CheckpointHistory",
    operational="id org checkpoint cursor sequence run_id at",
    not_exported=ENGINE,
)
declare(
    "ingestion.Notification",
    operational="id org flip path is_recovery created_at read_at mailed_at",
    personal="user title body",
    exported_as="notifications.jsonl",
    erase_how="with its organization or its person, and when the person leaves the organization",
    retention="90 days",
)
declare(
    "ingestion.NotificationChoice",
    operational="id org",
    personal="user in_app by_email",
    exported_as="notifications.jsonl",
    erase_how="with its organization or its person, and when the person leaves the organization",
)
declare(
    "ingestion.WorkerBeat",
    operational="owner host cluster pid workers started_at beat_at is_draining",
    not_exported=ENGINE,
)
declare(
    "ingestion.PlatformStatus",
    operational="name expected_every_s last_success_at last_attempt_at consecutive_failures"
    " error_code changed_count took_ms",
    not_exported=ENGINE,
)
