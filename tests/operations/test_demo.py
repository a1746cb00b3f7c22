"""The demo: made once, by one command, only where nothing real is. (Its pages: test_demo_pages.)"""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import Count, F, Min, Sum
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from evaluation.access import scope_of
from evaluation.actions import paper
from evaluation.models import (
    Attendance,
    CardDeck,
    FeedbackBox,
    FirstRoundCounted,
    Register,
    Release,
    RoundFigure,
    Tally,
)
from evaluation.models.results import PoolCount
from evaluation.reports.half_years import HalfYear, between
from evaluation.reports.round import comments, counted_of, item_results
from evaluation.reports.system import SystemFigures
from evaluation.reports.trend import trend_of
from evaluation.states import BoxState
from members.models import (
    Delivery,
    Licence,
    Membership,
    Organisation,
    Person,
    Place,
    StaffCount,
    Succession,
    System,
    SystemEdge,
    Upload,
)
from rounds.actions import stories
from rounds.models import (
    Approach,
    Booking,
    CareOwed,
    KeptPlaces,
    Meeting,
    Needs,
    Offer,
    PreparationStep,
    Round,
    SteeringMeeting,
    Storyteller,
    Suggestion,
    TeamMember,
    Theme,
    ThemeUse,
    VoiceTally,
)
from rounds.models.story import StoryReader
from rounds.states import Availability, BookingState, Format, RoundState, Step, TeamPart
from rounds_site.demo import mailbox
from rounds_site.demo.data import cast
from rounds_site.management.commands.demo import ADDRESSES
from tests.keeping import kept_too_long
from tests.running import ROOT, RunningPortal

OVER = [RoundState.HELD, RoundState.CLOSED]
PARTS = [each for each in cast().values() if "heading" in each]


