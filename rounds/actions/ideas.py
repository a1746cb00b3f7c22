"""Ideas for Rounds: a title, perhaps some words, and who keeps it. Planning makes a Round of it (``scheduling``)."""

from rounds.models import Round, TeamMember
from rounds.states import RoundState, TeamPart, move_to
from rounds_site.kit.acting import acting
from rounds_site.kit.refusals import Refused

from . import moves, registration


@acting
def keep(*, key, system, title, about="", subject="theme", kind="ordinary", by, now):
    """`key` is a random one that becomes the idea's, so that a double click keeps one."""
    if saved := Round.objects.filter(pk=key).first():
        return saved
    words = {"title": title, "about": about, "subject": subject, "kind": kind}
    idea = Round.objects.create(
        id=key, created_at=now, system=system, state=RoundState.IDEA, planned_by=by, version=1, **words
    )
    TeamMember.objects.create(round=idea, person=by, part=TeamPart.FACILITATOR, created_at=now)
    moves.record(move_to(None, RoundState.IDEA), idea, by=by, now=now)
    return idea


@acting
def reword(*, idea, title, about, subject, kind, by, now):
    idea = _held(idea)
    idea.title, idea.about, idea.subject, idea.kind = title, about, subject, kind
    idea.save(update_fields=["title", "about", "subject", "kind"])
    return idea


@acting
def take(*, idea, by, now):
    """From now on they keep an idea that nobody keeps any more; whoever left it does not, should they come back."""
    idea = _held(idea)
    keepers = idea.team.able(now)
    if keepers.filter(person=by).exists():
        return idea
    if keepers.exists():
        raise Refused("Somebody else keeps this idea by now.")
    idea.team.all().delete()
    TeamMember.objects.create(round=idea, person=by, part=TeamPart.FACILITATOR, created_at=now)
    return idea


@acting
def drop(*, idea, by, now):
    """Nobody was told of it, so nothing stays but that somebody dropped one."""
    idea = _held(idea)
    moves.record(move_to(RoundState.IDEA, None), idea, by=by, now=now)
    idea.delete()


def _held(idea):
    try:
        idea = registration.lock(idea.pk)
    except Round.DoesNotExist:
        raise Refused("This idea was dropped meanwhile.") from None
    if idea.state != RoundState.IDEA:
        raise Refused("This idea has become a Round by now.")
    return idea
