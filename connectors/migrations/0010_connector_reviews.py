"""Reviews of sources' terms by the operator; a table of the platform, of no organization.

And which organizations have linked an account, for who counts what a review lets expire.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

from tenants.rls import EngineFunction

READ = "GRANT SELECT (connector) ON connectors_connection TO magpie_engine"
READ_NO_MORE = "REVOKE SELECT (connector) ON connectors_connection FROM magpie_engine"


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0009_linked_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConnectorReview",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                (
                    "decision",
                    models.CharField(
                        choices=[("allowed", "Allowed"), ("refused", "Refused")], max_length=8
                    ),
                ),
                ("terms_read_on", models.DateField()),
                ("reviewed_on", models.DateField()),
                ("reviewed_by", models.CharField(max_length=200)),
                ("note", models.TextField(blank=True, db_default="", default="")),
                (
                    "keep",
                    models.CharField(
                        choices=[
                            ("always", "Keep it"),
                            ("days", "Let it expire after some days"),
                            (
                                "live",
                                "Live view only: no pictures, and only what the last look found",
                            ),
                        ],
                        db_default="live",
                        default="live",
                        max_length=8,
                    ),
                ),
                ("keep_days", models.PositiveIntegerField(blank=True, null=True)),
                ("allows_ai", models.BooleanField(db_default=False, default=False)),
                ("allows_faces", models.BooleanField(db_default=False, default=False)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.CharField(blank=True, db_default="", default="", max_length=200),
                ),
                (
                    "user_agent",
                    models.CharField(blank=True, db_default="", default="", max_length=300),
                ),
                ("requests_per_minute", models.PositiveIntegerField(blank=True, null=True)),
                ("heeds_robots", models.BooleanField(db_default=True, default=True)),
                (
                    "changed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
            options={
                "verbose_name": "review of a source's terms",
                "verbose_name_plural": "reviews of sources' terms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decision__in", ["allowed", "refused"])),
                        name="connectors_review_decision_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("keep__in", ["always", "days", "live"])),
                        name="connectors_review_keep_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("keep", "days"), ("keep_days__gt", 0), ("keep_days__isnull", False)
                            ),
                            models.Q(
                                models.Q(("keep", "days"), _negated=True), ("keep_days", None)
                            ),
                            _connector="OR",
                        ),
                        name="connectors_review_days_where_they_count",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("keep", "live"), _negated=True),
                            models.Q(("allows_ai", False), ("allows_faces", False)),
                            _connector="OR",
                        ),
                        name="connectors_review_live_view_looks_at_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("acknowledged_at", None),
                            models.Q(
                                models.Q(("acknowledged_by", ""), _negated=True),
                                models.Q(("user_agent", ""), _negated=True),
                                ("requests_per_minute__isnull", False),
                                ("requests_per_minute__range", (1, 6000)),
                            ),
                            _connector="OR",
                        ),
                        name="connectors_review_acknowledged_with_manners",
                    ),
                ],
            },
        ),
        migrations.RunSQL(READ, READ_NO_MORE),
        EngineFunction(
            "engine_linked_orgs()",
            returns="TABLE (org_id uuid)",
            body="SELECT DISTINCT org_id FROM connectors_connection WHERE connector <> ''",
        ),
    ]
