import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from evaluation.models.tally import CHOICES, REACHED

ALL_WORK = "nursing+clinical+care+community+running+not_said"


def take_over(apps, schema_editor):
    """What was released before had no noise and its numbers were rounded; it keeps them, as one cell for each sector."""
    names = "ReachTally ReachRelease ReachCell Tally Release ReleasedSector ReleasedCell".split()
    old_tally, old_release, old_cell, tally, release, sector, cell = (apps.get_model("evaluation", n) for n in names)
    tally.objects.bulk_create(
        tally(system_id=it.system_id, half_year=it.half_year, table="work", cell=f"{it.sector}/not_said", number=it.came)
        for it in old_tally.objects.order_by("pk")
    )
    kept = "id created_at system_id half_year rounds left_out".split()
    release.objects.bulk_create(release(**row) for row in old_release.objects.order_by("pk").values(*kept))
    for it in old_cell.objects.order_by("pk"):
        facts = {"staff": it.staff or 0, "partners": it.partners, "uncounted": it.uncounted}
        sector.objects.create(release_id=it.release_id, sector=it.sector, **facts)
        if it.staff is not None and it.staff >= 250:
            of = {"table": "work", "cell": f"{it.sector}/{ALL_WORK}", "staff": it.staff}
            cell.objects.create(release_id=it.release_id, number=it.came or 0, **of)


def key():
    return ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False))


def of(model, related_name):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=model)


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0014_pools_that_grow_are_sealed"),
        ("members", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                key(),
                ("half_year", models.CharField(max_length=7)),
                ("table", models.CharField(choices=CHOICES, max_length=10)),
                ("cell", models.CharField(blank=True, max_length=80)),
                ("number", models.PositiveIntegerField(default=0)),
                ("system", of("members.system", "+")),
            ],
            options={
                "verbose_name_plural": "tallies",
                "constraints": [
                    models.UniqueConstraint(fields=("system", "half_year", "table", "cell"), name="tally_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                key(),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("half_year", models.CharField(max_length=7)),
                ("rounds", models.PositiveIntegerField()),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("system", of("members.system", "releases")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("system", "half_year"), name="release_once")],
            },
        ),
        migrations.CreateModel(
            name="ReleasedSector",
            fields=[
                key(),
                ("sector", models.CharField(choices=list(REACHED.items()), max_length=20)),
                ("staff", models.PositiveIntegerField()),
                ("partners", models.PositiveIntegerField()),
                ("uncounted", models.PositiveIntegerField(default=0)),
                ("release", of("evaluation.release", "sectors")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("release", "sector"), name="released_sector_once")],
            },
        ),
        migrations.CreateModel(
            name="ReleasedCell",
            fields=[
                key(),
                ("table", models.CharField(choices=CHOICES, max_length=10)),
                ("cell", models.CharField(blank=True, max_length=80)),
                ("number", models.IntegerField()),
                ("staff", models.PositiveIntegerField(null=True)),
                ("release", of("evaluation.release", "cells")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("release", "table", "cell"), name="released_cell_once")
                ],
            },
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
