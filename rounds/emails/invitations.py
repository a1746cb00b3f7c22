"""What an invitation says, or a letter that a contact passes on, and whether it still should, read from the live rows
at hand-over. They go to everybody in the same words, save those that their employer adds."""

from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from django.db.models import Exists, OuterRef, Q, Subquery

from members import postbox
from members.access import today
from members.emails import rendered
from members.models import JoinLink, Organisation
from members.registry import ADDRESS, DAY, OWN_WORDS, PERSON, Stands
from rounds.models import Round
from rounds_site.kit.formats import listed, nhs_range
from rounds_site.kit.links import absolute_url, sign

from .said import SAID_OF_A_ROUND, lock_round, mark_of, round_of, said_of, said_together, sittings_said, where
from .writing import invitation_audience, invited_by, with_own_words


def lock_pass_on(delivery):
    return lock_round(delivery), Organisation.objects.filter(pk=delivery.part).values_list(
        "own_words", flat=True
    ).first()


def lock_invitations(delivery):
    """Of one Round or several, held in the order of their keys, so that no two who hold some block each other. And
    whether this person is still invited, and what their employer adds, since they may have been read long before with
    many others."""
    keys = [each.about for each in delivery.in_this_message]
    # The Round's key, seen from three queries further in: the person, their work, its partner.
    round_key = OuterRef(OuterRef(OuterRef("pk")))
    on = today(delivery.looked_at)
    person = with_own_words(invited_by(round_key, on=on).filter(pk=delivery.person_id), on=on)
    theirs = {name: Subquery(person.values(name)[:1]) for name in ("email", "own_words")}
    repeats = Round.objects.filter(pk__in=keys, repeat__isnull=False).values("repeat")
    rounds = Round.objects.filter(Q(pk__in=keys) | Q(repeat__in=repeats)).annotate(**theirs).order_by("pk")
    held = postbox.all_held(rounds)
    marks = {each.pk: (_mark_of_all(each, said_together(each, held)), each.email, each.own_words) for each in held}
    return [marks.get(key) for key in keys]


def _mark_of_all(round, sittings):
    return [mark_of(round), *(mark_of(each) for each in sittings if each.pk != round.pk)]


def invitation(delivery, now):
    round = round_of(delivery, Round.objects.still_inviting(now))
    if not round:
        return None
    person = _readers(round, [delivery], now).get(delivery.person_id)
    if not person:
        return None
    goes_at = _not_before(round, now)
    return goes_at if now < goes_at else _invitation(_facts_of_invitation(round), delivery.person_id, *person)


def invitations(deliveries, now):
    """Those that go now: for all to one Round, the Round and who is invited are read once."""
    found, by_round = {}, groupby(sorted(deliveries, key=attrgetter("about")), key=attrgetter("about"))
    for _, some in by_round:
        some = list(some)
        round = round_of(some[0], Round.objects.still_inviting(now))
        if round and now >= _not_before(round, now):
            found |= _invitations(round, some, now)
    return found


def _invitations(round, deliveries, now):
    invited = _readers(round, deliveries, now)
    facts = _facts_of_invitation(round)
    if not round.repeat:
        facts = replace(facts, stands=_still_invites(round))
    there = [each for each in deliveries if each.person_id in invited]
    return {each.pk: _invitation(facts, each.person_id, *invited[each.person_id]) for each in there}


def _readers(round, deliveries, now):
    """{key of a person: (address, what their employer adds)} of those whom it invites."""
    people = invitation_audience(round, now=now).filter(pk__in=[each.person_id for each in deliveries])
    found = with_own_words(people, on=today(now)).values_list("pk", "email", "own_words")
    return {pk: (address, words) for pk, address, words in found}


def _still_invites(round):
    """What ``lock_invitations`` looks at, as a condition: the Round says the same, and still invites this person, whose
    employer adds the same."""
    as_said = Round.objects.filter(pk=round.pk, **{name: getattr(round, name) for name in SAID_OF_A_ROUND})
    invited = invited_by(round.pk, on=DAY).filter(pk=PERSON, email=ADDRESS)
    return Stands(postbox.Held(as_said) & Exists(with_own_words(invited, on=DAY).filter(own_words=OWN_WORDS)))


def _facts_of_invitation(round):
    sittings = sittings_said(round)
    url = absolute_url("round_page", round.pk)
    return said_of(round, "", mark=_mark_of_all(round, sittings), button_url=url, **_times(sittings))


def _times(sittings):
    """When and where, of a Round that is repeated: all its times, in place of its own."""
    if len(sittings) == 1:
        return {}
    times = listed([nhs_range(each.starts_at, each.ends_at) for each in sittings], "or")
    places = listed(list(dict.fromkeys(where(each) for each in sittings)), "or")
    return {"time": f"{times}: you come to one of these", "where": places}


def invitation_in_words(round):
    """(subject, text) as everyone will read it, before it goes to anyone."""
    facts = replace(_facts_of_invitation(round), stop_url="a link of each reader’s own")
    return rendered("rounds/invitation", facts)[:2]


def _invitation(facts, person, address, own_words):
    stop_url = absolute_url("stop", sign(person, purpose="stop"))
    mark = (facts.mark, address, own_words)
    return replace(facts, address=address, mark=mark, own_words=own_words, stop_url=stop_url)


def together(said):
    """All the Rounds that are open to one person now: a letter as ever where it is one, else a digest of them, as they
    follow each other. The first one's system signs."""
    first, *more = in_time = sorted(said, key=lambda facts: facts.context["starts_at"])
    marks = [facts.mark for facts in said]
    if not more:
        return replace(first, mark=marks)
    rounds = [facts.context for facts in in_time]
    context = first.context | {"rounds": rounds, "some_are_booked": not all(each["just_come"] for each in rounds)}
    for word, between in (("system", " and "), ("notice", " ")):
        context[word] = between.join(dict.fromkeys(facts.context[word] for facts in in_time if facts.context[word]))
    return replace(first, context=context, mark=marks, version=None, template="rounds/digest", stands=None)


def pass_on(delivery, now):
    round = round_of(delivery, Round.objects.still_inviting(now))
    if not round:
        return None
    partners = Organisation.objects.filter(pk=delivery.part, invited_to=round, contact_email=delivery.address)
    partner = partners.without_a_staff_list().first()
    if not partner:
        return None
    if now < (goes_at := _not_before(round, now)):
        return goes_at
    join = JoinLink.objects.filter(organisation=partner, ended_at=None).first()
    url = absolute_url("join", join.token) if join else absolute_url("round_page", round.pk)
    said = said_of(
        round,
        delivery.address,
        mark=(mark_of(round), partner.own_words),
        button_url=url,
        partner=partner.name,
        **_times(sittings_said(round)),
    )
    return replace(said, own_words=partner.own_words)


def _not_before(round, now):
    """A letter to many goes once booking is open, and not in the quiet hours of its system."""
    return max(round.booking_opens_at, round.system.quiet_until_when(now) or now)
