"""Two worlds in which the same people book, and one of them comes to the Round or does not: whatever is written, sent
or logged from the door to a month later is the same in both."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.test import Client
from django.urls import reverse

from evaluation.actions import attendance, clock
from evaluation.codes import in_parts
from evaluation.models import FeedbackBox
from members.actions import correspondence
from members.models import CareEntry, Delivery, SecurityEvent
from tests.anonymity.day import Day
from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import RoundFactory, VenueFactory

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
# What is drawn by lot in each world, in letters: keys of messages, signed addresses, boundaries.
LOTS = re.compile(r"(?<=/)[\w:.-]{24,}|={10,}\d+==|<[^<>@\s]{20,}@[^<>\s]+>")


class World(Day):
    """The last of them books, and comes or stays away."""

    def __init__(self, *, comes, noting=False):
        for factory in (OrganisationFactory, PersonFactory, RoundFactory, SystemFactory, VenueFactory):
            factory.reset_sequence(0)
        super().__init__(seed=7)
        self.comes, self.noting = comes, noting

    def come(self):
        last = self.people[-1].pk
        with time_machine.travel(self.round.starts_at, tick=False):
            clock.follow(now=self.round.starts_at)
            ada = Client()
            ada.force_login(self.world.ada)
            for person in self.people:
                if self.comes or person.pk != last:
                    tick = {"person": person.pk}
                    assert ada.post(reverse("tick_in", args=[self.round.pk]), tick).status_code == 302
                    if self.noting:
                        logging.getLogger("evaluation").info("Somebody was ticked in")

    def go_on(self):
        """The team closes the register at the same number, whoever is ticked; then time alone."""
        end = self.round.ends_at
        clock.follow(now=end + MINUTE)
        attendance.close_register(round=self.round, headcount=len(self.people), now=end + 2 * MINUTE)
        for after in (MINUTE, DAY, 3 * DAY + MINUTE, 4 * DAY, 31 * DAY, 200 * DAY, 230 * DAY):
            with time_machine.travel(end + after, tick=False):
                clock.follow(now=end + after)
                correspondence.run(now=end + after, seconds=60)

    def plain(self, text):
        """Without what is drawn by lot in any two worlds."""
        return LOTS.sub("LOT", UUID.sub("KEY", text.replace(self.code, "CODE").replace(in_parts(self.code), "CODE")))

    def left(self, caplog):
        box = FeedbackBox.objects.get()
        self.code = box.room_code
        deliveries = Delivery.objects.order_by("kind", "person__email").values_list("kind", "state", "attempts")
        return {
            "lines of logs": [self.plain(record.getMessage()) for record in caplog.records],
            "security log": [self.plain(str(row)) for row in SecurityEvent.objects.order_by("at", "id").values_list()],
            "care log": sorted(self.plain(str(row)) for row in CareEntry.objects.values_list("what", "hour")),
            "deliveries": list(deliveries),
            "letters": sorted(
                self.plain(f"{letter.to} {letter.subject} {letter.body} {letter.alternatives}")
                for letter in mail.outbox
            ),
            "box": [(box.state, box.counted_at, box.closes_at)],
        }


@pytest.fixture
def emptied():
    def empty():
        for alias in ("default", "box"):
            connection = connections[alias]
            names = [name for name in connection.introspection.table_names() if name != "django_migrations"]
            with connection.constraint_checks_disabled(), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute(f"TRUNCATE {', '.join(names)}")
                for name in names if connection.vendor == "sqlite" else ():
                    cursor.execute(f"DELETE FROM {name}")

    return empty


@pytest.fixture
def lived(caplog, emptied):
    """What two worlds leave, without that person and with them."""
    caplog.set_level(logging.INFO)

    def through(**options):
        for comes in (False, True):
            caplog.clear()
            mail.outbox.clear()
            world = World(comes=comes, **options)
            world.book()
            world.come()
            assert world.round.attendances.count() == len(world.people) - (not comes)
            world.go_on()
            yield world.left(caplog)
            emptied()

    return through


def test_they_leave_the_same_logs_and_letters(lived):
    without, with_them = lived()
    assert without["letters"]
    assert without["deliveries"]
    for what in without:
        assert without[what] == with_them[what], what


def test_a_portal_that_notes_each_tick_is_found(lived):
    """The control."""
    without, with_them = lived(noting=True)
    assert [what for what in without if without[what] != with_them[what]] == ["lines of logs"]
