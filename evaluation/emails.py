"""The letters after a Round: to who had a place, asking how it was (*feedback*), and to its facilitators, a day before
its box is counted (*headcount_due*). And one to its facilitators the day before it, with what is still open
(*day_before*): never who tells a story, how many have a place or which title, as others read mailboxes.

The first is decided without a look at the register. It is the same letter for all, with the same link, under the
subject of every personal letter: neither that somebody got it nor what it says tells who came, and no kind of letter
goes to those who did. The second is about the team's own work and names no Round: others read mailboxes. (Letters
before the Round: ``rounds.emails``.)
"""

from datetime import timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from evaluation.access import scope_of
from evaluation.models import FeedbackBox, Register, ReportFile
from evaluation.models.report import KEPT_FOR
from evaluation.reports.phases import NEEDS_YOU, Task
from evaluation.reports.workspace import PLACES, with_all_that_tells, workspaces
from evaluation.states import STAYS_OPEN, BoxState, ReportState
from members import postbox
from members.models import Delivery, Person
from members.registry import Facts, Letter, Told, letters
from rounds.emails.keeping import gone_with_the_round
from rounds.emails.told import a_round, with_a_neutral_one
from rounds.models import Booking, Round, TeamMember
from rounds.states import RoundState
from rounds_site.kit.formats import nhs_date, nhs_range, nhs_time
from rounds_site.kit.links import absolute_url

KIND = "feedback"
HEADCOUNT_DUE = "headcount_due"
DAY_BEFORE = "day_before"
REPORT_READY = "report_ready"
# Of the phases of a Round, those that the day itself needs done.
BEFORE_THE_DAY = ("plan", "panel", "invite")
REMINDED_BEFORE = timedelta(hours=24)
BATCH = 1000
TAKES_PLACE = (RoundState.PUBLISHED, RoundState.HELD, RoundState.CLOSED)


def register_letters():
    """Called once, when the app is ready."""
    letters.register(
        Letter(kind=KIND, told=FEEDBACK_TOLD, template="evaluation/feedback", read=read, lock=lock, gone=gone)
    )
    letters.register(
        Letter(
            kind=DAY_BEFORE,
            told=DAY_BEFORE_TOLD,
            template="evaluation/day_before",
            read=read_day_before,
            lock=lock_day_before,
            gone=gone_with_the_round,
        )
    )
    letters.register(
        Letter(
            kind=HEADCOUNT_DUE,
            told=HEADCOUNT_DUE_TOLD,
            template="evaluation/headcount_due",
            read=read_headcount_due,
            lock=lock_headcount_due,
            gone=gone,
        )
    )
    letters.register(
        Letter(kind=REPORT_READY, told=REPORT_READY_TOLD, template="evaluation/report_ready", read=read_report_ready)
    )


def report_ready(file, *, now):
    key = f"{REPORT_READY}:{file.pk}"
    postbox.post(REPORT_READY, dedupe_key=key, person=file.asked_by_id, system=file.system_id, about=file.pk, now=now)


def read_report_ready(delivery, now):
    """Of its end, whichever it was. Not once the file is gone, or is made anew."""
    ended = [ReportState.READY, ReportState.FAILED]
    files = ReportFile.objects.kept(now).filter(pk=delivery.about, state__in=ended, asked_by__is_active=True)
    file = files.defer("content").select_related("system", "asked_by").first()
    if file is None:
        return None
    return _facts_of_report(file.system, file.asked_by, file.round_id, ready=file.state == ReportState.READY)


def _facts_of_report(system, person, round_id=None, *, ready=True):
    """Where the report is of one Round, its own page has the file."""
    url = absolute_url("round_report", round_id) if round_id else absolute_url("reports", scope_of(system))
    return Facts(
        address=person.email,
        sender=system.sender,
        context={
            "days": KEPT_FOR.days,
            "ready": ready,
            "button_url": url,
            "system": system.name,
            "notice": system.licensor_notice,
            "colour": system.colour,
        },
        template=postbox.template_for(person),
    )


def gone(now):
    """With those before the Round, but not while its box is open: until then they are written anew."""
    return gone_with_the_round(now) & ~Q(about__in=FeedbackBox.objects.filter(state=BoxState.OPEN).values("round"))


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
    key = f"{KIND}:{round.pk}:{person}"
    return postbox.letter(KIND, dedupe_key=key, person=person, system=round.system_id, about=round.pk, now=now)


