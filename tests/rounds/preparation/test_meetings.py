"""Finding a time to prepare: rounds/actions/meetings.py and rounds/views/meetings.py."""

import datetime as dt
from uuid import uuid4

import pytest
import vobject
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.actions import retention
from members.models import Delivery
from rounds.actions import diaries, meetings, panel, team
from rounds.models import Meeting, MeetingAnswer, Round
from rounds.models.meeting import as_text
from rounds.states import RoundState, Step
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory
from tests.factories.rounds import StorytellerFactory, TeamMemberFactory
from tests.rounds.pages import buttons_of, headings_of, tab_of, words_of
from tests.rounds.panels import statuses
from tests.rounds.traces import places_naming
from tests.worlds import NOON

from .asked import hand_over, not_yet, to

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
TIMES = [NOON + 2 * DAY, NOON + 3 * DAY, NOON + 6 * DAY + HOUR]
FIRST, SECOND, THIRD = map(as_text, TIMES)
PLACE = "The quiet room"


def propose(found, storyteller=None, times=TIMES, now=NOON):
    said = {"times": times, "place": PLACE, "by": found.world.ada, "now": now}
    return meetings.propose(round=found.round, storyteller=storyteller, **said)


def answer(meeting, person, *can):
    return meetings.answer(meeting=meeting, person=person, can=can, now=NOON)


def fix(meeting, time=SECOND, now=NOON):
    return meetings.fix(meeting=meeting, time=time, now=now)


def to_meeting(found, storyteller=None):
    if storyteller:
        return reverse("round_one_to_one", args=[found.round.pk, storyteller.pk])
    return reverse("round_meeting", args=[found.round.pk])


def typed(*times, place=PLACE):
    """What a facilitator enters: (day, clock) each."""
    rows = [(f"day_{n}", f"clock_{n}", *each) for n, each in enumerate(times, start=1)]
    said = {name: value for day, clock, *values in rows for name, value in zip((day, clock), values, strict=True)}
    return said | {"place": place}


@pytest.fixture
def ada(client, found):
    client.force_login(found.world.ada)
    return client


class TestProposing:
    def test_from_the_steps_by_a_day_and_a_time_of_day(self, ada, found):
        page = ada.get(reverse("round_storyteller", args=[found.round.pk, found.devs.pk]))
        assert to_meeting(found, found.devs) in page.content.decode()
        page = ada.get(to_meeting(found, found.devs))
        assert words_of(page).startswith("Back to the steps When you two talk Dev Storyteller, half an hour")
        data = typed(("2027-03-09", "2pm"), ("2027-03-05", "12:30"))
        assert ada.post(to_meeting(found, found.devs), data).url == to_meeting(found, found.devs)
        meeting = found.devs.meeting
        assert (meeting.times, meeting.place) == (["2027-03-05T12:30+00:00", "2027-03-09T14:00+00:00"], PLACE)
        assert found.devs.steps.get(kind=Step.ONE_TO_ONE).owner == found.world.ada
        page = words_of(ada.get(to_meeting(found, found.devs)))
        assert "12:30pm on Friday 5 March Nobody yet Set it for 12:30pm on Friday 5 March" in page
        assert "No answer yet from Dev Storyteller." in page

    @pytest.mark.parametrize(
        ("data", "field", "said"),
        [
            (typed(), "day_1", "Give at least two times to choose from"),
            (typed(("2027-03-05", "2pm")), "day_2", "Give at least two times to choose from"),
            (typed(("2027-03-05", "")), "clock_1", "Enter a time for Friday 5 March"),
            (typed(("", "2pm")), "day_1", "Choose a day for 2pm"),
            (typed(("2027-03-03", "11am")), "clock_1", "Choose a time that has not passed"),
            (typed(("2027-03-17", "12:30pm")), "clock_1", "Choose a time before the Round begins"),
            (typed(("2027-03-05", "2pm"), ("2027-03-05", "14:00")), "clock_2", "Choose each time once"),
            (typed(("2027-03-18", "2pm")), "day_1", "Choose a day from the list"),
            (
                typed(("2027-03-05", "5:30")),
                "clock_1",
                "Say whether 5:30 is in the morning or afternoon: 5:30am or 5:30pm",
            ),
            (typed(("2027-03-05", "2pm"), ("2027-03-06", "2pm"), place=" "), "place", "Enter where you meet"),
        ],
    )
    def test_bad_times(self, ada, found, data, field, said):
        page = ada.post(to_meeting(found), data)
        assert page.context["proposing"].errors == {field: [said]}
        assert tab_of(page) == "Error: Preparation: Rounds portal"
        assert Meeting.objects.count() == 0

    def test_only_with_somebody_who_has_said_yes(self, ada, found):
        not_yet(found.devs)
        with pytest.raises(Refused, match="First they say yes"):
            propose(found, found.devs)
        assert buttons_of(ada.get(to_meeting(found, found.devs))) == []
        propose(found)
        not_yet(found.olgas)
        with pytest.raises(Refused, match="Nobody has said yes yet"):
            propose(found)

    def test_once_over_no_more(self, found):
        meeting = propose(found)
        for verb in (lambda: propose(found, now=found.round.ends_at), lambda: fix(meeting, now=found.round.ends_at)):
            with pytest.raises(Refused, match="This Round is over or was called off"):
                verb()

    def test_another_proposal_takes_its_place_and_its_day(self, found):
        meeting = fix(propose(found, found.devs))
        answer(propose(found), found.dev, FIRST)
        found.devs.steps.filter(kind=Step.GROUP).update(due_on=NOON.date())
        propose(found, found.devs)
        assert not Meeting.objects.filter(pk=meeting.pk).exists()
        assert found.devs.steps.get(kind=Step.ONE_TO_ONE).due_on is None
        # And nothing of the other meeting.
        assert (MeetingAnswer.objects.count(), found.devs.steps.get(kind=Step.GROUP).due_on) == (1, NOON.date())


