import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0011_own_care_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListedJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "staff_group",
                    models.CharField(
                        choices=[
                            ("nursing", "Nursing and midwifery"),
                            ("medical", "Medical and dental"),
                            ("allied_health", "Allied health"),
                            ("science", "Healthcare science"),
                            ("clinical_support", "Additional clinical services"),
                            ("social_work", "Social work"),
                            ("social_care", "Social care and support"),
                            ("pharmacy_psychology", "Pharmacy and psychology"),
                            ("administration", "Administration and management"),
                            ("estates", "Estates, facilities and catering"),
                            ("housing", "Housing, council and community"),
                            ("chaplaincy", "Chaplaincy and spiritual care"),
                            ("volunteer", "Volunteer"),
                            ("student", "Student"),
                            ("other", "Other"),
                            ("not_said", "Prefer not to say"),
                        ],
                        default="not_said",
                        max_length=20,
                    ),
                ),
                ("declined", models.BooleanField(default=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="members.organisation"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="listed_jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="members.site",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "organisation"), name="listed_job_once_each")
                ],
            },
        ),
    ]
