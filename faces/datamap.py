"""The data map of faces and people."""

from tenants.datamap import declare

ERASED = "on withdrawal of the consent, its source or its person; else with its picture"
PLACE = "a place in this installation's storage"
LOG = "as long as its organization: it is what shows that what was done was allowed"

declare(
    "faces.FaceSettings",
    operational="org is_enabled engine_key auto_assign retention_days updated_at",
    exported_as="faces.jsonl",
)
declare(
    "faces.FaceConsent",
    operational="id org granted_at text_version text_sha256 lawful_basis withdrawn_at",
    personal="granted_by withdrawn_by",
    exported_as="faces.jsonl",
    erase_how="with its organization; a person who is erased is taken out of it",
    retention=LOG,
)
declare(
    "faces.FaceSource",
    operational="id org source site relation attested_at text_version text_sha256 revoked_at",
    personal="attested_by revoked_by",
    exported_as="faces.jsonl",
    erase_how="with its organization; a person who is erased is taken out of it",
    retention=LOG,
)
declare(
    "faces.FaceReceipt",
    operational="id org kind consent source person_id requested_at counts completed_at sha256",
    personal="requested_by",
    exported_as="faces.jsonl",
    erase_how="with its organization; a person who is erased is taken out of it",
    retention=LOG,
)
declare(
    "faces.Face",
    operational="id org blob consent position size_px det_score blur is_seed detector_key state"
    " crop_key crop_sha256 crop_size_bytes forgotten_at found_at updated_at decided_at",
    personal="assigned_by",
    biometric="x y w h person suggested_person distance",
    exported_as="people.jsonl",
    withheld={
        "crop_key": PLACE,
        "crop_sha256": PLACE,
        "distance": "computed from vectors, which leave this installation in no export",
    },
    erase_how=f"{ERASED}; the picture of the face alone goes before its row",
    retention="as long as its picture and the consent that it was found under",
)
declare(
    "faces.FaceEmbedding128",
    operational="id org engine_key made_at",
    biometric="face vec",
    not_exported="a template of a face tells people apart wherever it gets to",
    erase_how=ERASED,
    retention="as long as somebody says whose face it is; else the days that the organization"
    " chose, 30 where it chose none",
)
declare(
    "faces.FaceSuppression",
    operational="id org blob made_at",
    third_party="x y w h",
    not_exported="it only says where this installation does not look",
    erase_how="with its picture, or with its organization",
    retention="as long as its picture: without it an analysis would bring back who withdrew",
)
declare(
    "faces.Person",
    operational="id org is_hidden consent_at merged_into face_count confirmed_count created_at"
    " updated_at",
    personal="created_by",
    third_party="name folded_name consent",
    biometric="cover_face",
    exported_as="people.jsonl",
    withheld={"folded_name": "computed from what is exported"},
    erase_how="with the last of their faces on a withdrawal; whoever withdraws alone keeps a row"
    " without a name",
)
declare(
    "faces.FaceVeto",
    operational="id org at",
    personal="actor",
    biometric="face person",
    exported_as="people.jsonl",
    erase_how="with its face or its person",
    retention="as long as its face and its person",
)
declare(
    "faces.PersonDistinct",
    operational="id org at",
    personal="actor",
    biometric="first second",
    exported_as="people.jsonl",
    erase_how="with either of the two",
    retention="as long as both",
)
declare(
    "faces.FaceEvent",
    operational="id org op at undone_at undoes",
    personal="actor undone_by",
    third_party="payload",
    exported_as="activity.jsonl",
    erase_how="on withdrawal of the consent; emptied where somebody withdraws whom it is about",
)
declare(
    "faces.MergeSuggestion",
    operational="id org made_at",
    biometric="first second distance",
    not_exported="computed from vectors, and anew after each grouping",
    erase_how="with either of the two",
    retention="until faces are grouped again, the next night at the latest",
)
