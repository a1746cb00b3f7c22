"""One invitation tells of all times of a Round that is repeated; the rest is about the time that it is about."""

import datetime as dt

import pytest
from django.core import mail
from django.urls import reverse

from members.models import Delivery
from rounds import emails
from rounds.actions import inviting, scheduling, sittings
from rounds.emails.progress import progress
from rounds.models import Round
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import RoundFactory
from tests.rounds.pages import words_of
from tests.worlds import LONDON, NOON

from .sending import book, call_off, delivered, kinds, move

pytestmark = pytest.mark.django_db
TIMES = "7am to 8am, midday to 1pm or 4pm to 5pm: you come to one of these"


def at(hour):
    return dt.datetime(2027, 3, 17, hour, tzinfo=LONDON)


@pytest.fixture
def repeated(world):
    made = {"system": world.system, "partners": [world.elmbridge], "facilitators": [world.ada]}
    first = RoundFactory(starts_at=at(7), booking_closes_at=at(6), **made)
    for hour in (12, 16):
        more = sittings.add(round=first, starts_at=at(hour), by=world.ada, now=NOON)
        scheduling.publish(round=more, by=world.ada, now=NOON)
    return list(Round.objects.sittings(Round.objects.get(pk=first.pk)))


def release(round, by, now=NOON):
    number = emails.still_to_invite(round, now=now).count()
    inviting.release_invitations(round=round, expected=number, by=by, now=now)
    emails.invite(round, now=now)
    return number


def test_one_letter_with_all_times(world, repeated):
    assert release(repeated[0], world.ada) == 3
    delivered()
    assert len(mail.outbox) == 3
    letter = mail.outbox[0]
    assert TIMES in letter.body
    assert TIMES in letter.alternatives[0].content


def test_whoever_runs_it_reads_that_nobody_is_left_to_invite(client, world, repeated):
    client.force_login(world.ada)
    later = [repeated[1].pk]
    pages = [reverse("round_invitations", args=later), reverse("round_workspace", args=later) + "?phase=invite"]
    said = ["Everybody has the letter of another of its times", "Those of another of its times tell of this one too"]
    before = [words in words_of(client.get(page)) for page, words in zip(pages, said, strict=True)]
    release(repeated[0], world.ada)
    after = [words in words_of(client.get(page)) for page, words in zip(pages, said, strict=True)]
    assert (before, after) == ([False, False], [True, True])
    repeated[1].invited_partners.create(organisation=world.quarry_lane, created_at=NOON)
    assert "Release 1 letter" in words_of(client.get(pages[0]))


def test_nobody_is_written_to_again_about_another_time(world, repeated):
    release(repeated[0], world.ada)
    assert release(repeated[1], world.ada) == 0
    assert kinds(kind="invitation") == {("invitation", "pending"): 3}
    delivered()
    assert emails.still_to_invite(repeated[2], now=NOON).count() == 0
    assert progress(repeated[1], now=NOON)["to_go"] == 0


def test_whoever_joins_later_is_written_to_once(world, repeated):
    for round in repeated[:2]:
        release(round, world.ada)
    late = PersonFactory(works_for=world.elmbridge)
    for round in repeated[:2]:
        emails.invite(Round.objects.get(pk=round.pk), now=NOON)
    assert Delivery.objects.filter(kind="invitation", person=late).count() == 1


def test_where_the_first_is_called_off_the_others_still_invite(world, repeated):
    """Those to whom no letter had gone."""
    first, other, _ = repeated
    release(first, world.ada)
    call_off(Round.objects.get(pk=first.pk), world.ada)
    delivered()
    release(other, world.ada)
    delivered()
    assert {letter.to[0] for letter in mail.outbox} == {each.email for each in (world.ada, world.ben, world.ines)}
    assert "midday to 1pm or 4pm to 5pm: you come to one of these" in mail.outbox[0].body
    assert "7am" not in mail.outbox[0].body


def test_letters_that_were_stopped_do_not_go_beside_those_of_another_time(world, repeated):
    first, other, _ = repeated
    release(first, world.ada)
    inviting.stop_invitations(round=first, by=world.ada, now=NOON)
    release(other, world.ada)
    release(Round.objects.get(pk=first.pk), world.ada)
    delivered()
    assert len(mail.outbox) == 3


def test_a_time_that_moved_before_the_letter_left_is_said_as_it_is(world, repeated):
    release(repeated[0], world.ada)
    move(repeated[2], world.ada, starts_at=at(18), ends_at=at(19))
    delivered()
    invitations = [each for each in mail.outbox if "booking is open" in each.subject]
    assert all("6pm to 7pm" in each.body and "4pm" not in each.body for each in invitations)


def test_everyone_who_was_invited_hears_when_one_of_the_times_changes(world, repeated):
    """They were told of that time, whichever the letter was about; and when else they can come."""
    first, _, last = repeated
    release(first, world.ada)
    delivered()
    move(last, world.ada, starts_at=at(18), ends_at=at(19))
    assert len(delivered()) == 3
    assert "6pm to 7pm" in mail.outbox[0].body
    assert "held at other times too: 7am and midday." in mail.outbox[0].body
    call_off(Round.objects.get(pk=last.pk), world.ada)
    assert len(delivered()) == 3
    for body in (mail.outbox[0].body, mail.outbox[0].alternatives[0].content):
        assert "also held at 7am and midday, as it was" in body


def test_a_letter_about_a_place_says_its_own_time_alone(world, repeated):
    book(repeated[1], world.ben)
    delivered()
    assert "midday to 1pm" in mail.outbox[0].body
    assert "7am" not in mail.outbox[0].body


def test_a_time_that_people_were_told_of_does_not_go_back_to_planned(world, repeated):
    release(repeated[0], world.ada)
    with pytest.raises(Refused, match="has been written to about this Round"):
        scheduling.unpublish(round=repeated[2], by=world.ada, now=NOON)


def test_a_partner_without_a_staff_list_gets_one_letter_to_pass_on(world, repeated):
    world.quarry_lane.contact_email = "contact@quarry.example"
    world.quarry_lane.has_staff_list = False
    world.quarry_lane.save()
    for round in repeated:
        round.invited_partners.create(organisation=world.quarry_lane, created_at=NOON)
        release(round, world.ada)
    assert Delivery.objects.filter(kind="pass_on").count() == 1
    delivered()
    letter = next(each for each in mail.outbox if each.to == ["contact@quarry.example"])
    assert TIMES in letter.body
