"""The base of every record that people know about."""

import uuid

from django.db import models
from django.utils import timezone


class Record(models.Model):
    """A row with a random key and the moment it was made.

    The feedback box does not use it: a time or a shared key there would tie a form to a person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
