"""What belongs to one organisation stands in no letter to anybody of another; and no letter names somebody else."""

import datetime as dt

import pytest
from django.core import mail

from members.actions import correspondence, organisations
from members.models import Delivery, Membership
from rounds import emails
from rounds.actions import inviting, panel, registration, scheduling
from rounds.models import Round
from rounds.tasks import complete_fan_outs
from tests.architecture import realm as world
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import NOON

pytestmark = pytest.mark.django_db(databases=["default", "box"])

WEEK = dt.timedelta(days=7)


def test_no_letter_carries_a_word_that_is_not_its_readers(realm, figures):
    round = realm.coming
    inviting.release_invitations(round=round, expected=invited(realm), by=realm.lead, now=NOON)
    complete_fan_outs()
    panel.ask(round=round, email=realm.staff.email, by=realm.lead, now=NOON)
    booked = realm.askers["booked"]
    registration.keep_in_diary(
        booking=registration.book(round=round, person=booked, way="in_person", now=NOON), now=NOON
    )
    letters = sent(NOON)
    changes = {"starts_at": round.starts_at + WEEK, "ends_at": round.ends_at + WEEK}
    scheduling.move(round=round, changes=changes, seen_version=version(round), by=realm.lead, now=NOON)
    letters += sent(NOON)
    scheduling.cancel_round(
        round=round, reason="The room is flooded.", seen_version=version(round), by=realm.lead, now=NOON
    )
    letters += sent(NOON)
    at_acornfield = set(
        Membership.objects.filter(organisation=realm.acornfield).values_list("person__email", flat=True)
    )
    at_acornfield |= {realm.askers[name].email for name in ("helper", "runs it", "storyteller")}
    assert len(letters) > 3 * len(at_acornfield) / 2
    assert {address for address, _ in letters} <= at_acornfield
    assert [word for _, words in letters for word in (*world.PEOPLE, *world.WORDS) if word in words] == []
    assert any("Titlecanary" in words for _, words in letters)
    assert any("BEGIN:VCALENDAR" in words for _, words in letters)
    ours = Delivery.objects.exclude(pk=realm.letter.pk)
    assert set(ours.values_list("state", flat=True)) & {"failed", "uncertain"} == set()
    figures("letters", read=len(letters))


PARTNERS = ("Ashcanary", "Beechcanary", "Cedarcanary")


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_partners_own_words_reach_its_own_staff_and_nobody_else(realm, rounds):
    """As an invitation or as a digest, and whoever passes a letter on: each carries the words of one partner or none.
    None for whoever works for two: their mailbox is one employer's, and must not tell it of the other."""
    partners = [own_words_of(realm, word) for word in PARTNERS]
    silent = OrganisationFactory(system=realm.system)
    home = OrganisationFactory(has_staff_list=False, contact_email="contact@home.example", system=realm.system)
    organisations.set_own_words(organisation=home, words="Homecanary", now=NOON)
    theirs = {PersonFactory(works_for=partner).email: partner.own_words for partner in partners for _ in range(2)}
    theirs |= {PersonFactory(works_for=silent).email: "", home.contact_email: "Homecanary"}
    of_two = PersonFactory(works_for=partners[0])
    MembershipFactory(person=of_two, organisation=partners[1])
    of_one_uninvited = PersonFactory(works_for=partners[0])
    MembershipFactory(person=of_one_uninvited, organisation=own_words_of(realm, "Uninvitedcanary"))
    has_left_the_other = PersonFactory(works_for=partners[0])
    MembershipFactory(person=has_left_the_other, organisation=partners[1], ends_on=NOON.date())
    theirs |= {of_two.email: "", of_one_uninvited.email: "", has_left_the_other.email: PARTNERS[0]}
    for _ in range(rounds):
        round = RoundFactory(
            system=realm.system, partners=[*partners, silent, home], facilitators=[realm.lead],
            invitations_released_at=NOON,
        )  # fmt: skip
        emails.invite(round, now=NOON)
    emails.pass_on_letters(round, now=NOON)
    carried = dict(sent(NOON))
    canaries = (*PARTNERS, "Homecanary", "Uninvitedcanary")
    found = {address: [word for word in canaries if word in words] for address, words in carried.items()}
    assert found == {address: [words] if words else [] for address, words in theirs.items()}


def own_words_of(realm, words):
    partner = OrganisationFactory(system=realm.system)
    return organisations.set_own_words(organisation=partner, words=words, now=NOON)


def invited(realm):
    return Membership.objects.filter(organisation=realm.acornfield, person__is_active=True).count()


def version(round):
    return Round.objects.get(pk=round.pk).version


def sent(now):
    """[(address, the whole letter with its diary entry)] of all that leaves now."""
    mail.outbox.clear()
    while correspondence.run(now=now).total():
        pass
    return [(letter.to[0], letter.message().as_bytes().decode("utf-8", "replace")) for letter in mail.outbox]
