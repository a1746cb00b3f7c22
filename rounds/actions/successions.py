"""What a merger or a division of partners means for Rounds to come. Those that were held stay as they were held.

Nobody is told: who is invited, who has a place and when the Round is stay the same.
"""

from django.db.models import Exists, OuterRef, Q

from members.access import today
from members.models import Delivery
from members.roles import STAFF_GROUPS
from rounds.models import (
    Approach,
    AvoidedDates,
    Backfill,
    NewHost,
    Offer,
    Round,
    RoundPartner,
    SteeringMeeting,
    Suggestion,
    Theme,
    Venue,
)
from rounds.states import BackfillState, RoundState
from rounds_site.kit.acting import acting, on_round, on_system
from rounds_site.kit.formats import thousands

from . import voices

# All that is known of a room. Its site goes its own way in a merger, and is chosen anew.
ACCESS = "step_free hearing_loop quiet_space parking travel"
COPIED = ["address", "getting_in", "room_limit", *ACCESS.split(), "contact", "phone", "ended_on"]
LONGEST_NAME = Venue._meta.get_field("name").max_length


def coming(now):
    ahead = Q(state__in=(RoundState.PLANNED, RoundState.PUBLISHED), starts_at__gt=now)
    return Round.objects.filter(ahead | Q(state=RoundState.POSTPONED)).order_by("pk")


def rounds_of(organisations, now):
    """Keys of the Rounds to come that invite one of them, or are hosted by one or held in a room of one."""
    invited = RoundPartner.objects.filter(round=OuterRef("pk"), organisation__in=organisations)
    theirs = Q(host_organisation__in=organisations) | Q(co_host__in=organisations)
    theirs |= Q(venue__organisation__in=organisations) | Exists(invited)
    return list(coming(now).filter(theirs).values_list("pk", flat=True))


def rounds_in_words(number, name):
    one = number == 1
    rounds = "1 Round to come invites" if one else f"{thousands(number)} Rounds to come invite"
    return f"{rounds} {name} instead, or {'is' if one else 'are'} at home there. All places stay as they are."


def move_rounds(organisation, successors, now):
    """All successors are invited, because together they are who was; the first one takes over as host."""
    for round in _locked(rounds_of([organisation], now)):
        if round.invited_partners.filter(organisation=organisation).delete()[0]:
            for each in successors:
                RoundPartner.objects.get_or_create(round=round, organisation=each)
        _keep_for(round, organisation, successors[0])
        if organisation.pk in round.host_organisations:
            _take_over(round, organisation, successors[0])
    _move_cover(organisation, successors[0])
    _move_new_host(organisation, successors[0])
    Suggestion.objects.filter(organisation=organisation).update(organisation=successors[0])
    AvoidedDates.objects.filter(organisation=organisation, ends_on__gte=today(now)).update(organisation=successors[0])


def _move_new_host(organisation, successor):
    """Who is on the way already goes on from where it is."""
    there = NewHost.objects.filter(organisation=successor).values("system")
    NewHost.objects.filter(organisation=organisation).exclude(system__in=there).update(organisation=successor)
    NewHost.objects.filter(organisation=organisation).delete()


def _move_cover(organisation, successor):
    """What is yet to be approved or invoiced, of Rounds held too: nobody acts for a partner that has ended. No hour and
    no pound changes: a staff group for which the successor asked too is filed under one that is free."""
    going_on = [BackfillState.ASKED, BackfillState.APPROVED]
    for row in (
        Backfill.objects.select_for_update().filter(organisation=organisation, state__in=going_on).order_by("pk")
    ):
        theirs = Backfill.objects.standing().filter(round=row.round_id, organisation=successor)
        taken = set(theirs.exclude(staff_group="").values_list("staff_group", flat=True))
        wanted = [row.staff_group, "other", "not_said", *STAFF_GROUPS]
        free = next((each for each in wanted if each not in taken), None)
        if free:
            row.staff_group, row.organisation = free, successor
            row.save(update_fields=["staff_group", "organisation"])


@acting
def _keep_for(round, organisation, successor):
    """What was kept for two that have become one is one number, and released when the later of them would have been;
    whoever has one of its places keeps it. The caller holds the Round's lock."""
    on_round(round.pk)
    theirs = {(each.kind, each.way): each for each in round.kept_places.open().filter(organisation=successor)}
    for each in round.kept_places.open().filter(organisation=organisation):
        if same := theirs.get((each.kind, each.way)):
            same.places += each.places
            same.is_used_up = same.is_used_up and each.is_used_up
            same.days_before = same.days_before and min(same.days_before, each.days_before)
            same.save(update_fields=["places", "is_used_up", "days_before"])
            each.bookings.update(reserve=same)
            each.delete()
    round.kept_places.filter(organisation=organisation).update(organisation=successor)


def _take_over(round, organisation, successor):
    """Two that hosted it together and have become one are its only host."""
    if round.host_organisation_id == organisation.pk:
        round.host_organisation = successor
    if round.co_host_id == organisation.pk:
        round.co_host = successor
    if round.co_host_id == round.host_organisation_id:
        round.co_host = None
    round.save(update_fields=["host_organisation", "co_host"])


