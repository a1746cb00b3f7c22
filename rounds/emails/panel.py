"""What a letter to a storyteller says, and whether it still should, read from the live rows at hand-over: that there is
a question or news, and nothing of the Round."""

from members import postbox
from members.registry import Facts
from rounds.models import Meeting, Round, Storyteller
from rounds.states import MAY_STILL_BE
from rounds_site.kit.links import absolute_url

from .reading import whose_meeting


def lock_storyteller(delivery):
    """The panel is changed under its Round's lock too: nobody steps back while a letter to them leaves."""
    round = postbox.held(Round.objects.filter(panel=delivery.about))
    storyteller = _storyteller(delivery)
    return storyteller and _panel_mark(round, storyteller)


def question(delivery, now):
    storyteller = _storyteller(delivery)
    if not storyteller or storyteller.round.state not in MAY_STILL_BE or _is_over(storyteller, now):
        return None
    if _has_answered(delivery, storyteller):
        return None
    return _panel_facts(storyteller, "question")


def _has_answered(delivery, storyteller):
    """Whether they would tell a story; or, of times that were proposed, when they can. A time that is set asks nothing
    any more."""
    if not delivery.part:
        return storyteller.has_agreed
    asked = Meeting.objects.filter(pk=delivery.part, fixed_at=None)
    return not asked.exclude(answers__person=storyteller.person_id).exists()


def news(delivery, now):
    storyteller = _storyteller(delivery)
    if not storyteller or _is_over(storyteller, now):
        return None
    if not _is_newest(delivery, storyteller):
        return None
    return _panel_facts(storyteller, "news", read_today=bool(whose_meeting(storyteller.round, now)))


def _is_newest(delivery, storyteller):
    """Of a change of the Round, or of a meeting whose time is set."""
    if delivery.part:
        return Meeting.objects.filter(pk=delivery.part).exclude(fixed_at=None).exists()
    return delivery.dedupe_key == f"news:{storyteller.pk}:{storyteller.round.version}"


def _storyteller(delivery):
    people = Storyteller.objects.with_steps().select_related("round__system", "person")
    return people.filter(pk=delivery.about, person__is_active=True).first()


def _is_over(storyteller, now):
    return storyteller.round.has_a_date and now >= storyteller.round.ends_at


def _panel_facts(storyteller, what, **words):
    """Nothing of the Round: others read mailboxes."""
    person = storyteller.person
    address = postbox.address_for_places(person)
    if not address:
        return None
    system = storyteller.round.system
    context = {
        "what": what,
        "system": system.name,
        "notice": system.licensor_notice,
        "colour": system.colour,
        "button_url": absolute_url("preparation", storyteller.pk),
        **words,
    }
    mark = _panel_mark(storyteller.round, storyteller)
    neutral = postbox.template_for(person)
    return Facts(address=address, sender=system.sender, context=context, mark=mark, template=neutral)


def _panel_mark(round, storyteller):
    said = [round.version, round.state, storyteller.pk, storyteller.has_agreed]
    return [*said, *postbox.wishes(storyteller.person)]
