"""What becomes of somebody's places and parts when their account is erased. All Rounds that have a row of theirs are
held first, in the order of their keys, so that two who go at once wait for each other and never block."""

from django.db.models import Q

from rounds.models import Approach, Booking, Offer, Round, Storyteller, TeamMember
from rounds.states import RoundState
from rounds_site.kit.acting import acting, counting, for_person

from . import offers, panel, registration, team


@acting
def hold_rounds(person, now):
    """Before anything is asked: of two facilitators who go at once the second finds that the first has gone."""
    for_person(person.pk)
    keys = {key for model in (Booking, Storyteller, TeamMember) for key in _rounds_of(model, person)}
    list(Round.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))


@acting
def forget_bookings(person, now):
    """A coming place goes to the next in line, as if it had been given back; then no row is left."""
    for_person(person.pk)
    for key in _rounds_of(Booking, person):
        round = registration.lock(key)
        if now < round.starts_at:
            registration.cancel(round=round, person=person, now=now)
        round.bookings.filter(person=person).delete()


@acting
def forget_panel(person, now):
    """The one way off a panel, which leaves no trace; an account that was made for it alone goes at once."""
    for_person(person.pk)
    for storyteller in list(Storyteller.objects.filter(person=person).order_by("round_id")):
        panel.step_back(storyteller=storyteller)


@acting
def forget_voices(person, now):
    """What they wrote to those who look for voices and what was written to them, that they were asked, and whom they
    asked."""
    for_person(person.pk)
    offers.forget(Offer.objects.filter(Q(person=person) | Q(reader=person)))
    Approach.objects.filter(Q(person=person) | Q(by=person)).delete()


@acting
def forget_team(person, now):
    """Steps that they saw to have no owner any more."""
    for_person(person.pk)
    for key in _rounds_of(TeamMember, person):
        round = registration.lock(key)
        round.team.filter(person=person).delete()
        team.free_steps(round)


@counting
def only_facilitator(person, now):
    """In sentences: Rounds ahead that nobody else runs."""
    for_person(person.pk)
    dated = Q(state__in=(RoundState.PLANNED, RoundState.PUBLISHED), ends_at__gt=now)
    ahead = Round.objects.filter(dated | Q(state=RoundState.POSTPONED)).run_by(person)
    return [
        f"Nobody else runs the Round “{round.title}”. Name another facilitator first, say in its team that you cannot"
        " do it, or call it off."
        for round in ahead.order_by("starts_at", "pk")
        if not round.team.able(now).exclude(person=person).exists()
    ]


def _rounds_of(model, person):
    found = model.objects.filter(person=person).order_by("round_id").values_list("round_id", flat=True)
    return list(dict.fromkeys(found))
