"""The letter after a Round: who gets it, and when not. Decided without a look at the register.

* feedback: everyone who had a place when the Round began, whether or not they came. Not for a cancelled Round; not
  before the Round is over; not once its box has closed.

It is the same letter for all, with the same link, under the subject of every personal letter: neither that somebody got
it nor what it says tells who came, and no kind of letter goes to those who did. (Letters before the Round:
``rounds.emails``.)
"""

from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Exists, OuterRef

from evaluation.models import FeedbackBox
from evaluation.states import BoxState
from members import postbox
from members.models import Delivery
from members.registry import Facts, Letter, letters
from rounds.models import Booking, Round
from rounds.states import RoundState
from rounds_site.kit.formats import nhs_date, nhs_range
from rounds_site.kit.links import absolute_url

KIND = "feedback"
BATCH = 1000
TAKES_PLACE = (RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


def register_letters():
    """Called once, when the app is ready."""
    letters.register(Letter(kind=KIND, template="evaluation/feedback", read=read, lock=lock, lane_rank=0))


def boxes_to_write_about(now):
    """Open boxes of Rounds that are over."""
    return FeedbackBox.objects.filter(
        state=BoxState.OPEN, closes_at__gt=now, round__ends_at__lte=now, round__state__in=TAKES_PLACE
    )


def write_after(round, *, now) -> int:
    """Write the letters that are missing, however often it is called and whoever else calls; how many these were."""
    made = batch = _write_batch(round, now)
    while batch == BATCH:
        batch = _write_batch(round, now)
        made += batch
    return made


@transaction.atomic
def _write_batch(round, now):
    written = Delivery.objects.filter(kind=KIND, about=round.pk, person=OuterRef("person"))
    missing = Booking.objects.with_a_place().filter(~Exists(written), round=round).order_by("person")
    people = list(missing.values_list("person", flat=True)[:BATCH])
    postbox.post_many([_letter(round, person, now) for person in people], now=now)
    return len(people)


def _letter(round, person, now):
    return postbox.letter(KIND, dedupe_key=f"feedback:{round.pk}:{person}", person=person, about=round.pk, now=now)


def read(delivery, now):
    box = boxes_to_write_about(now).filter(round=delivery.about).select_related("round__system", "round__venue").first()
    places = Booking.objects.with_a_place().select_related("person")
    booking = box and places.filter(round=box.round_id, person=delivery.person_id, person__is_active=True).first()
    return _facts(box, booking.person.email) if booking else None


def lock(delivery):
    """The box is closed, and its time changed, under a lock of its row; the Round's words and state under its own."""
    round = postbox.held(Round.objects.filter(pk=delivery.about))
    box = postbox.held(FeedbackBox.objects.filter(round=delivery.about))
    return round and box and _mark(round, box)


def _mark(round, box):
    return [round.state, round.title, round.starts_at, round.ends_at, box.state, box.room_code, box.closes_at]


def _facts(box, address):
    round = box.round
    return Facts(
        address=address,
        sender=round.system.sender,
        context={
            "title": round.title,
            "date": nhs_date(round.starts_at),
            "time": nhs_range(round.starts_at, round.ends_at),
            "where": str(round.venue or "Online"),
            "closes": nhs_date(box.closes_at),
            "button_url": f"{absolute_url('feedback')}?{urlencode({'code': box.room_code})}",
            "system": round.system.name,
            "notice": round.system.licensor_notice,
        },
        mark=_mark(round, box),
    )