def rooms_of(organisations, now):
    return list(Venue.objects.filter(organisation__in=organisations).order_by("pk").values_list("pk", flat=True))


def rooms_in_words(number, name):
    return f"{'1 room goes' if number == 1 else f'{thousands(number)} rooms go'} to {name}."


def move_rooms(organisation, successors, now):
    """A copy goes on with the successor and the Rounds to come; the room of Rounds held stays whose it was."""
    for room in Venue.objects.filter(organisation=organisation).order_by("name"):
        facts = {name: getattr(room, name) for name in COPIED}
        name = _free_name(room.name, organisation, successors[0])
        moved = Venue.objects.create(organisation=successors[0], name=name, **facts)
        for round in _locked(coming(now).filter(venue=room).values_list("pk", flat=True)):
            round.venue = moved
            round.save(update_fields=["venue"])


def _locked(keys):
    """The Rounds, held until the act ends. Who has a place there is not looked at."""
    return list(Round.objects.select_for_update(no_key=True).filter(pk__in=list(keys)).order_by("pk"))


def _free_name(name, organisation, successor):
    taken = set(Venue.objects.filter(organisation=successor).order_by().values_list("name", flat=True))
    wanted = [name, f"{name}, {organisation}"[:LONGEST_NAME], f"{name[:90]}, {organisation.code}"]
    return next(each for each in [*wanted, *(f"{name[:100]} {n}" for n in range(2, 1000))] if each not in taken)


# --- A care system that goes on as another ------------------------------------------------------------


def rounds_in(system, now):
    return list(coming(now).filter(system=system).values_list("pk", flat=True))


def rounds_of_a_system_in_words(number, name):
    return f"{'1 Round to come takes' if number == 1 else f'{thousands(number)} Rounds to come take'} place in {name}."


def ideas_in(system, now):
    return list(Round.objects.ideas().filter(system=system).values_list("pk", flat=True))


def ideas_in_words(number, name):
    return f"{'1 idea for a Round goes' if number == 1 else f'{thousands(number)} ideas for Rounds go'} on in {name}."


def move_ideas(system, successor_of, now):
    """Nobody is at home there yet: of a division the first takes them on, as it does what is undecided."""
    for idea in _locked(ideas_in(system, now)):
        idea.system = successor_of(None)
        idea.save(update_fields=["system"])


def steering_in(system, now):
    return list(_still_to_come(system, now).order_by("pk").values_list("pk", flat=True))


def steering_in_words(number, name):
    meetings = "1 meeting" if number == 1 else f"{thousands(number)} meetings"
    return f"{meetings} of the steering group to come {'goes' if number == 1 else 'go'} on in {name}."


def move_steering(system, successor_of, now):
    """Those that were held stay whose they were. Where both meet on one day, each keeps its own."""
    heir = successor_of(None)
    theirs = SteeringMeeting.objects.filter(system=heir).values("on")
    _still_to_come(system, now).exclude(on__in=theirs).update(system=heir)


def _still_to_come(system, now):
    return SteeringMeeting.objects.filter(system=system, on__gte=today(now))


def new_hosts_in(system, now):
    return list(NewHost.objects.filter(system=system).order_by("pk").values_list("pk", flat=True))


def new_hosts_in_words(number, name):
    goes = "1 partner on its way goes" if number == 1 else f"{thousands(number)} partners on their way go"
    return f"{goes} on in {name}, on the list of new hosts."


def move_new_hosts(system, successor_of, now):
    """Each where the partner goes on, from where it is; where it is on the list already, that stands."""
    for row in NewHost.objects.filter(system=system):
        heir = successor_of(row.organisation_id)
        if not NewHost.objects.filter(system=heir, organisation=row.organisation_id).exists():
            NewHost.objects.filter(pk=row.pk).update(system=heir)


def themes_in(system, now):
    return list(Theme.objects.filter(system=system).values_list("pk", flat=True))


def themes_in_words(number, name):
    """What staff have written, and who was asked, goes on as well, and is nobody's to count."""
    return f"{'1 theme for Rounds goes' if number == 1 else f'{thousands(number)} themes for Rounds go'} on in {name}."


@acting
def move_voices(system, successor_of, now):
    """Undivided, as ideas. Each row goes and comes back as it was, since nobody acts for two systems at once."""
    heir, rows = successor_of(None), []
    on_system(system.pk)
    for model in (Offer, Approach):
        rows.append((model, list(model.objects.filter(system=system))))
        model.objects.filter(system=system).delete()
    on_system(heir.pk)
    for model, moved in rows:
        for each in moved:
            each.system = heir
        model.objects.bulk_create(moved)
    Theme.objects.filter(system=system).update(system=heir)
    voices.move(system, heir)


def move_to_system(system, successor_of, now):
    """With its host, or else with the first partner that it invites, to where that goes on; its letters with it."""
    for round in _locked(rounds_in(system, now)):
        guide = round.host_organisation_id or round.host_place_id
        first = round.invited_partners.order_by("organisation__name").values_list("organisation", flat=True).first()
        round.system = successor_of(guide or first)
        round.save(update_fields=["system"])
        Delivery.objects.filter(about=round.pk).update(system=round.system_id)
