"""That something was destroyed, and in which month: never whose it was, nor how many."""

import uuid

from django.db import models

from rounds_site.kit.privacy import Kept


class RetentionPass(models.Model):
    """When the clock last came to the end of a class of data (``registry.keepings``): by then all of it that had had
    its time was gone, but for `left` batches that failed. Its row is also what two who destroy wait for. The row `ALL`
    says when the clock last went through all classes."""

    ALL = "all"

    privacy = {Kept.REFERENCE: "name done_at left"}

    name = models.CharField(max_length=30, primary_key=True)
    done_at = models.DateTimeField(null=True)
    left = models.PositiveIntegerField(default=0)


class Destruction(models.Model):
    """Rows of one class went in the month that begins on that day. A day would be that of one Round, and a number that
    of its people."""

    privacy = {Kept.COUNT: "id name month"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=30)
    month = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "month"], name="destruction_once_a_month")]
