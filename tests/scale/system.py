"""``system_of``: an integrated care system that has run this portal for years, in a minute or two."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random

from django.db import connections, transaction
from django.utils import timezone

from evaluation.disclosure import SMALL_SECTOR
from evaluation.reports.half_years import HalfYear, between
from members.models import Person
from rounds.models import Round, TeamMember
from rounds.states import Format

from . import letters, life, people


def system_of(
    *, staff=60_000, years=10, rounds=5_000, deliveries=2_000_000, partners=120, events=20_000, code="QZZ", now=None
):
    """Put a system into the databases at which the ORM points, by COPY or executemany, and return what there is to ask
    for (``World``).

    * `staff` have an account each and a job, at `partners` of all sectors, by numbers said each spring.
    * `rounds` were held in the half-years before the present one, twice as many as `years`, which are all released;
      since then and for 180 days ahead they go on at the same pace. Of those of the last 30 days there are bookings
      and registers, of those published (60 days ahead) bookings. Every fifth invites all partners.
    * `deliveries` are invitations to Rounds of which names are still kept; as many as these and `staff` allow, or
      ValueError. `events` is the length of the security log and of the care log.
    * Whoever asks for several systems in one database gives each a `code` of its own.

    The same arguments make the same rows, as far as the portal itself draws nothing (the noise of releases).
    """
    world = World(code=code, staff=staff, years=years, now=now or timezone.now())
    with transaction.atomic(), transaction.atomic(using="box"):
        people.make_partners(world, partners)
        people.make_staff(world)
        people.make_roles(world)
        life.make_rounds(world, rounds)
        life.make_facts(world)
        life.make_register(world)
        life.make_half_years(world)
        letters.make_deliveries(world, deliveries)
        letters.make_logs(world, events)
    know_the_tables()
    return world


@dataclass
class World:
    """`people` are keys, in the order of their addresses (``staff.0@…``); `holders`: {role: keys of people}."""

    code: str
    staff: int
    years: int
    now: datetime
    system: object = None
    places: list = field(default_factory=list)
    partners: list = field(default_factory=list)
    rooms: list = field(default_factory=list)
    people: list = field(default_factory=list)
    holders: dict = field(default_factory=lambda: defaultdict(list))
    rounds: list = field(default_factory=list)

    def __post_init__(self):
        self._random = Random(self.code)

    def key(self):
        return uuid.UUID(int=self._random.getrandbits(128), version=4)

    @cached_property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def present(self) -> HalfYear:
        return HalfYear.of(self.today)

    @cached_property
    def begins(self) -> date:
        first = self.present
        for _ in range(2 * self.years):
            first = first.before()
        return first.begins

    @cached_property
    def long_ago(self) -> date:
        return self.begins - timedelta(days=400)

    @cached_property
    def half_years(self) -> list[HalfYear]:
        """The present one last."""
        return between(HalfYear.of(self.begins), self.present)[::-1]

    @cached_property
    def large(self) -> list:
        """Partners that have figures of their own; in a tiny system one that has none."""
        return [each for each in self.partners if each.staff >= SMALL_SECTOR] or self.partners[:1]

    @cached_property
    def last_of_a_series(self) -> Round:
        """The latest that is over and belongs to a series."""
        return next(each for each in reversed(self.rounds) if each.series_id and each.ends_at < self.now)

    @property
    def facilitator_of_a_series(self):
        """Key of whoever facilitates all Rounds of that series."""
        return TeamMember.objects.filter(round=self.last_of_a_series).order_by("pk").values_list("person", flat=True)[0]

    def number_of(self, round) -> int:
        return int(round.title.rpartition(" ")[2])

    def asked_at(self, round):
        """The questions of its box."""
        return self.asked["online" if round.format == Format.ONLINE else "in_person"]

    def holder(self, role) -> Person:
        """The first who holds that role."""
        return Person.objects.get(pk=self.holders[role][0])


PENDING = """
SELECT gin_clean_pending_list(pg_class.oid) FROM pg_class JOIN pg_am ON pg_am.oid = relam
WHERE amname = 'gin' AND relkind = 'i'
"""


def know_the_tables():
    """As autovacuum would have done, had the rows come in their own time."""
    for alias in ("default", "box"):
        with connections[alias].cursor() as cursor:
            if connections[alias].vendor == "postgresql":
                cursor.execute(PENDING)
            cursor.execute("ANALYZE")