def run(portal, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=portal.environment | environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def empty_portal(tmp_path_factory, django_db_blocker):
    folder = tmp_path_factory.mktemp("demo")
    with (
        django_db_blocker.unblock(),
        RunningPortal(folder, DEMO="1", EMAIL_URL="") as portal,
        portal.databases_here(),
    ):
        yield portal


@pytest.fixture(scope="module")
def made(empty_portal):
    """The demo, made once for this module as anyone would make it."""
    empty_portal.said = empty_portal.manage("demo")
    return empty_portal


# --- What it makes ------------------------------------------------------------------------------


def test_the_counts(made):
    assert Organisation.objects.filter(became=None).count() == 13
    assert len(set(Organisation.objects.values_list("sector", flat=True))) == 12
    assert Place.objects.count() == 3
    assert Person.objects.filter(memberships__isnull=False).distinct().count() == 6000
    assert set(Person.objects.filter(memberships=None).values_list("name", flat=True)) == {
        "Nesta Larkhollow",
        "Wilf Candlewick",
        # These three came by address and ask to join.
        "Corin Ashdown",
        "Juniper Hale",
        "Tamsin Reedmoor",
    }
    assert Round.objects.filter(state__in=OVER).count() == 28
    assert Round.objects.upcoming(timezone.now()).count() == 9
    assert Round.objects.filter(state=RoundState.PLANNED).count() == 6


def test_the_staff_came_by_the_lists_of_their_employers(made):
    listed = Organisation.objects.exclude(pk__in=Organisation.objects.without_a_staff_list())
    assert listed.count() == 10
    assert set(Membership.objects.filter(organisation__in=listed).values_list("source", flat=True)) == {"list"}
    assert Membership.objects.filter(source="list", site=None).count() == 0
    assert Membership.objects.filter(source="list").count() == 5951
    assert StaffCount.objects.filter(source="counted").aggregate(all=Sum("number"))["all"] == 5951


def test_no_account_begins_after_the_work_that_it_came_by(made):
    staff = Person.objects.filter(memberships__isnull=False).annotate(first=Min("memberships__starts_on"))
    assert not staff.filter(created_at__date__gt=F("first")).exists()


def test_some_hundreds_of_them_have_been_at_a_round(made):
    assert 300 < FirstRoundCounted.objects.count() < 900


def test_voices_can_be_looked_for(made):
    """One offer is written to two; whom a panel asked is in the list too."""
    assert Offer.objects.values("person").distinct().count() == 2
    assert Offer.objects.filter(reader__email=cast()["facilitator"]["email"]).count() == 2
    assert set(Approach.objects.filter(person=None).values_list("name", flat=True)) == {"Odile Marchbank"}
    assert Approach.objects.exclude(person=None).count() > 10
    assert (Theme.objects.count(), ThemeUse.objects.count()) == (6, 4)
    assert VoiceTally.objects.aggregate(all=Sum("number"))["all"] >= 20


def test_what_it_says_when_done(made):
    assert re.search(r"13 partners, 6,005 people, 28 Rounds held and 15 to come, [0-9,]+ letters\.", made.said)


def test_no_address_is_anywhere_but_at_example(made):
    addresses = {each for model, field in ADDRESSES for each in model.objects.values_list(field, flat=True)}
    outside = {each for each in addresses if each and not each.endswith(".example")}
    assert outside == set()


def test_letters_went_to_addresses_at_example_only(made, settings):
    settings.EMAIL_FILE_PATH = str(made.folder / "mail")
    assert {mailbox.heading(name).to.endswith(".example") for name in mailbox.names()} == {True}


def test_an_organisation_stands_in_a_second_system(made):
    assert SystemEdge.objects.values("organisation").distinct().count() == 15
    assert SystemEdge.objects.filter(ends_on=None).values("organisation").distinct().count() == 13
    assert SystemEdge.objects.filter(ends_on=None).count() == 14
    assert System.objects.count() == 2


def test_partners_without_a_staff_list_have_a_contact_and_an_open_link(made):
    unlisted = Organisation.objects.without_a_staff_list().filter(became=None)
    assert unlisted.count() == 3
    assert all(each.contact_email and each.join_links.filter(ended_at=None).count() == 1 for each in unlisted)
    assert [each.memberships.filter(source="joined").count() for each in unlisted.order_by("code")] == [37, 0, 12]


def test_two_of_the_partners_became_one_last_year(made):
    steps = Succession.objects.order_by("predecessor__name").values_list("predecessor__name", "successor__name", "kind")
    assert list(steps) == [
        ("Kin on the Corner", "Kettle and Kin", "merger"),
        ("The Kettle House", "Kettle and Kin", "merger"),
    ]
    before = timezone.localdate() - timedelta(days=400)
    assert set(Succession.objects.values_list("on", flat=True)) == {before}
    held = Round.objects.filter(partners__name="The Kettle House")
    assert held.exists()
    assert all(timezone.localdate(each.starts_at) < timezone.localdate() - timedelta(days=370) for each in held)


def test_the_rounds_to_come_are_of_all_kinds(made):
    coming = list(Round.objects.upcoming(timezone.now()))
    assert {each.format for each in coming} == set(Format)
    assert any(timezone.localtime(each.starts_at).hour == 7 and each.format == Format.ONLINE for each in coming)
    assert (coming[0].starts_at - timezone.now()).days <= 1
    full = next(each for each in coming if each.availability == Availability.FULL)
    group = full.kept_places.groups().get()
    assert full.bookings.holding().count() + group.places == full.places
    assert KeptPlaces.objects.reserves().get().sector == "social_care"
    offered = full.bookings.offered().get()
    assert offered.person.email == cast()["offered"]["email"]
    assert offered.offer_ends_at > timezone.now()
    assert full.bookings.waiting().count() > 0
    waiting = Booking.objects.get(round=full, person__email=cast()["waiting"]["email"])
    assert waiting.state == BookingState.WAITING


def test_one_is_held_at_three_times_of_a_day_and_to_one_people_just_come(made):
    at_three_times = Round.objects.upcoming(timezone.now()).exclude(repeat=None)
    assert [timezone.localtime(each.starts_at).hour for each in at_three_times.order_by("starts_at")] == [7, 12, 16]
    assert len({each.repeat for each in at_three_times}) == 1
    assert Booking.objects.with_a_place().filter(round__in=at_three_times).count() == 9
    just_come = Round.objects.get(needs_booking=False)
    assert (just_come.bookings.count(), just_come.invitations_released_at is None) == (0, False)


def test_what_follows_a_round_is_half_done_and_a_suggestion_is_answered(made):
    just_held = Round.objects.get(state=RoundState.HELD)
    assert [each.of for each in just_held.debriefs.all()] == ["committee"]
    assert [bool(each.done_on) for each in CareOwed.objects.order_by("due_on")] == [True, False]
    assert CareOwed.objects.open().get().round == just_held
    assert [(bool(each.answer), each.shared) for each in Suggestion.objects.order_by("half_year", "-answer")] == [
        (True, True),
        (False, False),
    ]


def test_the_licence_ends_soon_somebody_was_told_and_one_host_is_not_covered(made):
    licence = Licence.objects.get()
    assert licence.ends_soon(timezone.localdate())
    assert Delivery.objects.filter(kind="licence_ending").count() == 2
    hosting = Round.objects.exclude(host_organisation=None).values("host_organisation")
    hosts = Organisation.objects.filter(pk__in=hosting)
    assert [each.name for each in hosts if not licence.covers(each)] == ["Castlemere Council"]


def test_the_steering_group_has_met_and_meets_again(made):
    met, coming = SteeringMeeting.objects.order_by("on")
    assert sorted((each.kind, bool(each.owner), bool(each.done_on)) for each in met.lines.all()) == [
        ("action", True, False),
        ("action", True, True),
        ("decision", False, False),
    ]
    assert "No memorandum is noted with Castlemere Council" in coming.agenda.splitlines()
    assert "Partners on the list of new hosts: 2" in coming.agenda.splitlines()


def test_one_box_is_open_and_the_others_are_counted(made):
    now = timezone.now()
    assert [box.takes_forms(now) for box in FeedbackBox.objects.order_by("opens_at")] == [False] * 27 + [True]
    figures = list(RoundFigure.objects.order_by("round__starts_at"))
    assert [bool(figure.headcount) for figure in figures] == [True] * 25 + [False, True, True]
    # Three small Rounds: the two of long ago stand in the pool of their half-year.
    small = [number for number, figure in enumerate(figures) if not figure.forms]
    assert (small[-2:], len(small), PoolCount.objects.exists()) == ([25, 27], 4, True)
    assert CardDeck.objects.get().round == figures[-1].round
    assert Round.objects.filter(state=RoundState.HELD).get() == figures[-1].round


def test_the_open_box_holds_forms_of_both_kinds(made):
    box = FeedbackBox.objects.get(state=BoxState.OPEN)
    with connections["box"].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM evaluation_form")
        assert cursor.fetchone() == (17,)
    assert paper.tally_of(box.round).forms == 9


def test_every_register_but_the_last_is_folded_and_every_half_year_that_is_over_is_released(made):
    over = Round.objects.filter(state=RoundState.CLOSED)
    assert over.filter(folded=None).count() == 0
    present = HalfYear.of(timezone.localdate())
    first = HalfYear.of_round(over.earliest("starts_at"))
    unfinished = HalfYear.of_round(Round.objects.get(state=RoundState.HELD))
    ended = [each.key for each in between(first, present) if each < min(present, unfinished)]
    assert list(Release.objects.order_by("-half_year").values_list("half_year", flat=True)) == ended
    assert set(Tally.objects.values_list("half_year", flat=True)) <= {present.key, unfinished.key}


def test_the_lead_reads_figures_of_at_least_five_sectors(made, routed):
    lead = Person.objects.get(email=cast()["ics_lead"]["email"])
    client = Client()
    client.force_login(lead, backend="members.adapter.SignedIn")
    system = System.objects.get(code="QZN")
    now = timezone.now()
    # The first of them may have begun long before the portal did.
    full = Release.objects.filter(rounds__gte=4).order_by("half_year")
    assert full.count() >= 2
    for release in full:
        shown = SystemFigures(system, half_year_key=release.half_year, now=now)
        page = client.get(reverse("dashboard", args=[scope_of(system)]), {"half_year": release.half_year})
        assert page.status_code == 200
        assert len(shown.reach.shown) >= 5, release.half_year
        assert all(each.label in page.content.decode() for each in shown.reach.shown)
    newest = client.get(reverse("dashboard", args=[scope_of(system)]), {"half_year": HalfYear.of(now.date()).key})
    assert newest.status_code == 200


def test_answers_over_two_years_stand_in_two_versions(made):
    facilitator = Person.objects.get(email=cast()["facilitator"]["email"])
    latest = Round.objects.run_by(facilitator).filter(state__in=OVER, host_organisation__sector="acute")
    trend = trend_of(latest.latest("starts_at"), facilitator)
    insight = next(measure for measure in trend.measures if measure.name == "Insight into others")
    first, last = insight.points[0].at.starts_at, insight.points[-1].at.starts_at
    assert last - first > timedelta(days=500)
    assert len(insight.shown) >= 5
    assert insight.versions[0].code == "own"
    assert len(insight.changes) == 1


def test_the_answers_of_both_sets_of_questions_are_shown(made):
    system = System.objects.get(code="QZN")
    last = Release.objects.latest("half_year").half_year
    shown = SystemFigures(system, half_year_key=last, now=timezone.now())
    asked = [each for each in shown.questionnaires if each.in_half_year]
    assert {str(each.questionnaire) for each in asked} == {
        "North Vale’s questions, version 1",
        "Standard questions, online, version 1",
    }
    assert all(figure.half_year for each in asked for figure in each.items)


def test_the_partners_have_gaps_to_close(made):
    partners = SystemFigures(System.objects.get(code="QZN"), half_year_key=None, now=timezone.now()).partners
    assert [each.name for each in partners if not each.invited] == ["Fernbank Home Care"]
    assert [sum(each.hosting for each in partners), sum(each.facilitated for each in partners)] == [7, 5]


def test_every_question_of_every_round_that_may_be_read_has_its_number(made):
    for round in Round.objects.filter(state=RoundState.CLOSED, figure__forms__isnull=False):
        results = item_results(round)
        assert len(results) == len(round.feedback_box.questionnaire.items.all())
        assert all(each.share.n >= 8 for each in results), round.title


def test_panels_teams_and_walk_ins_are_there(made):
    sizes = dict(Storyteller.objects.order_by().values_list("round__title").annotate(number=Count("pk")))
    assert sizes == {
        "First day, first loss": 2,
        "What the silence said": 3,
        "Something I never said": 3,
        "The kindness of a stranger": 3,
        "Twelve beds and one of me": 2,
        "Between two shifts": 3,
        "Not my job, but mine to do": 2,
    }
    assert Needs.objects.filter(round__title="The kindness of a stranger").count() == 4
    helper = TeamMember.objects.get(part=TeamPart.HELPER)
    assert (helper.person.email, helper.round.title) == (cast()["helper"]["email"], "The kindness of a stranger")
    asked = Storyteller.objects.with_steps().get(person__email=cast()["storyteller"]["email"])
    assert not asked.has_agreed
    done = [each.steps_by_kind for each in Storyteller.objects.with_steps()]
    assert {[kind for kind, step in steps.items() if step.done_on][-1] for steps in done} == set(Step)
    assert Meeting.objects.get(storyteller=None).fixed_at > timezone.now()
    sought = Meeting.objects.exclude(storyteller=None).get()
    assert (sought.fixed_at, sought.answers.count()) == (None, 1)
    (reader,) = StoryReader.objects.select_related("storyteller__person")
    assert reader.person.email == cast()["facilitator"]["email"]
    with override_settings(STORY_KEY_DIR=made.folder / "story_keys"):
        assert stories.read(reader.storyteller)[0].startswith("This is made up, for the demo.")
    assert Attendance.objects.walk_ins().count() > 0


def test_every_letter_has_gone_or_waits_for_its_day(made):
    assert set(Delivery.objects.values_list("state", flat=True)) <= {"sent", "pending", "cancelled"}
    waiting = Delivery.objects.filter(state="pending")
    # That of care which is due today goes in the morning.
    assert set(waiting.values_list("kind", flat=True)) | {"care_due"} == {"reminder", "role_ended", "care_due"}
    assert not waiting.filter(due_at__lte=timezone.now()).exists()
    # Several invitations of one person may stand in one letter.
    letters = Delivery.objects.filter(state="sent").values("message_id").distinct()
    assert len(list((made.folder / "mail").glob("*.eml"))) == letters.count() > 10_000


def test_nothing_is_left_in_the_queue_or_marked_as_unfinished(made):
    assert list(made.folder.glob("queue/messages/*")) == []
    assert not (made.folder / "demo-unfinished").exists()


# --- Where it refuses ---------------------------------------------------------------------------


def test_a_second_time_it_refuses_and_changes_nothing(made):
    before = Delivery.objects.count()
    again = run(made, "demo")
    assert (again.returncode, again.stderr.strip()) == (
        1,
        "CommandError: The demo is already here. Nothing was changed.",
    )
    quiet = run(made, "demo", "--if-empty")
    assert (quiet.returncode, quiet.stdout.strip()) == (0, "The demo is already here.")
    assert Delivery.objects.count() == before


def test_it_refuses_a_demo_that_was_broken_off(made):
    mark = made.folder / "demo-unfinished"
    mark.touch()
    try:
        again = run(made, "demo", "--if-empty")
    finally:
        mark.unlink()
    assert again.returncode == 1
    assert "The making of the demo was broken off" in again.stderr


def test_it_refuses_where_a_real_address_is(made):
    person = Person.objects.create_user("somebody@hospital.test")
    try:
        refused = run(made, "demo", "--if-empty")
    finally:
        person.delete()
    assert refused.returncode == 1
    assert "addresses that do not end in .example" in refused.stderr
    assert "somebody" not in refused.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEMO": "0", "EMAIL_URL": "dummymail://"}, "only where DEMO=1 is set"),
        ({"EMAIL_URL": "smtp://127.0.0.1:9"}, "Leave EMAIL_URL unset"),
    ],
)
def test_it_refuses_where_letters_could_leave(made, environment, sentence):
    refused = run(made, "demo", **environment)
    assert refused.returncode == 1
    assert sentence in refused.stderr


