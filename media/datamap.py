"""The data map of the library."""

from tenants.datamap import declare

FOLLOWS = "computed from what is exported"
WITH_ASSET = "with its asset, when that is purged, or with its organization"

declare(
    "media.Asset",
    operational="id org source kind media_status source_created_at is_removed_at_source"
    " content_hash sorted_at dominant_color color_name picture_count stored_count failed_count"
    " imported_at updated_at facet_cell",
    personal="saved_at is_secret own_title own_text removed_at removed_by",
    third_party="source_ref source_title source_text alt_text link_url source_url domain creator"
    " title title_order",
    exported_as="assets.jsonl",
    withheld={
        "content_hash": "it only tells an import that nothing has changed",
        "title_order": FOLLOWS,
        "facet_cell": FOLLOWS,
    },
    erase_how="with its organization, or purged from the trash; a tombstone stays",
    retention="until it is removed, and then in the trash for TRASH_DAYS",
    retention_setting="TRASH_DAYS",
)
declare(
    "media.AssetMedia",
    operational="id org asset position key width_px height_px kind duration_ms origin"
    " is_from_feed is_uploaded blob",
    third_party="url fallbacks alt_text video_url",
    exported_as="assets.jsonl",
    erase_how=WITH_ASSET,
    retention="as long as its asset",
)
declare(
    "media.LinkPreview",
    operational="asset org health health_since failures failing_since error_code checked_at"
    " fetched_at",
    third_party="url final_url title description site_name",
    exported_as="assets.jsonl",
    erase_how=WITH_ASSET,
    retention="as long as its asset",
)
declare(
    "media.Tombstone",
    operational="id org source",
    personal="removed_at",
    third_party="source_ref title",
    exported_as="tombstones.jsonl",
    erase_how="with its organization, or when somebody restores what it stands for",
    retention="as long as its organization: without it an import would bring back what was removed",
)
declare(
    "media.Blob",
    operational="id org sha256 size_bytes media_type storage_key width_px height_px frame_count"
    " dominant_color stored_at checked_at",
    third_party="phash dhash",
    exported_as="pictures/",
    withheld={"storage_key": "a place in this installation's storage"},
    erase_how="the row, then its bytes in storage, within a day of its last asset",
    retention="as long as an asset shows it",
)
declare(
    "media.Rendition",
    operational="id org blob name sha256 storage_key size_bytes width_px height_px",
    not_exported="derived from the original, which is exported",
    erase_how="with its blob, bytes included",
    retention="as long as its blob",
)
declare(
    "media.Board",
    operational="id org source source_key is_secret is_from_file created_at removed_at",
    personal="source_name source_url own_name name folded_name",
    exported_as="boards.jsonl",
    withheld={"folded_name": FOLLOWS},
)
declare(
    "media.BoardItem",
    operational="id org board asset in_source is_member position place added_at",
    personal="own_choice section own_place",
    exported_as="boards.jsonl",
    withheld={"place": FOLLOWS, "is_member": FOLLOWS},
    erase_how=WITH_ASSET,
    retention="as long as its asset and its board",
)
declare(
    "media.Tag",
    operational="id org",
    personal="name folded_name",
    exported_as="tags.jsonl",
    withheld={"folded_name": FOLLOWS},
)
declare(
    "media.AssetTag",
    operational="id org asset tag origin",
    personal="is_rejected",
    exported_as="assets.jsonl",
    erase_how=WITH_ASSET,
    retention="as long as its asset",
)
declare(
    "media.Operation",
    operational="id org kind target changed_count kept_count total_count done_count cancelled_at"
    " failed_at error_code created_at undone_at undoes",
    personal="actor params summary undone_by",
    exported_as="activity.jsonl",
    erase_how="with its organization; a person who is erased is taken out of it",
)
declare(
    "media.OperationBatch",
    operational="id org operation number asset_ids put_off_count",
    not_exported="what an operation has still to do; its items say what it did",
    erase_how="as its assets are worked, or with its organization",
    retention="until the operation has ended",
)
declare(
    "media.OperationItem",
    operational="id org operation object_id asset_id",
    personal="before after",
    exported_as="activity.jsonl",
)
declare(
    "media.SearchDocument",
    operational="asset org board_ids tag_ids",
    third_party="document",
    not_exported=FOLLOWS,
    erase_how=WITH_ASSET,
    retention="as long as its asset",
)
declare(
    "media.StageState",
    operational="id org stage media blob asset status former error_code made_with attempts due_at"
    " waiting_since updated_at",
    not_exported="it says what this installation has still to do",
    erase_how="with the asset, picture or blob that it is about",
    retention="as long as what it is about",
)
