"""The realm of the matrix (``tests.architecture.realm``), grown: of whatever a page lists there are as many rows as
asked for, all of them where those look who may open the page.

Each row is a copy of one that the realm has. Of some things a system has only so many, and beyond that the table grows
elsewhere: Rounds (``A_SYSTEM``: ten years of 500), what one of them holds (``A_ROUND``), those of one person
(``A_CAREER``), facilitators, and partners with what each of them has once.
"""

import datetime as dt
import uuid

from dateutil.relativedelta import relativedelta
from django.db import connection

from evaluation.models import Attendance, FeedbackBox
from members.models import CareEntry, SecurityEvent
from members.models.audit import Act, Opened
from rounds.models import Offer
from tests.scale.pouring import pour
from tests.worlds import NOON

A_SYSTEM, A_ROUND, A_CAREER, FACILITATORS, PARTNERS = 5_000, 300, 300, 200, 1_000
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
# What grew comes after what the realm has, by name and by time.
TITLE = "Grown {:06}".format
# Reckoned in UTC, where no hour comes twice.
LAST_WEEK, NEXT_MONTH = (NOON.astimezone(dt.UTC) + days * DAY for days in (-8, 30))
MOST = 100_000
# One in so many Rounds is yet to come, and another was held lately; one in so many suggestions waits for an answer.
AHEAD, LATELY, WAITS = 20, 100, 100
HALF_A_YEAR = relativedelta(months=6)


class Growth:
    def __init__(self, realm):
        self.realm, self.size, self.people, self.rounds, self.partners = realm, 0, [], [], []
        far = realm.askers["staff, elsewhere"].memberships.get().organisation
        self.elsewhere = far.system_edges.get()

    def to(self, size):
        """From as many rows as there are now."""
        numbers, self.size = range(self.size, size), size
        self._people(numbers)
        self._partners([n for n in numbers if n < PARTNERS])
        self._rounds(numbers)
        self._of_rounds(numbers)
        self._letters_and_logs(numbers)
        self._voices_and_plans(numbers)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _people(self, numbers):
        said = {"name": name_of, "email": "grown.{:06}@acorn.example".format}
        self.people += copies(self.realm.staff, numbers, **said)
        copies(self.realm.job, numbers, person_id=self._person)
        roles = [n for n in numbers if n < FACILITATORS]
        copies(self.realm.grant, roles, person_id=self._person, role="facilitator")
        copies(self.realm.proposal, roles, person_id=self._person)
        copies(self.realm.asked, numbers, person_id=self._person, created_at=lately, changed_at=lately)

    def _person(self, n):
        return self.people[n]

    def _partners(self, numbers):
        realm = self.realm
        self.partners += copies(realm.acornfield, numbers, code="XG{:04}".format, name="Zone {:04} Trust".format)
        copies(realm.acornfield.system_edges.get(), numbers, organisation_id=self._partner)
        copies(realm.coming.venue, numbers, organisation_id=self._partner)
        copies(realm.coverage, numbers, organisation_id=self._partner)
        copies(realm.new_host, numbers, organisation_id=self._partner)
        copies(realm.site, numbers, name="Zone {:04}".format)
        copies(realm.domain, numbers, domain="zone{:04}.example".format)
        copies(realm.template, numbers, name="Zone {:04}".format)
        copies(realm.agreed.meeting, numbers, on=lambda n: (LAST_WEEK - n * DAY).date())
        copies(realm.theme, numbers, title="Zone {:04}".format)

    def _partner(self, n):
        return self.partners[n]

    def _rounds(self, numbers):
        coming, closed = self.realm.coming, self.realm.closed
        kinds = {0: (coming, ahead), 1: (closed, lately), 2: (closed, in_ten_years)}
        made = {}
        for kind, (original, when) in kinds.items():
            of_kind = [n for n in numbers if kind_of(n) == kind]
            said = {"title": TITLE, "series_id": None, "system_id": self._system, **times(when)}
            made |= zip(of_kind, copies(original, of_kind, **said), strict=True)
        self.rounds += [made[n] for n in numbers]
        invited = {"round_id": self._round, "organisation_id": self._invited}
        copies(coming.invited_partners.get(), numbers, **invited)
        own = [n for n in numbers if n < A_CAREER]
        copies(coming.team.get(person=self.realm.askers["runs it"]), own, round_id=self._round)

    def _system(self, n):
        return (self.realm.system if n < A_SYSTEM else self.elsewhere.system).pk

    def _invited(self, n):
        return (self.realm.acornfield if n < A_SYSTEM else self.elsewhere.organisation).pk

    def _of_rounds(self, numbers):
        """The first ones are of one Round, the others of those that are ahead or were held lately."""
        realm = self.realm
        whose = {"person_id": self._person, "queue_number": lambda n: n + 100}
        copies(realm.booking, numbers, round_id=self._one_of(AHEAD, 0, realm.today), **whose)
        came = Attendance.objects.get(round=realm.today, person__name="Cam Listcanary")
        copies(came, numbers, round_id=self._one_of(LATELY, 1, realm.today), person_id=self._person)
        copies(
            realm.comment,
            numbers,
            round_id=self._one_of(LATELY, 1, realm.closed),
            text="It stayed with me, {:06}".format,
        )
        box = FeedbackBox.objects.get(round=realm.closed)
        over = [n for n in numbers if kind_of(n)]
        open_for = {"opens_at": in_ten_years, "closes_at": lambda n: in_ten_years(n) + 3 * DAY}
        copies(box, over, round_id=self._round, room_code="G{:06}".format, **open_for)
        copies(realm.cover, numbers, round_id=self._round, staff_group="")

    def _round(self, n):
        return self.rounds[n]

    def _one_of(self, each, offset, first):
        """To which Round a row belongs: at first to that one, then to one of those that stand at each so many."""
        return lambda n: first.pk if n < A_ROUND else self._round(n - n % each + offset)

    def _letters_and_logs(self, numbers):
        realm = self.realm
        names = {"dedupe_key": "grown:{:06}".format, "message_id": "<grown.{:06}@acorn.example>".format}
        moments = {"created_at": lately, "due_at": lately, "handed_at": lately, "finished_at": lately}
        whom = {"person_id": self._person, "address": "", "about": self._round, "lane_rank": lambda n: n % 2}
        copies(realm.letter, numbers, state=state_of, **names, **moments, **whom)
        done = SecurityEvent(at=NOON, act=Act.ROLE_GIVEN, where=realm.system.pk)
        sealed = {"number": lambda n: n + 1, "digest": "0" * 64}
        said = {"about": lambda n: str(self._person(n)), "said": {"role": "facilitator"}}
        copies(done, numbers, at=this_year, by=self._some_lead, **said, **sealed)
        opened = CareEntry(hour=NOON, what=Opened.REGISTER, where=realm.system.pk)
        copies(opened, numbers, hour=this_year, by=self._some_lead, about=None)

    def _some_lead(self, n):
        return self.realm.lead.pk if n < A_CAREER else self._person(n)

    def _some_reader(self, n):
        return self.realm.askers["facilitator, same"].pk if n < A_CAREER else self._person(n - A_CAREER)

    def _voices_and_plans(self, numbers):
        realm, a_system = self.realm, [n for n in numbers if n < A_SYSTEM]
        copies(realm.idea, numbers, title=TITLE, created_at=ahead)
        copies(realm.approach, numbers, person_id=self._person, created_at=this_year)
        offer = Offer.objects.get(reader=realm.askers["facilitator, same"], person=realm.teller.person)
        copies(offer, numbers, person_id=self._person, reader_id=self._some_reader, created_at=this_year)
        of_before = {"text": "Grown {:06}".format, "half_year": realm.suggestion.half_year - HALF_A_YEAR}
        copies(realm.suggestion, [n for n in numbers if n % WAITS], **of_before)
        waiting = [n for n in numbers if n % WAITS == 0]
        copies(realm.suggestion, waiting, answer="", shared=False, **of_before)
        copies(realm.avoided, a_system, starts_on=day_of, ends_on=day_of, why="Grown {:06}".format)
        copies(realm.invitation, numbers, email="invited.{:06}@acorn.example".format, created_at=soon)