def read(delivery, now):
    box = boxes_to_write_about(now).filter(round=delivery.about).select_related("round__system", "round__venue").first()
    places = Booking.objects.with_a_place().select_related("person")
    booking = box and places.filter(round=box.round_id, person=delivery.person_id, person__is_active=True).first()
    address = booking and postbox.address_for_places(booking.person)
    return _facts(box, booking.person, address) if address else None


def lock(delivery):
    """The box is closed, and its time changed, under a lock of its row; the Round's words and state under its own."""
    round = postbox.held(Round.objects.filter(pk=delivery.about))
    box = postbox.held(FeedbackBox.objects.filter(round=delivery.about))
    person = Person.objects.filter(pk=delivery.person_id).first()
    return round and box and person and _mark(round, box, person)


def _mark(round, box, person):
    said = [round.state, round.title, round.starts_at, round.ends_at, box.state, box.room_code, box.closes_at]
    return [*said, *postbox.wishes(person)]


def _facts(box, person, address):
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
            "colour": round.system.colour,
        },
        mark=_mark(round, box, person),
        template=postbox.template_for(person),
    )


def boxes_without_a_headcount(now):
    """Counted within a day by no more than their ticks or places, unless somebody closes the register."""
    soon = boxes_to_write_about(now).filter(closes_at__lte=now + REMINDED_BEFORE)
    return soon.filter(round__register__closed_at=None)


@transaction.atomic
def remind_of_headcount(box, *, now) -> None:
    """One letter to each facilitator, however often it is called."""
    people = list(_facilitators(box.round_id).order_by("person").values_list("person", flat=True))
    postbox.post_many([_reminder(box, person, now) for person in people], now=now)


def _facilitators(round):
    return TeamMember.objects.facilitating().filter(round=round, person__is_active=True)


def _reminder(box, person, now):
    key = f"{HEADCOUNT_DUE}:{box.round_id}:{person}"
    return postbox.letter(
        HEADCOUNT_DUE,
        dedupe_key=key,
        person=person,
        system=box.round.system_id,
        about=box.round_id,
        expires_at=box.closes_at,
        now=now,
    )


def read_headcount_due(delivery, now):
    box = boxes_without_a_headcount(now).filter(round=delivery.about).select_related("round__system").first()
    member = box and _facilitators(box.round_id).filter(person=delivery.person_id).select_related("person").first()
    address = member and postbox.address_for_places(member.person)
    return _facts_of_headcount(box, member.person, address) if address else None


def lock_headcount_due(delivery):
    """Held as above, with the register: whoever closes it while the letter leaves waits, or stops it. One that nobody
    has begun has no row to hold; the letter says that it may come too late."""
    round = postbox.held(Round.objects.filter(pk=delivery.about))
    box = postbox.held(FeedbackBox.objects.filter(round=delivery.about))
    member = postbox.held(_facilitators(delivery.about).filter(person=delivery.person_id))
    register = postbox.held(Register.objects.filter(round=delivery.about))
    return round and box and member and _headcount_mark(round, box, member.person, register)


def _headcount_mark(round, box, person, register):
    closed = bool(register and register.closed_at)
    return [round.state, round.ends_at, box.state, box.closes_at, closed, *postbox.wishes(person)]


def _facts_of_headcount(box, person, address):
    system = box.round.system
    return Facts(
        address=address,
        sender=system.sender,
        context={
            "counted_on": nhs_date(box.closes_at, year=False),
            "counted_at": nhs_time(box.closes_at),
            "button_url": absolute_url("round_door", box.round_id),
            "system": system.name,
            "notice": system.licensor_notice,
            "colour": system.colour,
        },
        mark=_headcount_mark(box.round, box, person, None),
        template=postbox.template_for(person),
    )


# --- The day before ------------------------------------------------------------------------------------


def rounds_of_tomorrow(now):
    """Within 24 hours, by the clock: one that is planned or moved at short notice is among them at once."""
    soon = Round.objects.in_state(RoundState.PUBLISHED).filter(starts_at__gt=now)
    return soon.filter(starts_at__lte=now + REMINDED_BEFORE).order_by("starts_at", "pk")


