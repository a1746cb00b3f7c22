"""A partnership that lives on whatever breaks: people book and give back, Rounds move, and nobody waits for anybody.

``python -m tests.faults.life <seed> <journal>`` does one thing after another through the real actions, or over HTTP as
a signed-in person, until it is killed. What it knows to be committed it writes into the journal.
"""

import datetime as dt
import http.client
import json
import random
import sys
import time
import uuid

import django

PARTNERS, STAFF, ROUNDS = 4, 110, 5
PLACES = 25
DAY = dt.timedelta(days=1)
# Letters that wait at once: no more is done meanwhile, or the end would never be in sight.
WAITING_AT_MOST = 1_000
WEIGHTS = {
    "book": 24,
    "book_by_page": 12,
    "give_back": 10,
    "give_back_by_page": 5,
    "book_give_back_and_book": 6,
    "put_in_diary": 3,
    "join": 4,
    "leave": 3,
    "unsubscribe": 3,
    "release": 5,
    "move": 2,
    "call_off": 1,
    "an_hour_goes_by": 4,
}


def make_world():
    """Its Rounds are three weeks ahead, so that neither a reminder nor haste is due while things break."""
    from django.utils import timezone

    from tests.factories.members import OrganisationFactory, PersonFactory, SystemFactory
    from tests.factories.rounds import VenueFactory

    system = SystemFactory()
    partners = [OrganisationFactory(system=system) for _ in range(PARTNERS)]
    VenueFactory(organisation=partners[0])
    for partner in partners:
        for _ in range(STAFF):
            PersonFactory(works_for=partner)
    ada = PersonFactory(email="ada@northvale.example")
    for _ in range(ROUNDS):
        plan_a_round(ada, random.Random(0), timezone.now())
    return system, ada


def plan_a_round(ada, chance, now):
    """Published and open for booking; its invitations are released later."""
    from members.models import Organisation
    from members.models import System as Systems
    from rounds.models import Venue
    from tests.factories.rounds import RoundFactory

    partners = list(Organisation.objects.filter(has_staff_list=True, memberships__isnull=False).distinct())
    return RoundFactory(
        system=Systems.objects.get(),
        venue=Venue.objects.get(),
        partners=chance.sample(sorted(partners, key=lambda each: each.pk), min(3, len(partners))),
        facilitators=[ada],
        places=PLACES,
        starts_at=now + chance.randint(20, 30) * DAY,
        booking_opens_at=now - DAY,
        published_at=now - 2 * DAY,
    )


