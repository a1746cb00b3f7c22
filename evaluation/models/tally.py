"""What remains of registers: attendances added up by sector and half-year, and what is shown of them, made once.

No row here has a person, an employer or a time, and none can be led back to one Round.
"""

import uuid

from django.db import models

from members.roles import SECTORS
from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

HALF_YEAR = 7  # "2027-04"
SMALL_SECTORS = "small"
REACHED = {**SECTORS, SMALL_SECTORS: "All other sectors"}


class Folded(models.Model):
    """This Round's attendances stand in the tallies. The first row of the folding transaction: its key makes a second
    folding impossible."""

    privacy = {Kept.EVENT: "round"}

    round = models.OneToOneField("rounds.Round", on_delete=models.CASCADE, primary_key=True, related_name="folded")


class ReachTally(models.Model):
    """How often staff of one sector came to the folded Rounds of a half-year. Exact, so it is read by nobody but the
    release of the half-year, which destroys it."""

    privacy = {Kept.COUNT: "id system half_year sector came"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="+")
    half_year = models.CharField(max_length=HALF_YEAR)
    sector = models.CharField(max_length=20, choices=list(SECTORS.items()))
    came = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "half_year", "sector"], name="reach_tally_once")]


class ReachRelease(Record):
    """What is shown of a half-year's reach: made once, after its last Round was folded, and never changed.

    `rounds` are in it; `left_out` were held too, but had not been closed when it was made. Where the Rounds were too
    few, or the figures would have told more than they say, it has no cells.
    """

    privacy = {Kept.COUNT: "system half_year rounds left_out"}

    system = models.ForeignKey("members.System", on_delete=models.CASCADE, related_name="reach_releases")
    half_year = models.CharField(max_length=HALF_YEAR)
    rounds = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "half_year"], name="reach_release_once")]


class ReachCell(models.Model):
    """One sector in a release: `came` to the nearest 5, or null below 8; `staff` as known on the half-year's last day,
    or null where `uncounted` of its `partners` had said no number."""

    privacy = {Kept.COUNT: "id release sector came staff partners uncounted"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(ReachRelease, on_delete=models.CASCADE, related_name="cells")
    sector = models.CharField(max_length=20, choices=list(REACHED.items()))
    came = models.PositiveIntegerField(null=True)
    staff = models.PositiveIntegerField(null=True)
    partners = models.PositiveIntegerField()
    uncounted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "sector"], name="reach_cell_once")]