@transaction.atomic
def tell_what_is_open(round, *, now) -> None:
    """One letter to each facilitator for each beginning of the Round, however often it is called."""
    people = list(_facilitators(round).order_by("person").values_list("person", flat=True))
    postbox.post_many([_day_before(round, person, now) for person in people], now=now)


def _day_before(round, person, now):
    key = f"{DAY_BEFORE}:{round.pk}:{round.starts_at.timestamp():.0f}:{person}"
    about = {"about": round.pk, "system": round.system_id, "expires_at": round.starts_at}
    return postbox.letter(DAY_BEFORE, dedupe_key=key, person=person, now=now, **about)


def read_day_before(delivery, now):
    """As things stand when it leaves. Of a Round that has another beginning by now there is another letter."""
    round = with_all_that_tells(rounds_of_tomorrow(now).filter(pk=delivery.about)).first()
    member = round and _facilitators(round).filter(person=delivery.person_id).select_related("person").first()
    address = member and postbox.address_for_places(member.person)
    if not address or f":{round.starts_at.timestamp():.0f}:" not in delivery.dedupe_key:
        return None
    [workspace] = workspaces([round], person=member.person, now=now)
    left = [task for phase in workspace.phases if phase.key in BEFORE_THE_DAY for task in phase.left]
    return _facts_of_day_before(round, member.person, address, left)


def lock_day_before(delivery):
    round = postbox.held(Round.objects.filter(pk=delivery.about))
    member = postbox.held(_facilitators(delivery.about).filter(person=delivery.person_id))
    return round and member and _day_before_mark(round, member.person)


def _day_before_mark(round, person):
    return [round.state, round.starts_at, round.ends_at, round.food, *postbox.wishes(person)]


def _facts_of_day_before(round, person, address, left):
    """How many have a place, or eat, is read in the portal: of one team that number is nobody else's."""
    system = round.system
    return Facts(
        address=address,
        sender=system.sender,
        context={
            "when": f"{nhs_date(round.starts_at, year=False)}, {nhs_range(round.starts_at, round.ends_at)}",
            "open": [
                {"title": task.title, "note": "" if task.page == "round_catering" else task.note}
                for task in left
                if task.title != PLACES
            ],
            "food": round.food,
            "button_url": absolute_url("round_workspace", round.pk),
            "system": system.name,
            "notice": system.licensor_notice,
            "colour": system.colour,
        },
        mark=_day_before_mark(round, person),
        template=postbox.template_for(person),
    )


# --- In words, and about a Round that does not exist -------------------------------------------------


def _samples_of(facts):
    """`facts(box, person, address)` of the letter."""

    def samples(system):
        round = a_round(system)
        box = FeedbackBox(round=round, room_code="K7MQ3H", closes_at=round.ends_at + STAYS_OPEN)
        return with_a_neutral_one(facts(box, Person(), ""))

    return samples


FEEDBACK_TOLD = Told(
    "After a Round",
    "Everybody who had a place when the Round began, whether or not they came, with the same link for all",
    "Before the Round is over, or once its box has closed; of a Round that was called off",
    _samples_of(_facts),
)
HEADCOUNT_DUE_TOLD = Told(
    "Headcounts to enter",
    "The facilitators of a Round, a day before its box is counted",
    "Once the register is closed, or they facilitate it no more",
    _samples_of(_facts_of_headcount),
)


def _day_before_samples(system):
    round = a_round(system)
    round.food = "Lunch from 12pm"
    note = "Who begins, who ends. You can change it up to the hour."
    left = [Task("Set the order of the stories", "round_panel", NEEDS_YOU, note)]
    return with_a_neutral_one(_facts_of_day_before(round, Person(), "", left)) | {
        "Where all is done": _facts_of_day_before(round, Person(), "", [])
    }


DAY_BEFORE_TOLD = Told(
    "What is open the day before",
    "The facilitators of a Round, 24 hours before it or as soon as it is to be within a day",
    "Once it has begun, has another beginning, is called off or postponed, or they facilitate it no more",
    _day_before_samples,
)


def _report_samples(system):
    return with_a_neutral_one(_facts_of_report(system, Person())) | {
        "Where it could not be made": _facts_of_report(system, Person(), ready=False)
    }


REPORT_READY_TOLD = Told(
    "Reports that are ready, or could not be made",
    "Who asked for a report as a file",
    "Once the file is gone, 7 days after it was asked for, or is made anew",
    _report_samples,
)
