"""Facts about Rounds, as figures read them: a view of the database, in which no person stands."""

from functools import cached_property

from django.db import connections, models
from django.db.models.base import ModelState
from django.utils import timezone

from rounds.days import time_at
from rounds.models import Round
from rounds.models.round import AsPlanned
from rounds.states import Format, Kind, RoundState
from rounds_site.kit.privacy import Kept

VIEW = "evaluation_eventfacts"
FACTS = f"""
CREATE VIEW {VIEW} AS SELECT
    event.id, event.system_id, event.series_id, event.title, event.subject, event.kind, event.format, event.state,
    event.starts_at, event.ends_at, event.places, event.online_places, event.needs_booking,
    event.host_organisation_id, event.host_place_id, event.co_host_id,
    event.venue_id, venue.name AS venue_name, venue.address AS venue_address,
    venue.organisation_id AS venue_organisation_id,
    figure.headcount, figure.headcount_entered_at
FROM rounds_round event
LEFT JOIN rounds_venue venue ON venue.id = event.venue_id
LEFT JOIN evaluation_roundfigure figure ON figure.round_id = event.id
WHERE event.state <> '{RoundState.IDEA.value}'
"""  # noqa: S608 (all of it stands here)


def _key(to):
    return models.ForeignKey(to, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")


class EventFacts(AsPlanned, models.Model):
    """What figures know of a Round, by its own key: what was planned and held, and how many came, as ``RoundFigure``
    has it. A further fact is a column of the view and a field here; none may tell of a person.

    The view is made when all migrations have run, and is away while they run: SQLite copies a table to change it, and
    PostgreSQL changes no column on which a view rests.
    """

    privacy = {
        Kept.EVENT: "id system series title subject kind format state starts_at ends_at places online_places "
        "needs_booking host_organisation host_place co_host venue venue_name venue_address venue_organisation "
        "headcount headcount_entered_at"
    }

    id = models.UUIDField(primary_key=True)
    system = _key("members.System")
    series = _key("rounds.Series")
    title = models.CharField(max_length=120)
    subject = models.CharField(max_length=10, choices=Round._meta.get_field("subject").choices)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    format = models.CharField(max_length=12, choices=Format.choices)
    state = models.CharField(max_length=10, choices=RoundState.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    places = models.PositiveIntegerField(null=True)
    online_places = models.PositiveIntegerField(null=True)
    needs_booking = models.BooleanField()
    host_organisation = _key("members.Organisation")
    host_place = _key("members.Place")
    co_host = _key("members.Organisation")
    venue = _key("rounds.Venue")
    venue_name = models.CharField(max_length=120, null=True)
    venue_address = models.CharField(max_length=200, null=True)
    venue_organisation = _key("members.Organisation")
    headcount = models.PositiveIntegerField(null=True)
    headcount_entered_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = VIEW

    @classmethod
    def from_db(cls, db, field_names, values):
        """A page reads them by the hundred, and nobody makes or changes one: so it is put together without what
        Django's own way has for rows that are changed."""
        read = cls.__new__(cls)
        read.__dict__.update(zip(field_names, values, strict=True), _state=ModelState())
        read._state.adding, read._state.db = False, db
        return read

    # A page counts hundreds of Rounds by day and by time of day, and more than once.
    @cached_property
    def _begins(self):
        return self.starts_at.astimezone(timezone.get_default_timezone())

    @cached_property
    def day(self):
        return self._begins.date()

    @cached_property
    def time_of_day(self) -> str:
        return time_at(self._begins.hour)

    @property
    def room(self) -> str:
        """In words; "" where there is none."""
        return ", ".join(filter(None, [self.venue_name, self.venue_address]))


def put_view_away(*, using, plan=(), **kwargs):
    """Before migrations, if there are any to run: a grant goes with it, and ``make_roles`` follows every upgrade."""
    if using == "default" and plan:
        with connections[using].cursor() as cursor:
            cursor.execute(f"DROP VIEW IF EXISTS {VIEW}")


def make_view(*, using, apps=None, **kwargs):
    """After them, once they have come so far that its model is known. ``flush`` says this too, of tables that it only
    emptied, and names no apps."""
    if using != "default" or apps is None or EventFacts._meta.model_name not in apps.all_models["evaluation"]:
        return
    with connections[using].cursor() as cursor:
        if VIEW not in connections[using].introspection.table_names(cursor, include_views=True):
            cursor.execute(FACTS)
