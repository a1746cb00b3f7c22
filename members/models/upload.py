"""Files between preview and acceptance."""

from datetime import timedelta

from django.db import models

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

KEPT_FOR = timedelta(days=1)


class UploadQuerySet(models.QuerySet):
    def waiting(self, now):
        return self.filter(created_at__gt=now - KEPT_FOR)

    def forgotten(self, now):
        return self.filter(created_at__lte=now - KEPT_FOR)


class Upload(Record):
    """A file that somebody has chosen and not accepted yet: what is accepted is exactly what was previewed.

    In the database, because the next request may come to another host. `said` is what was entered beside the file.
    """

    privacy = {Kept.UPLOAD: "person kind name content said"}

    person = models.ForeignKey("members.Person", on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    said = models.JSONField(default=dict)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="upload_one_of_a_kind")]
