"""Time passes: since the processes of a portal read the real clock, every moment that its database keeps goes back."""

from contextlib import contextmanager
from importlib import import_module

from django.apps import apps
from django.db import connection, transaction
from django.db.models import DateField, DateTimeField, F
from django.utils import timezone

from members.models import Delivery
from rounds.models import Round

OURS = {"members", "rounds", "evaluation"}
# The rows of a chain cannot be moved: the database refuses it. And by when the clock last destroyed what was due, a
# portal sees that its database was brought back from a backup: were it moved, it would close within a minute.
STAYS = {"SecurityEvent", "ChainAnchor", "RetentionPass"}


@transaction.atomic
def let_pass(delta):
    """As if `delta` had passed, for everything in `default`; days move by the whole days in it.

    The box keeps no time, so nothing is to be moved there.
    """
    _rename_reminders(delta)
    with _boxes_may_close_earlier():
        for model in apps.get_models():
            if model.__name__ in STAYS or not model._meta.managed:
                continue
            if model._meta.app_label in OURS and getattr(model, "database", "default") == "default":
                _move_moments(model, delta)
                _move_days(model, delta)


@contextmanager
def _boxes_may_close_earlier():
    """The database refuses it to everybody but whoever owns its tables."""
    guarding = import_module("evaluation.migrations.0009_boxes_close_no_earlier")
    guarding.unguard(apps, Statements())
    yield
    guarding.guard(apps, Statements())


class Statements:
    """What a migration says, within the transaction that is under way."""

    connection = connection

    def execute(self, statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _move_moments(model, delta):
    """In one statement: a worker may be writing other columns of the same rows."""
    moments = [field.name for field in model._meta.concrete_fields if isinstance(field, DateTimeField)]
    if moments:
        model.objects.update(**{name: F(name) - delta for name in moments})


def _move_days(model, delta):
    days = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, DateField) and not isinstance(field, DateTimeField)
    ]
    rows = list(model.objects.order_by("pk")) if days else []
    for row in rows:
        for name in days:
            if value := getattr(row, name):
                setattr(row, name, value - delta)
    if rows:
        model.objects.bulk_update(rows, days)


def _rename_reminders(delta):
    """The key of a reminder ends with the day of the Round, which moves too."""
    for round in Round.objects.order_by("pk"):
        before, after = timezone.localdate(round.starts_at), timezone.localdate(round.starts_at - delta)
        for letter in Delivery.objects.filter(kind="reminder", about=round.pk, dedupe_key__endswith=f":{before}"):
            letter.dedupe_key = letter.dedupe_key.removesuffix(str(before)) + str(after)
            letter.save(update_fields=["dedupe_key"])