class TestAnswering:
    def test_on_the_page_of_ones_preparation(self, dev, found):
        meeting = propose(found)
        page = dev.get(to(found.devs))
        assert f"When the panel meets {PLACE}. Tick all times that suit you, or none." in words_of(page)
        assert "Save when I can" in buttons_of(page)
        assert dev.post(reverse("answer_meeting", args=[meeting.pk]), {"can": [THIRD, FIRST]}).url == to(found.devs)
        assert meeting.answers.get().can == [FIRST, THIRD]
        page = dev.get(to(found.devs))
        assert "Your answer is saved; you can change it until a time is set." in words_of(page)
        assert page.context["meetings"][0]["answering"].initial == {"can": [FIRST, THIRD]}
        dev.post(reverse("answer_meeting", args=[meeting.pk]), {})
        assert meeting.answers.get().can == []
        assert tab_of(page) == "Rounds portal"
        assert list(page.context["messages"]) == []

    def test_a_facilitator_ticks_for_the_meeting_of_all(self, ada, found):
        meeting = propose(found)
        assert ada.post(reverse("answer_meeting", args=[meeting.pk]), {"can": [FIRST]}).url == to_meeting(found)
        assert meeting.answers.get().person == found.world.ada
        assert ada.post(reverse("answer_meeting", args=[propose(found, found.devs).pk]), {}).url == to_meeting(
            found, found.devs
        )

    @pytest.mark.parametrize("sent", ["2027-03-05T13:00+00:00", "<b>", ""])
    def test_no_time_that_was_not_proposed(self, dev, found, sent):
        meeting = propose(found)
        dev.post(reverse("answer_meeting", args=[meeting.pk]), {"can": [sent]})
        assert meeting.answers.count() == 0

    def test_a_get_answers_nothing(self, dev, found):
        meeting = propose(found)
        assert dev.get(reverse("answer_meeting", args=[meeting.pk]), {"can": FIRST}).url == reverse("my_rounds")
        assert meeting.answers.count() == 0

    def test_too_late_it_shows_what_was_set(self, dev, found):
        meeting = propose(found)
        answer(meeting, found.dev, FIRST)
        fix(meeting)
        with pytest.raises(Refused, match="A time has been set meanwhile"):
            answer(meeting, found.dev, SECOND)
        answered = dev.post(reverse("answer_meeting", args=[meeting.pk]), {"can": [SECOND]}, follow=True)
        assert f"When the panel meets 12pm on Saturday 6 March 2027 {PLACE}".replace("12pm", "midday") in words_of(
            answered
        )
        assert meeting.answers.get().can == [FIRST]

    def test_of_somebody_who_is_gone_nothing_happens(self, found):
        meeting = propose(found)
        panel.step_back(storyteller=found.devs)
        assert answer(meeting, found.dev, FIRST) is None
        assert answer(propose(found, found.olgas), found.fay, FIRST) is None


