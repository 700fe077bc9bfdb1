"""Faces, people, and the consent that lets either exist."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import pgvector.django.vector
from django.conf import settings
from django.db import migrations, models

import tenants.ids
from tenants.migrating import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("media", "0013_stage_former_status"),
        ("tenants", "0006_token_scopes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="FaceConsent",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "granted_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("text_version", models.CharField(max_length=16)),
                        ("text_sha256", models.CharField(max_length=64)),
                        (
                            "lawful_basis",
                            models.CharField(
                                choices=[
                                    (
                                        "explicit_consent",
                                        "The people shown have given us their explicit consent",
                                    ),
                                    (
                                        "release",
                                        "The people shown have signed a release or a contract with us",
                                    ),
                                    (
                                        "household",
                                        "Private pictures of family and friends, for ourselves only",
                                    ),
                                    (
                                        "other",
                                        "Another basis of Article 9(2) GDPR, which we have on file",
                                    ),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(null=True)),
                        (
                            "granted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="face_consents",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Face",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("x", models.FloatField()),
                        ("y", models.FloatField()),
                        ("w", models.FloatField()),
                        ("h", models.FloatField()),
                        ("size_px", models.PositiveIntegerField()),
                        ("det_score", models.FloatField()),
                        ("blur", models.FloatField()),
                        ("is_seed", models.BooleanField(default=False)),
                        ("detector_key", models.CharField(max_length=48)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("low_quality", "Too small or blurred"),
                                    ("unassigned", "Nobody yet"),
                                    ("auto", "Assigned by itself"),
                                    ("suggested", "Suggested"),
                                    ("confirmed", "Confirmed"),
                                    ("ignored", "Ignored"),
                                    ("not_a_face", "Not a face"),
                                    ("suppressed", "Withdrawn"),
                                ],
                                default="new",
                                max_length=12,
                            ),
                        ),
                        ("distance", models.FloatField(null=True)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("crop_key", models.CharField(blank=True, default="", max_length=200)),
                        ("crop_sha256", models.CharField(blank=True, default="", max_length=64)),
                        ("crop_size_bytes", models.PositiveIntegerField(default=0)),
                        ("forgotten_at", models.DateTimeField(null=True)),
                        (
                            "found_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "assigned_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "blob",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="faces",
                                to="media.blob",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="faces",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "consent",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="faces",
                                to="faces.faceconsent",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FaceEmbedding128",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("engine_key", models.CharField(max_length=48)),
                        (
                            "made_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("vec", pgvector.django.vector.VectorField(dimensions=128)),
                        (
                            "face",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="embeddings_128",
                                to="faces.face",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.organization",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FaceEvent",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("op", models.CharField(max_length=24)),
                        ("payload", models.JSONField(default=dict)),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("undone_at", models.DateTimeField(null=True)),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="face_events",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "undoes",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="undos",
                                to="faces.faceevent",
                            ),
                        ),
                        (
                            "undone_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FaceSettings",
                    fields=[
                        (
                            "org",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="face_settings",
                                serialize=False,
                                to="tenants.organization",
                            ),
                        ),
                        ("is_enabled", models.BooleanField(default=False)),
                        ("engine_key", models.CharField(blank=True, default="", max_length=48)),
                        ("auto_assign", models.BooleanField(default=True)),
                        ("retention_days", models.PositiveSmallIntegerField(default=30)),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("retention_days__range", (1, 365))),
                                name="faces_facesettings_retention_bounded",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FaceSource",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("upload", "Uploaded pictures"),
                                    ("web", "Pictures of a website"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("site", models.CharField(blank=True, default="", max_length=255)),
                        (
                            "relation",
                            models.CharField(
                                choices=[
                                    ("own", "Our own"),
                                    ("contracted", "Contracted"),
                                    ("consented", "Consented"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "attested_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("text_version", models.CharField(max_length=16)),
                        ("text_sha256", models.CharField(max_length=64)),
                        ("revoked_at", models.DateTimeField(null=True)),
                        (
                            "attested_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="face_sources",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "revoked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FaceReceipt",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("consent", "The consent of the organization"),
                                    ("source", "One source"),
                                    ("person", "One person"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("person_id", models.UUIDField(null=True)),
                        (
                            "requested_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("counts", models.JSONField(default=dict)),
                        ("completed_at", models.DateTimeField(null=True)),
                        ("sha256", models.CharField(blank=True, default="", max_length=64)),
                        (
                            "consent",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                to="faces.faceconsent",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="face_receipts",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "requested_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                to="faces.facesource",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FaceSuppression",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("x", models.FloatField()),
                        ("y", models.FloatField()),
                        ("w", models.FloatField()),
                        ("h", models.FloatField()),
                        (
                            "made_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "blob",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="media.blob",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="face_suppressions",
                                to="tenants.organization",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Person",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("name", models.CharField(blank=True, default="", max_length=120)),
                        (
                            "folded_name",
                            models.CharField(
                                blank=True, default="", editable=False, max_length=120
                            ),
                        ),
                        ("is_hidden", models.BooleanField(default=False)),
                        (
                            "consent",
                            models.CharField(
                                choices=[
                                    ("unknown", "Not asked"),
                                    ("given", "Agreed"),
                                    ("refused", "Refused"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="unknown",
                                max_length=10,
                            ),
                        ),
                        ("consent_at", models.DateTimeField(null=True)),
                        ("face_count", models.PositiveIntegerField(default=0)),
                        ("confirmed_count", models.PositiveIntegerField(default=0)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "updated_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="merged",
                                to="faces.person",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="people",
                                to="tenants.organization",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="FaceVeto",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "face",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="vetoes",
                                to="faces.face",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="face_vetoes",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="vetoes",
                                to="faces.person",
                            ),
                        ),
                    ],
                ),
            ]
        ),
        Together(
            [
                migrations.AddField(
                    model_name="face",
                    name="person",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="faces",
                        to="faces.person",
                    ),
                ),
                migrations.AddField(
                    model_name="face",
                    name="suggested_person",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="suggested_faces",
                        to="faces.person",
                    ),
                ),
            ]
        ),
        Together(
            [
                migrations.CreateModel(
                    name="PersonDistinct",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=tenants.ids.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "first",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="faces.person",
                            ),
                        ),
                        (
                            "org",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="distinct_people",
                                to="tenants.organization",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="faces.person",
                            ),
                        ),
                    ],
                ),
            ]
        ),
        Together(
            [
                migrations.AddIndex(
                    model_name="faceconsent",
                    index=models.Index(
                        fields=["org", "-granted_at", "-id"], name="faces_faceconsent_newest"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="faceconsent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("org",),
                        name="faces_faceconsent_one_live",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="faceconsent",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "lawful_basis__in",
                                ["explicit_consent", "release", "household", "other"],
                            )
                        ),
                        name="faces_faceconsent_basis_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="faceembedding128",
                    index=models.Index(
                        fields=["org", "engine_key"], name="faces_faceembedding128_engine"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="faceembedding128",
                    constraint=models.UniqueConstraint(
                        fields=("org", "face", "engine_key"), name="faces_faceembedding128_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="faceevent",
                    index=models.Index(fields=["org", "-at", "-id"], name="faces_faceevent_newest"),
                ),
                migrations.AddIndex(
                    model_name="faceevent",
                    index=models.Index(
                        condition=models.Q(("undoes__isnull", False)),
                        fields=["org", "undoes"],
                        name="faces_faceevent_undoes",
                    ),
                ),
                migrations.AddIndex(
                    model_name="facesource",
                    index=models.Index(
                        fields=["org", "source", "site"], name="faces_facesource_place"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="facesource",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("org", "source", "site"),
                        name="faces_facesource_one_live",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="facesource",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("site", ""), ("source", "upload")),
                            models.Q(("source", "web"), models.Q(("site", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="faces_facesource_attestable",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="facesource",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("relation__in", ["own", "contracted", "consented"])),
                        name="faces_facesource_relation_known",
                    ),
                ),
                migrations.AddIndex(
                    model_name="facereceipt",
                    index=models.Index(
                        fields=["org", "-requested_at", "-id"], name="faces_facereceipt_newest"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="facereceipt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("kind__in", ["consent", "source", "person"])),
                        name="faces_facereceipt_kind_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="facereceipt",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("completed_at", None), ("sha256", "")),
                            models.Q(
                                ("completed_at__isnull", False),
                                models.Q(("sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="faces_facereceipt_sealed_when_done",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="facesuppression",
                    constraint=models.UniqueConstraint(
                        fields=("org", "blob", "x", "y", "w", "h"),
                        name="faces_facesuppression_once",
                    ),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(
                        fields=["org", "folded_name", "id"], name="faces_person_name"
                    ),
                ),
                migrations.AddIndex(
                    model_name="person",
                    index=models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["org", "merged_into"],
                        name="faces_person_merged",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="person",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("consent__in", ["unknown", "given", "refused", "withdrawn"])
                        ),
                        name="faces_person_consent_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="person",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("consent", "withdrawn"), _negated=True),
                            models.Q(
                                ("confirmed_count", 0),
                                ("face_count", 0),
                                ("folded_name", ""),
                                ("name", ""),
                            ),
                            _connector="OR",
                        ),
                        name="faces_person_withdrawn_is_nobody",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="person",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("confirmed_count__lte", models.F("face_count"))),
                        name="faces_person_confirmed_within_faces",
                    ),
                ),
                migrations.AddIndex(
                    model_name="faceveto",
                    index=models.Index(fields=["org", "person"], name="faces_faceveto_person"),
                ),
                migrations.AddConstraint(
                    model_name="faceveto",
                    constraint=models.UniqueConstraint(
                        fields=("org", "face", "person"), name="faces_faceveto_once"
                    ),
                ),
                migrations.AddIndex(
                    model_name="face",
                    index=models.Index(
                        condition=models.Q(("person__isnull", False)),
                        fields=["org", "person", "id"],
                        name="faces_face_person",
                    ),
                ),
                migrations.AddIndex(
                    model_name="face",
                    index=models.Index(
                        condition=models.Q(("suggested_person__isnull", False)),
                        fields=["org", "suggested_person", "distance"],
                        name="faces_face_suggestion",
                    ),
                ),
                migrations.AddIndex(
                    model_name="face",
                    index=models.Index(fields=["org", "state", "id"], name="faces_face_state"),
                ),
                migrations.AddConstraint(
                    model_name="face",
                    constraint=models.UniqueConstraint(
                        fields=("org", "blob", "position"), name="faces_face_once_per_place"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="face",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "new",
                                    "low_quality",
                                    "unassigned",
                                    "auto",
                                    "suggested",
                                    "confirmed",
                                    "ignored",
                                    "not_a_face",
                                    "suppressed",
                                ],
                            )
                        ),
                        name="faces_face_state_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="face",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("person__isnull", False), ("state__in", ("auto", "confirmed"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("auto", "confirmed")), _negated=True),
                                ("person", None),
                            ),
                            _connector="OR",
                        ),
                        name="faces_face_person_by_state",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="face",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "suggested"), ("suggested_person__isnull", False)),
                            models.Q(
                                models.Q(("state", "suggested"), _negated=True),
                                ("suggested_person", None),
                            ),
                            _connector="OR",
                        ),
                        name="faces_face_suggestion_by_state",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="face",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("h__gt", 0),
                            ("w__gt", 0),
                            ("x__gte", 0),
                            (
                                "x__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(1.0001), "-", models.F("w")
                                ),
                            ),
                            ("y__gte", 0),
                            (
                                "y__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.Value(1.0001), "-", models.F("h")
                                ),
                            ),
                        ),
                        name="faces_face_box_within_picture",
                    ),
                ),
                migrations.AddIndex(
                    model_name="persondistinct",
                    index=models.Index(
                        fields=["org", "second"], name="faces_persondistinct_second"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="persondistinct",
                    constraint=models.UniqueConstraint(
                        fields=("org", "first", "second"), name="faces_persondistinct_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="persondistinct",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="faces_persondistinct_in_order",
                    ),
                ),
            ]
        ),
    ]
