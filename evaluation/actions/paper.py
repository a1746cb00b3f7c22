"""What comes on paper, and what goes out on it: cards with codes, and forms that the team counts and types in."""

from django.db import transaction

from evaluation.actions.attendance import IN_PROGRESS, most_forms_of
from evaluation.models import CardDeck, FeedbackBox
from evaluation.models.box import PaperTally
from evaluation.sealing import COMMENT_LIMIT, Paper, packed_tally, unpacked_tally
from evaluation.states import BoxState
from rounds.actions import registration
from rounds.states import RoundState
from rounds_site.kit.acting import acting
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused

MOST_CARDS = 300
NOT_OPEN = "Paper forms are typed in while the box is open."


def most_cards(round) -> int:
    """As many as its box takes, since whoever walks in gets a card too; MOST_CARDS where these are more, so that a page
    of cards can still be printed."""
    return min(most_forms_of(round), MOST_CARDS)


def has_use_for_cards(round) -> bool:
    """Whether a card of this Round can still be put into its box, or could once that is open."""
    counted = FeedbackBox.objects.filter(round=round).exclude(state=BoxState.OPEN).exists()
    return not counted and round.state in (RoundState.PLANNED, *IN_PROGRESS)


@acting
def make_cards(*, round, number=0) -> CardDeck:
    """The deck of this Round, so that its cards can be printed: the same codes, however often. It knows the most that
    were made so far: fewer, printed later, are some of them."""
    locked = registration.lock(round.pk)
    if not has_use_for_cards(locked):
        raise Refused("There is no box that cards could be put into.")
    if not locked.places:
        raise Refused("Everyone joins this Round online: put the room code into the chat instead.")
    deck, _ = CardDeck.objects.get_or_create(round=locked)
    if number > deck.cards:
        deck.cards = number
        deck.save(update_fields=["cards"])
    return deck


def tally_of(round) -> Paper:
    """What the team has typed in so far."""
    tally = PaperTally.objects.filter(pk=round.pk).first()
    return unpacked_tally(tally.content) if tally else Paper()


@transaction.atomic
def type_in(*, box, paper, now) -> Paper:
    """Put the team's count of the paper forms in the place of what was typed before.

    Never refused for what else lies in the box: that would tell how many forms are in it.
    """
    locked = FeedbackBox.objects.select_for_update(of=("self",)).select_related("round").get(pk=box.pk)
    if not locked.takes_forms(now) or locked.round.state not in IN_PROGRESS:
        raise Refused(NOT_OPEN)
    _refuse_what_cannot_be(paper, locked)
    with transaction.atomic(using="box"):
        PaperTally.objects.filter(pk=locked.round_id).delete()
        if paper.forms:
            PaperTally.objects.create(round_id=locked.round_id, content=packed_tally(paper))
    return paper


def _refuse_what_cannot_be(paper, box):
    most = most_forms_of(box.round)
    if paper.forms > most:
        raise Refused(f"There can be no more than {thousands(most)} forms from the people who were there.")
    allowed = {str(item.pk): {value for value, _ in item.choices} for item in box.questionnaire.items.all()}
    for item, values in paper.counts.items():
        if not set(values) <= allowed.get(item, set()) or sum(values.values()) > paper.forms:
            raise Refused("A question has more answers than there are forms.")
    if len(paper.comments) > paper.forms:
        raise Refused("There are more comments than forms. Put each comment on one line.")
    if any(len(comment) > COMMENT_LIMIT for comment in paper.comments):
        raise Refused(f"A comment may have at most {thousands(COMMENT_LIMIT)} characters.")