class TestGone:
    """An answer to what is not there any more is met kindly, and with what is."""

    def test_other_times_were_proposed_meanwhile(self, dev, found):
        before = propose(found)
        after = propose(found, times=TIMES[:2])
        page = dev.post(reverse("answer_meeting", args=[before.pk]), {"can": [FIRST]})
        assert page.status_code == 404
        assert "Those times are not here any more Nothing was saved, and you did nothing wrong" in words_of(page)
        assert "When the panel meets, Thrown" in words_of(page)
        assert f'href="{to(found.devs)}"' in page.content.decode()
        assert (after.answers.count(), tab_of(page)) == (0, "Rounds portal")

    def test_a_facilitator_is_led_to_the_page_of_that_meeting(self, ada, found):
        before = propose(found, found.devs)
        fix(propose(found, found.devs))
        page = ada.post(reverse("answer_meeting", args=[before.pk]), {"can": [FIRST]})
        assert f'href="{to_meeting(found, found.devs)}"' in page.content.decode()
        assert "midday on Saturday 6 March 2027" in words_of(page)

    def test_they_have_stepped_back_in_another_tab(self, dev, found):
        meeting = propose(found)
        panel.step_back(storyteller=found.devs)
        page = dev.post(reverse("answer_meeting", args=[meeting.pk]), {"can": [FIRST]})
        assert "No meeting waits for you just now." in words_of(page)
        assert meeting.answers.count() == 0

    def test_which_reads_the_same_to_whoever_was_never_asked(self, client, found):
        client.force_login(found.hal)
        pages = [client.post(reverse("answer_meeting", args=[key])) for key in (propose(found).pk, uuid4())]
        assert {each.status_code for each in pages} == {404}
        assert words_of(pages[0]) == words_of(pages[1])

    def test_nothing_is_shown_of_what_is_over(self, dev, found):
        fix(propose(found))
        gone = propose(found, found.devs).pk
        propose(found, found.devs)
        Round.objects.filter(pk=found.round.pk).update(state=RoundState.CANCELLED)
        page = dev.post(reverse("answer_meeting", args=[gone]), {})
        assert "No meeting waits for you just now." in words_of(page)

    def test_in_as_many_queries_with_three_as_with_one(self, ada, found):
        counts = []
        for _ in range(2):
            propose(found)
            ada.post(reverse("answer_meeting", args=[uuid4()]), {})
            with CaptureQueriesContext(connection) as asked:
                ada.post(reverse("answer_meeting", args=[uuid4()]), {})
            counts.append(len(asked))
            propose(found, found.devs)
            propose(found, found.olgas)
        assert counts[0] == counts[1]


class TestSayingYesLater:
    """Whoever says yes once the others were asked is asked and told like everybody."""

    def letters(self, found):
        mail.outbox.clear()
        hand_over()
        return [letter.body for letter in mail.outbox if letter.to == [found.dev.email]]

    @pytest.mark.parametrize("is_set", [True, False])
    def test_hears_of_the_meeting(self, dev, found, is_set):
        not_yet(found.devs)
        meeting = propose(found)
        if is_set:
            fix(meeting)
        hand_over()
        dev.post(to(found.devs, "answer_preparation"), {"answer": "yes"})
        [said] = self.letters(found)
        assert ("has a question for you" in said) is not is_set
        day = TIMES[1].date() if is_set else None
        assert found.devs.steps.get(kind=Step.GROUP).due_on == day
        feed = dev.get(reverse("diary_feed", args=[diaries.make_feed(person=found.dev, now=NOON)]))
        assert feed.content.decode().count("BEGIN:VEVENT") == is_set

    def test_once(self, found):
        not_yet(found.devs)
        fix(propose(found))
        for done in (True, True, False, True):
            panel.set_step(storyteller=found.devs, kind=Step.AGREED, done=done, now=NOON)
        assert len(self.letters(found)) == 1

    def test_of_one_that_has_been_nothing(self, found):
        not_yet(found.devs)
        fix(propose(found), time=FIRST)
        hand_over()
        panel.agree(storyteller=found.devs, now=TIMES[0])
        assert self.letters(found) == []