# --- What it does not keep ----------------------------------------------------------------------


def test_no_row_is_older_than_its_period(made):
    assert kept_too_long(now=timezone.now()) == {}


def test_a_row_that_is_too_old_would_be_found(made):
    """Else the test above might look past it."""
    long_ago = Round.objects.earliest("starts_at")
    person, now = long_ago.team.first().person, timezone.now()
    rows = [
        Register.objects.create(round=long_ago),
        Attendance.objects.create(round=long_ago, person=person),
        Storyteller.objects.create(round=long_ago, person=person),
        TeamMember.objects.create(round=long_ago, person=person, part=TeamPart.HELPER),
        CardDeck.objects.create(round=long_ago),
        Upload.objects.create(person=person, kind="staff", content=b"", created_at=now - timedelta(days=2)),
        Booking.objects.create(
            round=long_ago, person=person, way="in_person", state="place", queue_number=1, changed_at=long_ago.starts_at
        ),
        Delivery.objects.create(
            kind="invitation", dedupe_key="old", about=long_ago.pk, person=person, due_at=now, created_at=now
        ),
    ]
    rows.append(PreparationStep.objects.create(storyteller=rows[2], kind="agreed"))
    try:
        assert kept_too_long(now=now) == {type(row).__name__: 1 for row in rows}
    finally:
        for row in reversed(rows):
            row.delete()


def test_what_may_stay_of_a_round_of_long_ago_is_there(made):
    long_ago = Round.objects.earliest("starts_at")
    assert long_ago.folded
    assert long_ago.team.filter(part=TeamPart.FACILITATOR).count() == 2
    assert (long_ago.figure.headcount, long_ago.figure.forms) == (50, 35)
    assert long_ago.feedback_box.state == BoxState.COUNTED
    assert len(comments(long_ago)) + counted_of(long_ago).withheld == 3


# --- Who one can be -----------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part["key"])
def test_one_press_makes_you_anyone_of_the_cast(made, routed, part):
    client = Client()
    answer = client.post("/demo/", {"be": part["key"]}, follow=True)
    assert answer.status_code == 200
    assert answer.wsgi_request.user.email == part["email"]
    assert answer.request["PATH_INFO"] == reverse(part.get("begins_at", "home"))


def test_looking_signs_nobody_in(made, routed):
    client = Client()
    page = client.get("/demo/").content.decode()
    assert [part["heading"] in page for part in PARTS] == [True] * len(PARTS)
    assert client.cookies.keys() <= {"csrftoken"}
