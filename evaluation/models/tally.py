"""What remains of registers: attendances added up by half-year in a few tables, and what is shown of them, made once.

No row here has a person or a time, and none can be led back to one Round.
"""

import uuid

from django.db import models

from evaluation.tables import TABLES
from members.roles import SECTORS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

HALF_YEAR = 7  # "2027-04"
TABLE, CELL = 10, 80
CHOICES = [(table.key, table.words) for table in TABLES.values()]
SMALL_SECTORS = "small"
REACHED = {**SECTORS, SMALL_SECTORS: "All other sectors"}


class Folded(models.Model):
    """This Round's attendances stand in the tallies. The first row of the folding transaction: its key makes a second
    folding impossible."""

    privacy = {Kept.EVENT: "round"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, primary_key=True, related_name="folded")


class Tally(models.Model):
    """One cell of a table, added up over the folded Rounds of a half-year. Exact, so it is read by nobody but the
    release of the half-year, which destroys it.

    `cell` names a sector ("acute"), a sector and what it is divided by ("acute/nursing"), an employer or a Place by its
    key; "" stands for the whole system.
    """

    privacy = {Kept.COUNT: "id system half_year table cell number"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    half_year = models.CharField(max_length=HALF_YEAR)
    table = models.CharField(max_length=TABLE, choices=CHOICES)
    cell = models.CharField(max_length=CELL, blank=True)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["system", "half_year", "table", "cell"], name="tally_once")]


class Release(Record):
    """What is shown of a half-year: made once, after its last Round was folded, and never changed.

    `rounds` are in it; `left_out` were held too, but had not been closed when it was made. Of too few Rounds it has no
    cells.
    """

    privacy = {Kept.COUNT: "system half_year rounds left_out"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="releases")
    half_year = models.CharField(max_length=HALF_YEAR)
    rounds = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "half_year"], name="release_once")]


class ReleasedSector(models.Model):
    """A sector as it was known on the half-year's last day: its partners, how many of these had said no number of
    staff, and the staff of the others. A fact about partners, and exact."""

    privacy = {Kept.COUNT: "id release sector staff partners uncounted"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="sectors")
    sector = models.CharField(max_length=20, choices=list(REACHED.items()))
    staff = models.PositiveIntegerField()
    partners = models.PositiveIntegerField()
    uncounted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "sector"], name="released_sector_once")]


class ReleasedCell(models.Model):
    """One cell of a released table: `number` with its noise, so it may be below 0; `staff` are those whom it is about,
    where that is known. Kinds of work with few staff share a cell: "acute/care+community"."""

    privacy = {Kept.COUNT: "id release table cell number staff"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="cells")
    table = models.CharField(max_length=TABLE, choices=CHOICES)
    cell = models.CharField(max_length=CELL, blank=True)
    number = models.IntegerField()
    staff = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "table", "cell"], name="released_cell_once")]


def released_cells(releases):
    """The cells of these (keys), in no order."""
    return ReleasedCell.objects.filter(release__in=releases).order_by()


def added_up(releases, table, what):
    """For each release a subquery: an aggregate over all cells of that table in all of `releases`."""
    cells = ReleasedCell.objects.filter(release__in=releases.order_by().values("pk"), table=table).order_by()
    return models.Subquery(cells.values("table").annotate(added_up=what).values("added_up"))
