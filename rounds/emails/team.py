"""Letters about who runs a Round. None says which Round, or of whom it speaks: others read mailboxes."""

from django.db.models import Q

from members import postbox
from members.access import today
from members.emails import said_of
from members.models import Person, RoleGrant
from members.registry import Facts
from members.roles import ROLES, May
from rounds.models import Round, TeamMember
from rounds_site.kit.links import absolute_url

ASKED, WANTED, NAMED = "team_asked", "facilitator_wanted", "facilitator_named"
IS_ASKED = "There is a question about the team of a Round that you facilitate. Please answer it in the portal."
IS_WANTED = "A Round that you look after has nobody to run it. You can name a facilitator in the portal."
IS_NAMED = "You were named as a facilitator of a Round. You find it in the portal."
ANOTHER_IS_NAMED = "Another facilitator was named for a Round of yours. You find it in the portal."
ARRANGING = [code for code, role in ROLES.items() if May.ARRANGE_ROUNDS in role.may]


def team_asked(round, *, now):
    """A question about somebody in the team waits for those who run the Round."""
    people = (
        round.team.facilitating().filter(person__is_active=True).order_by("person").values_list("person", flat=True)
    )
    postbox.post_many([_letter(ASKED, round, person, now, mark=now.timestamp()) for person in people], now=now)


def facilitator_wanted(round, *, now):
    """Nobody runs the Round: administrators of its host and of its system can name somebody."""
    people = arranging(round, now).order_by("pk").values_list("pk", flat=True)
    postbox.post_many([_letter(WANTED, round, person, now, mark=now.timestamp()) for person in people], now=now)


def facilitator_named(member, *, now):
    """Whoever was named, and those who waited for it."""
    round = member.round
    people = [member.person_id, *round.team.exclude(replaceable_from=None).values_list("person", flat=True)]
    mark = f"{member.pk}:{now.timestamp()}"
    postbox.post_many(
        [_letter(NAMED, round, person, now, mark=mark, part=member.pk) for person in sorted(set(people))], now=now
    )


def _letter(kind, round, person, now, *, mark, part=None):
    key = f"{kind}:{round.pk}:{mark}:{person}"
    whose = {"person": person, "system": round.system_id}
    return postbox.letter(kind, dedupe_key=key, about=round.pk, part=part, now=now, **whose)


def arranging(round, now):
    """Administrators of the Round's system and of its host."""
    here = Q(system=round.system_id)
    here |= Q(organisation__in=round.host_organisations)
    held = RoleGrant.objects.in_force(today(now)).filter(here, role__in=ARRANGING)
    return Person.objects.filter(pk__in=held.values("person"), is_active=True)


def lock_team(delivery):
    """Teams are changed under their Round's lock, so the Round's row is the one to hold."""
    round = postbox.held(Round.objects.filter(pk=delivery.about))
    person = Person.objects.filter(pk=delivery.person_id).first()
    return round and person and _mark(round, person)


def _mark(round, person):
    team = round.team.order_by("pk").values_list("pk", "person", "part", "suspended_at", "replaceable_from")
    return [round.state, list(team), *postbox.wishes(person)]


def read_asked(delivery, now):
    round, person = _about(delivery, now)
    mine = round and round.team.facilitating().filter(person=person).first()
    if not mine or not (mine.replaceable_from or round.team.exclude(suspended_at=None).exists()):
        return None
    return _facts(round, person, IS_ASKED, button="Read the question", page="round_team")


def read_wanted(delivery, now):
    round, person = _about(delivery, now)
    if not round or not arranging(round, now).filter(pk=person.pk).exists():
        return None
    if not Round.objects.without_anybody_to_run_them(now).filter(pk=round.pk).exists():
        return None
    return _facts(round, person, IS_WANTED, button="See which", page="name_facilitator", address=person.email)


def read_named(delivery, now):
    round, person = _about(delivery, now)
    named = round and TeamMember.objects.standing().filter(pk=delivery.part).first()
    if not named or not round.team.standing().filter(person=person).exists():
        return None
    words = IS_NAMED if named.person_id == person.pk else ANOTHER_IS_NAMED
    return _facts(round, person, words, button="Go to the Round", page="round_workspace")


def _about(delivery, now):
    round = Round.objects.with_names(now).select_related("system").filter(pk=delivery.about).first()
    person = Person.objects.filter(pk=delivery.person_id, is_active=True).first()
    return (round, person) if round and person else (None, None)


def _facts(round, person, words, *, button, page, address=""):
    system = round.system
    address = address or postbox.address_for_places(person)
    context = said_of(system) | {"words": words, "button": button, "button_url": absolute_url(page, round.pk)}
    neutral, mark = postbox.template_for(person), _mark(round, person)
    if not address:
        return None
    return Facts(address=address, sender=system.sender, context=context, mark=mark, template=neutral)
