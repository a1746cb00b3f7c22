"""Which letters about Rounds there are, who gets each and when not; and how each looks, about a Round that does not
exist."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone

from members.emails import said_of
from members.emails.told import AS_IT_GOES
from members.models import Organisation, Person
from members.postbox import NEUTRAL
from members.registry import Facts, Told
from rounds import calendars
from rounds.models import Backfill, Booking, Round, Venue
from rounds.states import BackfillState, Format, Way
from rounds_site.kit.formats import nhs_date, nhs_moment
from rounds_site.kit.links import absolute_url

from . import care, cover, invitations, reading, said, team, voices

A_WEDNESDAY = dt.date(2027, 8, 4)
FOUR_DAYS = dt.timedelta(days=4)
FOUR_WEEKS = dt.timedelta(weeks=4)
WITH_OWN_WORDS = "With words of a partner’s own, for its own staff"
NOBODY_BOOKS = "To a Round that nobody books"
OF_ONE_NOBODY_BOOKS = "Of a Round that nobody books"
OF_A_PARTNER = "At Quarry Lane speak to your manager about cover. The minibus leaves the gate at 12pm."
OWN_WORDS = "Words of a partner’s own stand in those to its staff; not in that of somebody who works for two"
WITH_A_PLACE = "The person who has the place, where they want letters about their places"
NOT_ONCE_CLOSED = "once booking has closed, the Round is published no more or somebody has stopped its invitations"
NOT_ONCE_IT_IS_NOT_THEIRS = "Once they have it no more, or the Round has begun"
NOT_IF_NOTHING_LIES_THERE = "Where no entry went there, the mailbox is theirs no more or the Round has begun"
EVERYBODY_CONCERNED = "Everybody who was written to about it, has a place or waits, in the same words"


def a_round(system, *, title="Thrown in at the deep end", later=dt.timedelta()):
    day = timezone.localdate() + FOUR_WEEKS
    day += later + dt.timedelta(days=-(day - A_WEDNESDAY).days % 7)
    starts_at = timezone.make_aware(dt.datetime.combine(day, dt.time(12, 30)))
    return Round(
        system=system,
        title=title,
        about="The first shift alone. A few colleagues tell how it felt, and the room listens.",
        format=Format.IN_PERSON,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=1),
        booking_opens_at=starts_at - FOUR_WEEKS,
        booking_closes_at=starts_at - dt.timedelta(hours=2),
        venue=Venue(name="Lecture theatre 1", address="Elmbridge Hospital"),
        cancelled_reason="The room is closed for repairs.",
    )


def _said(round, **words):
    return said.said_of(round, "", mark=None, button_url=absolute_url("round_page", round.pk), **words)


def _invitations(system):
    first = replace(_said(a_round(system)), stop_url=absolute_url("stop", "your-own-link"))
    second = _said(a_round(system, title="A patient I shall not forget", later=dt.timedelta(days=9)))
    return {
        AS_IT_GOES: first,
        "Where several Rounds are open to somebody": invitations.together([first, second]),
        WITH_OWN_WORDS: replace(first, own_words=OF_A_PARTNER),
        NOBODY_BOOKS: _just_come(first),
    }


def _just_come(facts):
    return replace(facts, context=facts.context | {"just_come": True})


def _to_pass_on(system):
    facts = _said(a_round(system), partner="Quarry Lane Care Homes")
    own_words = replace(facts, own_words=OF_A_PARTNER)
    return {AS_IT_GOES: facts, WITH_OWN_WORDS: own_words, NOBODY_BOOKS: _just_come(facts)}


def _moved(system):
    round = a_round(system)
    words = {"was_to_begin": nhs_moment(round.starts_at - dt.timedelta(days=1))}
    return _also_at_short_notice(_said(round, **words), "rounds/urgent_moved")


def _cancelled(system):
    return _also_at_short_notice(_said(a_round(system)), "rounds/urgent_cancelled")


def _postponed(system):
    words = {"reason": "The room is closed for repairs.", "kept_until": nhs_date(timezone.now() + 2 * FOUR_WEEKS)}
    return _also_at_short_notice(_said(a_round(system), **words), "rounds/urgent_postponed")


def _new_date(system):
    return _also_at_short_notice(_said(a_round(system)), "rounds/urgent_new_date")


def _also_at_short_notice(facts, template):
    urgent = replace(facts, template=template, context=facts.context | {"whose": "Today's"})
    return {AS_IT_GOES: facts, "Within 24 hours of the Round": urgent, OF_ONE_NOBODY_BOOKS: _just_come(facts)}


def _of_a_place(system, **words):
    booking = Booking(round=a_round(system), person=Person(), way=Way.IN_PERSON)
    return with_a_neutral_one(_said(booking.round, where=calendars.where(booking), **words))


def _of_an_offer(system):
    return _of_a_place(system, **reading.words_of_offer(a_round(system).starts_at - FOUR_DAYS))


def _of_a_lapsed_offer(system):
    return _of_a_place(system, went_on=True)


def _of_an_entry(system):
    return _of_a_place(system, says_which=False)


def _to_the_panel(system):
    context = said_of(system) | {"button_url": absolute_url("my_rounds")}
    return with_a_neutral_one(Facts(address="", sender=system.sender, context=context))


def _about_a_team(words, button):
    def shown(system):
        context = said_of(system) | {"words": words, "button": button, "button_url": absolute_url("organise")}
        return with_a_neutral_one(Facts(address="", sender=system.sender, context=context))

    return shown


def _of_cover(system):
    partner = Organisation(name="Quarry Lane Care Homes")
    asked = {"round": a_round(system), "organisation": partner, "hours": Decimal("6"), "rate": Decimal("14.50")}
    return {state.label: cover.facts(Backfill(**asked, state=state), "") for state in BackfillState}


def with_a_neutral_one(facts):
    return {AS_IT_GOES: facts, "For those who asked for neutral letters": replace(facts, template=NEUTRAL)}


def _to_a_finder(system):
    return {AS_IT_GOES: voices.facts(system, "")}


TOLD = {
    "invitation": Told(
        "Invitations to Rounds",
        "Everybody who works for an invited partner and has not stopped invitations, whether or not they have booked. "
        "Where several Rounds are open to one person, they are one letter. "
        f"{OWN_WORDS}",
        f"Before booking opens, in quiet hours, or within a week of the last one; {NOT_ONCE_CLOSED}",
        _invitations,
        names_its_round=True,
        carries_own_words=True,
    ),
    "pass_on": Told(
        "Letters to pass on",
        "The named contact of each invited partner without a staff list, with words of that partner’s own",
        f"Before booking opens, or in quiet hours; {NOT_ONCE_CLOSED}; to somebody who is the contact no more",
        _to_pass_on,
        names_its_round=True,
        carries_own_words=True,
    ),
    "place_confirmed": Told("Places confirmed", WITH_A_PLACE, NOT_ONCE_IT_IS_NOT_THEIRS, _of_a_place),
    "place_freed": Told("Places that came free", WITH_A_PLACE, NOT_ONCE_IT_IS_NOT_THEIRS, _of_a_place),
    "place_offered": Told(
        "Places offered",
        "The first person waiting, where they want letters about their places",
        "Once they have answered, the time to answer has passed or the Round has begun",
        _of_an_offer,
    ),
    "offer_lapsed": Told(
        "Offers that have ended",
        "The person who did not answer in time, where they want letters about their places",
        "Once they have booked again, or the Round has begun",
        _of_a_lapsed_offer,
    ),
    "on_waiting_list": Told(
        "Turns in a waiting list",
        "The person who waits, where they want letters about their places",
        "Once they wait no more, or the Round has begun",
        _of_a_place,
    ),
    "reminder": Told(
        "Reminders",
        WITH_A_PLACE,
        "For a day that the Round has left, once a later reminder is due or they have the place no more",
        _of_a_place,
    ),
    "diary_entry": Told(
        "Diary entries",
        "The person who asked for an entry in their diary, and again when it is called something else",
        "Once the entry or the place is theirs no more, letters go elsewhere or the Round has begun",
        _of_an_entry,
    ),
    "place_given_back": Told(
        "Places given back",
        "The mailbox whose diary holds the entry of a place that was given back",
        NOT_IF_NOTHING_LIES_THERE,
        _of_a_place,
    ),
    "out_of_diary": Told(
        "Diary entries taken out",
        "The mailbox whose diary holds an entry that has ended, though the place stays",
        NOT_IF_NOTHING_LIES_THERE,
        _of_a_place,
    ),
    "round_moved": Told(
        "Rounds that moved",
        EVERYBODY_CONCERNED,
        "Once it has moved again, is called off or has begun",
        _moved,
        names_its_round=True,
    ),
    "round_postponed": Told(
        "Rounds postponed",
        EVERYBODY_CONCERNED,
        "Once it has a new date or is called off",
        _postponed,
        names_its_round=True,
    ),
    "round_new_date": Told(
        "New dates of postponed Rounds",
        EVERYBODY_CONCERNED,
        "Once it has moved again, is postponed again, is called off or has begun",
        _new_date,
        names_its_round=True,
    ),
    "round_cancelled": Told(
        "Rounds called off",
        EVERYBODY_CONCERNED,
        "Once the Round would be over, unless it was postponed before",
        _cancelled,
        names_its_round=True,
    ),
    "question": Told(
        "Questions from a facilitator",
        "A person who was asked onto a panel, or when they can meet, where they want letters about their places",
        "Once they have answered, are off it, the time is set, or the Round is over or called off",
        _to_the_panel,
    ),
    "news": Told(
        "News from a facilitator",
        "Everybody on the panel of a Round that moves, is postponed, gets a new date or is called off; whoever is "
        "to meet, when the time is set",
        "Once there is newer news, or the Round is over",
        _to_the_panel,
    ),
    team.ASKED: Told(
        "Questions about a team",
        "The facilitators, when somebody in the team has left where they worked; the only one, when an administrator "
        "could not reach them",
        "Once it is answered",
        _about_a_team(team.IS_ASKED, "Read the question"),
    ),
    team.WANTED: Told(
        "Rounds that nobody runs",
        "Administrators of the Round's system and host, when nobody can run it",
        "Once somebody can",
        _about_a_team(team.IS_WANTED, "See which"),
    ),
    team.NAMED: Told(
        "Facilitators named",
        "Whom an administrator named where nobody could run a Round, and who waited for it",
        "Once that one is in the team no more",
        _about_a_team(team.IS_NAMED, "Go to the Round"),
    ),
    cover.KIND: Told(
        "Hours of cover",
        "Those who pay, when hours are asked for, withdrawn or invoiced; administrators of the partner, when they are "
        "approved, declined or paid",
        "Once there is a further step",
        _of_cover,
    ),
    voices.KIND: Told(
        "Words to those who look for voices",
        "Whom somebody chose to tell that they might tell a story; it says neither who nor what",
        "Once it is taken back, or they look for voices there no more",
        _to_a_finder,
    ),
    care.KIND: Told(
        "Something to see to",
        "The facilitator who wanted to see to something after a Round, on the morning of the day they set",
        "Once it is done, somebody else sees to it or they facilitate the Round no more",
        lambda system: with_a_neutral_one(care.facts(system, absolute_url("organise"))),
    ),
}