class TestSetting:
    def test_shows_who_can_and_sets_the_day_of_the_step(self, ada, found):
        panel.set_order(round=found.round, order=[found.devs.pk, found.olgas.pk], now=NOON)
        meeting = propose(found)
        answer(meeting, found.dev, FIRST, SECOND)
        answer(meeting, found.olga, SECOND)
        page = ada.get(to_meeting(found))
        said = {each["text"]: (each["says"], each["best"]) for each in page.context["times"]}
        assert said == {
            FIRST: ("Dev Storyteller can", False),
            SECOND: ("Dev Storyteller and Olga Outside can", True),
            THIRD: ("Nobody yet", False),
        }
        assert page.context["missing"] == ["Ada Facilitator"]
        answer(meeting, found.world.ada, SECOND)
        assert "can: everybody who was asked" in words_of(ada.get(to_meeting(found)))
        assert ada.post(to_meeting(found), {"fix": SECOND}).url == to_meeting(found)
        meeting.refresh_from_db()
        assert meeting.fixed_at == TIMES[1]
        days = {step.due_on for each in (found.devs, found.olgas) for step in each.steps.filter(kind=Step.GROUP)}
        assert days == {TIMES[1].date()}
        page = ada.get(to_meeting(found))
        assert "midday on Saturday 6 March 2027 The quiet room Add it to my diary" in words_of(page)
        assert buttons_of(page) == ["Ask who can"]

    def test_one_of_the_proposed_once(self, ada, found):
        meeting = propose(found)
        assert "Choose one of the times that were proposed." in words_of(ada.post(to_meeting(found), {"fix": "<b>"}))
        fix(meeting)
        assert "A time has been set meanwhile." in words_of(ada.post(to_meeting(found), {"fix": FIRST}))
        meeting.refresh_from_db()
        assert meeting.fixed_at == TIMES[1]

    def test_what_is_done_keeps_its_day(self, found):
        panel.set_step(storyteller=found.devs, kind=Step.GROUP, done=True, now=NOON)
        fix(propose(found))
        assert found.devs.steps.get(kind=Step.GROUP).due_on is None


class TestWhoSeesIt:
    everybody_but = dict.fromkeys(
        ["another facilitator", "clinical lead", "ICS lead", "invited staff", "other staff", "helper"], 404
    ) | {"nobody": 302}

    def test_the_page_of_a_meeting_is_the_facilitators(self, client, found):
        propose(found, found.devs)
        for address in (to_meeting(found), to_meeting(found, found.devs)):
            answers = statuses(client, found.everyone(), address)
            assert {who for who, status in answers.items() if status == 200} == {"facilitator"}

    def test_the_file_is_of_those_who_meet(self, client, found):
        of_all, alone = fix(propose(found)), fix(propose(found, found.devs))
        for meeting, more in ((of_all, {"another storyteller"}), (alone, set())):
            answers = statuses(client, found.everyone(), reverse("meeting_file", args=[meeting.pk]))
            assert {who for who, status in answers.items() if status == 200} == {"facilitator", "storyteller", *more}
            assert set(answers.values()) == {200, 404, 302}

    def test_of_one_without_a_time_there_is_none(self, dev, found):
        assert dev.get(reverse("meeting_file", args=[propose(found).pk])).status_code == 404


def test_nobody_else_reads_who_can_when(client, found):
    """Nor that another on the panel meets a facilitator at all."""
    meeting = propose(found)
    answer(meeting, found.olga, FIRST)
    fix(propose(found, found.olgas))
    client.force_login(found.dev)
    page = client.get(to(found.devs))
    assert [each["row"] for each in page.context["meetings"]] == [meeting]
    assert "Olga" not in page.content.decode()
    assert "checked" not in page.content.decode()
    assert "When you two talk" not in headings_of(page)