def kind_of(n):
    """Of a Round: 0 is yet to come, 1 was held lately, 2 long ago."""
    return 0 if n % AHEAD == 0 else 1 if n % LATELY == 1 else 2


def spread(first, span):
    """A moment for each number: the greater it is, the farther from the first one."""
    return lambda n: first + n * span / MOST


# None of it has had its time yet (``members.actions.retention``).
lately, this_year, in_ten_years = (spread(LAST_WEEK, -days * DAY) for days in (20, 350, 3_650))
soon, ahead = spread(NEXT_MONTH, DAY), spread(NEXT_MONTH, 180 * DAY)


def name_of(n):
    """Of letters alone, as most are."""
    return f"Zara Gr{''.join(chr(ord('a') + int(digit)) for digit in f'{n:06}')}"


def state_of(n):
    return {0: "uncertain", 1: "pending", 2: "failed"}.get(n % 100, "sent")


def day_of(n):
    return in_ten_years(n).date()


def times(when):
    return {
        "starts_at": when,
        "ends_at": lambda n: when(n) + HOUR,
        "booking_opens_at": lambda n: when(n) - 30 * DAY,
        "booking_closes_at": lambda n: when(n) - HOUR,
        "published_at": lambda n: when(n) - 31 * DAY,
        "created_at": lambda n: when(n) - 32 * DAY,
    }


def copies(original, numbers, **said):
    """Pours one for each number: as the original, with a key of its own and what is said, or what that makes of the
    number. Their keys, in the order of the numbers."""
    kept = {field.attname: getattr(original, field.attname) for field in original._meta.concrete_fields}
    own = kept.pop("id")
    if isinstance(own, uuid.UUID):
        said = {"id": lambda n: uuid.uuid4()} | said
    rows = [kept | {name: each(n) if callable(each) else each for name, each in said.items()} for n in numbers]
    pour(type(original), rows)
    return [row.get("id") for row in rows]