class Life:
    def __init__(self, seed, journal):
        from members.models import Person

        self.chance = random.Random(f"{seed} {time.time()}")
        self.journal = open(journal, "a")  # noqa: SIM115 (for as long as the process lives)
        self.ada = Person.objects.get(email="ada@northvale.example")
        self.sessions = {}

    def go_on(self):
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        while True:
            self.one_thing(self.chance.choices(names, weights)[0])
            time.sleep(0.02)

    def one_thing(self, name):
        from django.db import Error, connections

        from rounds_site.kit.refusals import Refused

        try:
            if self.too_many_wait():
                time.sleep(0.3)
            else:
                getattr(self, name)()
        except Refused:
            """Full, closed, changed meanwhile: as it goes."""
        except (Error, OSError, http.client.HTTPException):
            # The database or the web server is away. Whether it was committed nobody knows.
            connections.close_all()
            time.sleep(0.2)

    def too_many_wait(self):
        from members.models import Delivery

        return Delivery.objects.filter(state__in=["pending", "claimed"], due_at__lte=now()).count() > WAITING_AT_MOST

    def note(self, act, **said):
        self.journal.write(json.dumps({"act": act, **said}) + "\n")
        self.journal.flush()

    # --- Whom and what ----------------------------------------------------------------------------

    def a_round(self):
        from rounds.models import Round

        rounds = list(Round.objects.filter(state="published").order_by("pk"))
        if len(rounds) < ROUNDS:
            rounds.append(plan_a_round(self.ada, self.chance, now()))
        return self.chance.choice(rounds)

    def somebody(self, round):
        from members.models import Membership

        staff = Membership.objects.filter(organisation__in=round.partners.all(), ends_on=None).order_by("pk")
        return staff.select_related("person")[self.chance.randrange(staff.count())].person

    def a_booking(self):
        from rounds.models import Booking

        active = Booking.objects.active().filter(round__state="published").order_by("pk")
        number = active.count()
        return active.select_related("round", "person")[self.chance.randrange(number)] if number else None

    # --- What they do -------------------------------------------------------------------------------

    def book(self, round=None, person=None):
        from rounds.actions import registration

        round = round or self.a_round()
        person = person or self.somebody(round)
        registration.book(round=round, person=person, way="in_person", now=now())
        self.note("booked", round=str(round.pk), person=str(person.pk))

    def give_back(self, booking=None):
        from rounds.actions import registration

        if booking := booking or self.a_booking():
            registration.cancel(round=booking.round, person=booking.person, now=now())

    def book_give_back_and_book(self):
        if booking := self.a_booking():
            self.give_back(booking)
            self.book(booking.round, booking.person)
            self.give_back(booking)
            self.book(booking.round, booking.person)

    def book_by_page(self):
        round = self.a_round()
        person = self.somebody(round)
        if self.press(person, f"/rounds/{round.pk}/book/") == f"/rounds/{round.pk}/":
            self.note("booked", round=str(round.pk), person=str(person.pk))

    def give_back_by_page(self):
        if booking := self.a_booking():
            self.press(booking.person, f"/rounds/{booking.round_id}/cancel-place/")

    def put_in_diary(self):
        from rounds.actions import registration

        if booking := self.a_booking():
            registration.keep_in_diary(booking=booking, now=now())

    def join(self):
        from members.actions import memberships, people
        from members.models import Organisation

        person = people.add_person(email=f"{uuid.uuid4().hex[:12]}@riverbank.example", name="Robin New", trusted=True)
        partners = Organisation.objects.filter(has_staff_list=True, invited_to__isnull=False).distinct().order_by("pk")
        memberships.employ(
            person=person, organisation=self.chance.choice(partners), staff_group="nursing", source="list", now=now()
        )

    def leave(self):
        from members.actions import leaving

        person = self.somebody(self.a_round())
        leaving.leave(membership=person.memberships.get(ends_on=None), by=person, now=now())

    def unsubscribe(self):
        from members.actions import invitations

        invitations.stop(person=self.somebody(self.a_round()), now=now())

    def release(self):
        from rounds.actions import inviting
        from rounds.models import Round

        waiting = Round.objects.filter(state="published", invitations_released_at=None).order_by("pk").first()
        if waiting:
            inviting.release_invitations(round=waiting, expected=10_000, by=self.ada, now=now())

    def move(self):
        from rounds.actions import scheduling

        round = self.a_round()
        changes = {name: getattr(round, name) + DAY for name in ("starts_at", "ends_at")}
        scheduling.move(round=round, changes=changes, seen_version=round.version, by=self.ada, now=now())

    def call_off(self):
        from rounds.actions import scheduling

        round = self.a_round()
        if round.invitations_released_at:
            scheduling.cancel_round(round=round, seen_version=round.version, by=self.ada, now=now())

    def an_hour_goes_by(self):
        """The clock's hourly ring."""
        from members import postbox

        postbox.ring("rounds.tasks.complete_fan_outs")

    def press(self, person, path):
        """Where it led: "" if nowhere. Who was signed out, since Redis was emptied, is led to the page for signing in,
        has done nothing, and signs in again next time."""
        from django.conf import settings
        from django.shortcuts import resolve_url

        from tests.races.crowd import TOKEN, ask
        from tests.sessions import session_of

        if person.pk not in self.sessions:
            self.sessions[person.pk] = session_of(person)
        headers = {
            "Cookie": f"sessionid={self.sessions[person.pk]}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        led_to = ask(settings.PORTAL_URL, "POST", path, headers, "way=in_person")[2] or ""
        if led_to.startswith(resolve_url(settings.LOGIN_URL)):
            del self.sessions[person.pk]
        return led_to


def now():
    from django.utils import timezone

    return timezone.now()


if __name__ == "__main__":
    django.setup()
    Life(*sys.argv[1:]).go_on()
