"""What every letter says, and what none may say."""

import re
from functools import partial
from html.parser import HTMLParser
from uuid import uuid4

import pytest
import time_machine
from django.core import mail

from members.models import Delivery
from rounds import emails
from rounds.actions import after, offers, panel, registration, waiting
from rounds.states import BackfillState, Format
from tests.factories.members import JoinLinkFactory, OrganisationFactory, PersonFactory, RoleGrantFactory
from tests.factories.rounds import BackfillFactory, RoundFactory, TeamMemberFactory
from tests.worlds import NOON

from .sending import DAY, HOUR, MESSAGE, book, call_off, delivered, find_a_date, move, postpone

pytestmark = pytest.mark.django_db


class Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.fetched = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a":
            self.found.add(attrs["href"])
        self.fetched |= {attrs[name] for name in ("src", "background") if name in attrs}


class TestWords:
    @pytest.fixture
    def everything(self, world, a_round):
        """One letter of every kind, about a Round whose title is not safe as HTML."""
        a_round.title, a_round.places = "Tea & <b>sympathy</b>", 1
        a_round.save()
        home = OrganisationFactory(name="Larch & Sons", has_staff_list=False, contact_email="rota@larch.example")
        a_round.invited_partners.create(organisation=home)
        JoinLinkFactory(organisation=home)
        emails.invite(a_round, now=NOON)
        emails.pass_on_letters(a_round, now=NOON)
        sent = []
        first = book(a_round, world.ben)
        steps = [
            partial(panel.ask, round=a_round, email=world.cleo.email, by=world.ada, now=NOON),
            partial(book, a_round, world.ines),
            partial(registration.keep_in_diary, booking=first, now=NOON),
            partial(registration.take_out_of_diary, booking=first, now=NOON),
            partial(registration.keep_in_diary, booking=first, now=NOON),
            partial(registration.cancel, round=a_round, person=world.ben, now=NOON),
            *self.a_place_that_nobody_took(world, a_round),
            partial(move, a_round, world.ada),
        ]
        for step in [lambda: None, *steps]:
            step()
            delivered()
            sent += mail.outbox
        moved = type(a_round).objects.get()
        delivered(moved.starts_at - DAY)
        sent += mail.outbox
        for step in (postpone, find_a_date):
            step(type(a_round).objects.get(), world.ada)
            delivered()
            sent += mail.outbox
        call_off(type(a_round).objects.get(), world.ada)
        delivered()
        sent += mail.outbox
        sent += self.at_short_notice(world, a_round.title)
        sent += self.about_its_team(world)
        sent += self.about_hours_of_cover(world)
        sent += self.to_whoever_finds_voices(world)
        sent += self.about_a_word_that_is_owed(world)
        assert set(Delivery.objects.filter(state="sent").values_list("kind", flat=True)) == {
            letter.kind for letter in emails.letters if letter.template.startswith("rounds/")
        }
        return sent

    def a_place_that_nobody_took(self, world, round):
        """Until somebody says yes; and the same place given outright."""
        eva = PersonFactory()
        return [
            lambda: waiting.lapse_offers(now=NOON + 3 * DAY),
            partial(book, round, world.ines),
            partial(type(round).objects.filter(pk=round.pk).update, gives_outright=True),
            partial(book, round, eva),
            partial(registration.cancel, round=round, person=world.ines, now=NOON),
        ]

    def about_its_team(self, world):
        """Of two who run a Round one has left where she worked, then the other; an administrator names a third."""
        RoleGrantFactory(person=PersonFactory(), role="administrator", system=world.system)
        round, sent = RoundFactory(system=world.system, facilitators=[world.ada, world.cleo]), []
        for person, tell in [(world.cleo, emails.team_asked), (world.ada, emails.facilitator_wanted)]:
            round.team.filter(person=person).update(suspended_at=NOON)
            tell(round, now=NOON)
            delivered()
            sent += mail.outbox
        emails.facilitator_named(TeamMemberFactory(round=round, person=world.ines), now=NOON)
        delivered()
        return sent + mail.outbox

    def about_hours_of_cover(self, world):
        """Of each state that somebody is written to about."""
        RoleGrantFactory(role="ics_lead", system=world.system)
        RoleGrantFactory(role="administrator", system=None, organisation=world.quarry_lane)
        round, sent = RoundFactory(system=world.system), []
        for state in BackfillState:
            row = BackfillFactory(round=round, organisation=world.quarry_lane, state=state, invoice="Q 7")
            emails.backfill(row, now=NOON)
            delivered()
            sent += mail.outbox
            row.delete()
        return sent

    def to_whoever_finds_voices(self, world):
        offers.make(person=world.ben, readers=[(world.system, world.ada)], about="Tea & <b>sympathy</b>", now=NOON)
        delivered()
        return mail.outbox

    def about_a_word_that_is_owed(self, world):
        ago = {"starts_at": NOON - DAY, "booking_opens_at": NOON - 9 * DAY, "state": "held"}
        round = RoundFactory(system=world.system, facilitators=[world.ada], **ago)
        after.owe(round=round, key=uuid4(), owner=world.ada, due_on=(NOON + DAY).date(), now=NOON)
        delivered(NOON + DAY)
        return mail.outbox

    def at_short_notice(self, world, title):
        """A digest of two Rounds; one of them moves on its day, and is called off."""
        fields = {"system": world.system, "partners": [world.elmbridge], "facilitators": [world.ada], "title": title}
        later, today = (
            RoundFactory(**fields, starts_at=NOON + hours * HOUR, invitations_released_at=NOON) for hours in (200, 5)
        )
        for round in (later, today):
            emails.invite(round, now=NOON)
        sent = []
        for step in [
            lambda: panel.ask(round=today, email=world.cleo.email, by=world.ada, now=NOON),
            lambda: move(today, world.ada, starts_at=NOON + 4 * HOUR, ends_at=NOON + 5 * HOUR),
            lambda: postpone(type(today).objects.get(pk=today.pk), world.ada),
            lambda: find_a_date(type(today).objects.get(pk=today.pk), world.ada, NOON + 6 * HOUR),
            lambda: call_off(type(today).objects.get(pk=today.pk), world.ada),
        ]:
            step()
            delivered()
            sent += mail.outbox
        return sent

    def test_text_and_html_carry_the_same_links_and_fetch_nothing(self, everything):
        for letter in everything:
            links = Links(letter.alternatives[0].content)
            written = set(re.findall(r"https?://[^\s]+", letter.body))
            assert links.found == written
            assert all(link.startswith("http://127.0.0.1:8000/") for link in links.found)
            assert links.fetched == set()

    def test_a_title_is_text_and_never_markup(self, everything):
        for letter in everything:
            if "/preparation/" in letter.body or "/organise/" in letter.body:
                assert "sympathy" not in letter.message().as_string()
                continue
            assert "Tea & <b>sympathy</b>" in letter.body
            html = letter.alternatives[0].content
            assert "Tea &amp; &lt;b&gt;sympathy&lt;/b&gt;" in html
            assert "<b>" not in html

    def test_subjects_tell_those_who_see_the_mailbox_nothing_personal(self, everything):
        assert {letter.subject for letter in everything} == {
            MESSAGE,
            f"{MESSAGE}: please read it today",
            f"{MESSAGE}: please answer by 5pm Friday",
            "Schwartz Rounds from 3 March: booking is open",
            "Today's meeting has changed: please read now",
            "Schwartz Round on 17 March: booking is open",
            "Schwartz Round on 24 March: something has changed",
            "Schwartz Round on 24 March: it is postponed",
            "Schwartz Round on 31 March: a new date",
            "Schwartz Round on 31 March: it does not take place",
        }

    def test_names_nobody_and_blames_nobody(self, world, everything):
        for letter in everything:
            words = letter.body + letter.alternatives[0].content
            assert [name for name in (world.ben.name, world.ada.name) if name in words] == []
            assert [word for word in ("unfortunately", "failed", "no-show", "attended", "Dear") if word in words] == []

    def test_comes_from_the_system(self, everything):
        assert {letter.from_email for letter in everything} == {"Schwartz Rounds <rounds@northvale.example>"}

    def test_each_row_says_whose_letter_it_is(self, world, everything):
        assert set(Delivery.objects.values_list("system", flat=True)) == {world.system.pk}


@pytest.mark.parametrize(
    ("round_fields", "where"),
    [
        ({"format": Format.ONLINE}, "Online"),
        ({"format": Format.HYBRID}, "or online"),
    ],
)
def test_where_a_round_is(world, round_fields, where):
    round = RoundFactory(partners=[world.elmbridge], invitations_released_at=NOON, **round_fields)
    emails.invite(round, now=NOON)
    delivered()
    assert where in mail.outbox[0].body
    assert round.joining_details not in mail.outbox[0].body


@time_machine.travel(NOON, tick=False)
def test_the_sign_in_code_is_sent_in_the_request_with_its_own_subject(world, client):
    client.post("/account/login/code/", {"email": world.ben.email})
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([world.ben.email], "Your sign-in code")
    assert Delivery.objects.count() == 0