def test_a_diary_says_meeting_and_nothing_else(client, found):
    """In the file, and in what fetches: once, with its hours, for whoever goes there."""
    meeting = fix(propose(found, found.devs))
    client.force_login(found.dev)
    answered = client.get(reverse("meeting_file", args=[meeting.pk]))
    assert answered["Content-Disposition"] == 'attachment; filename="meeting.ics"'
    texts = [answered.content.decode()]
    for person, number in ((found.dev, 1), (found.world.ada, 1), (found.olga, 0), (found.hal, 0)):
        address = reverse("diary_feed", args=[diaries.make_feed(person=person, now=NOON)])
        texts.append(client.get(address).content.decode())
        assert texts[-1].count("BEGIN:VEVENT") == number
    for text in texts[:3]:
        event = vobject.readOne(text).vevent
        assert (event.summary.value, event.dtstart.value, event.dtend.value) == (
            "Meeting",
            TIMES[1],
            TIMES[1] + HOUR / 2,
        )
        for word in ("LOCATION", "DESCRIPTION", "URL", "ORGANIZER", "ATTENDEE", PLACE, "Thrown", "panel", "prepar"):
            assert word not in text
        assert not {str(each) for each in (meeting.pk, found.devs.pk, found.round.pk)} & set(text.split("\r\n"))


def test_letters_say_that_there_is_a_question_and_that_there_is_news(found):
    meeting = propose(found)
    hand_over()
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted([found.dev.email, found.olga.email])
    fix(meeting)
    hand_over()
    assert len(mail.outbox) == 4
    for letter in mail.outbox:
        assert letter.subject == "You have a message in the Rounds portal"
        assert ("has a question for you" in letter.body) is (letter in mail.outbox[:2])
        for word in ("meet", "story", "panel", "March", "Thrown", PLACE, str(meeting.pk)):
            assert word.lower() not in letter.message().as_string().lower()


def test_no_letter_to_whoever_has_answered_nor_once_the_time_is_set_or_another_proposed(found):
    first = propose(found)
    answer(first, found.dev)
    hand_over()
    assert [letter.to for letter in mail.outbox] == [[found.olga.email]]
    propose(found)
    fix(propose(found, found.devs))
    propose(found, found.devs)
    mail.outbox.clear()
    hand_over()
    asked = sorted(letter.to[0] for letter in mail.outbox if "question" in letter.body)
    # For the meeting of all and, once, for the one-to-one.
    assert asked == sorted([found.dev.email, found.dev.email, found.olga.email])
    assert [letter for letter in mail.outbox if "news" in letter.body] == []


class TestItsEnd:
    def test_who_steps_back_leaves_no_answer_and_no_meeting_of_their_own(self, found):
        of_all, alone = propose(found), fix(propose(found, found.devs))
        for meeting in (of_all, alone):
            MeetingAnswer.objects.create(meeting=meeting, person=found.dev)
        answer(of_all, found.olga, FIRST)
        keys = alone.pk, found.devs.pk
        panel.step_back(storyteller=found.devs)
        assert places_naming(*keys) == {}
        assert [each.person for each in MeetingAnswer.objects.all()] == [found.olga]
        panel.step_back(storyteller=found.olgas)
        assert (Meeting.objects.count(), Delivery.objects.count()) == (0, 0)

    def test_who_facilitates_no_more_is_waited_for_no_more(self, found):
        meeting, other = propose(found), TeamMemberFactory(round=found.round)
        answer(meeting, other.person, FIRST)
        answer(meeting, found.dev, FIRST)
        team.take_off(round=found.round, member_id=other.pk, by=found.world.ada, now=NOON)
        assert [each.person for each in meeting.answers.all()] == [found.dev]

    def test_with_the_panel_thirty_days_after(self, found):
        answer(propose(found), found.world.ada, FIRST)
        fix(propose(found, found.devs))
        found.round.refresh_from_db()
        retention.run(now=found.round.kept_until)
        assert (Meeting.objects.count(), MeetingAnswer.objects.count()) == (0, 0)


def test_as_many_queries_for_three_people_as_for_one(ada, found):
    meeting = propose(found)
    ada.get(to_meeting(found))
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            ada.get(to_meeting(found))
        counts.append(len(queries))
        storyteller = StorytellerFactory(round=found.round, person=PersonFactory(), done=[Step.AGREED])
        answer(meeting, storyteller.person, FIRST)
    assert counts[0] == counts[2]
