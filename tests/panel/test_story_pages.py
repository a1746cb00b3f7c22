"""The page on which a storyteller writes, and that of the facilitators they chose: rounds/views/stories.py."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import CareEntry, SecurityEvent
from rounds.actions import leaving, panel, stories, team
from rounds.models.story import Story, StoryConsent, StoryReader
from rounds.sealing import LIMIT
from rounds.states import Step
from tests.factories.rounds import TeamMemberFactory
from tests.panel.storied import WORDS, share, to_read, to_story, version_of, write
from tests.rounds.pages import buttons_of, tab_of, words_of
from tests.rounds.panels import around, statuses
from tests.worlds import NOON

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon(time_machine, settings, tmp_path):
    settings.STORY_KEY_DIR = tmp_path / "keys"
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def found():
    return around()


@pytest.fixture
def dev(client, found):
    client.force_login(found.dev)
    return client


@pytest.fixture
def ada(client, found):
    write(found.devs)
    share(found.devs, found.world.ada)
    client.force_login(found.world.ada)
    return client


class TestWriting:
    def test_nothing_need_be_written_and_the_tab_says_nothing(self, dev, found):
        page = dev.get(to_story(found.devs))
        assert tab_of(page) == "Rounds portal"
        assert "You need not write anything." in words_of(page)
        assert "is gone on 16 April" in words_of(page)
        assert buttons_of(page) == ["Save", "Save what you allow"]
        assert page["Cache-Control"].startswith("max-age=0, no-cache, no-store")

    def test_is_saved_and_stands_there_again(self, dev, found):
        answer = dev.post(to_story(found.devs), {"text": WORDS.replace("\n", "\r\n"), "version": 0})
        assert answer.url == f"{to_story(found.devs)}?said=saved"
        page = dev.get(answer.url)
        assert "It is saved." in words_of(page)
        assert page.context["writing"].initial == {"text": WORDS, "version": 1}
        assert "Less than a minute to tell. 16 words, as saved." in words_of(page)
        assert buttons_of(page) == ["Save", "Share", "Save what you allow", "Delete now"]

    def test_how_long_it_takes_to_tell(self, dev, found):
        for words, said in (
            (1, "Less than a minute"),
            (130, "About 1 minute"),
            (131, "About 2 minutes"),
            (650, "About 5 minutes"),
        ):
            write(found.devs, "word " * words)
            assert f"{said} to tell. {words} word{'s'[: words > 1]}, as saved." in words_of(
                dev.get(to_story(found.devs))
            )

    def test_the_assistant_says_what_may_give_someone_away_beside_the_text(self, dev, found):
        write(found.devs, "Dr Patel and Ben Booker were in bed 4 on ward B2.")
        page = words_of(dev.get(to_story(found.devs)))
        assert "“Dr Patel” may name somebody" in page
        assert "“Ben Booker” is the name of somebody who works here" in page
        assert "It does not find everything" in page
        write(found.devs, "It was a long night.")
        assert "Nothing stands out that may give someone away" in words_of(dev.get(to_story(found.devs)))

    def test_no_program_of_the_browser_keeps_it_or_sends_it_away(self, dev, found):
        box = re.search(r"<textarea[^>]*>", dev.get(to_story(found.devs)).content.decode()).group()
        assert 'autocomplete="off"' in box
        assert 'spellcheck="false"' in box

    def test_emptied_and_saved_it_is_deleted(self, dev, found):
        write(found.devs)
        answer = dev.post(to_story(found.devs), {"text": "  ", "version": 1})
        assert answer.url.endswith("?said=deleted")
        assert Story.objects.count() == 0

    def test_what_was_refused_stays_in_the_box(self, dev, found):
        for data, said in (
            ({"text": "x" * (LIMIT + 1), "version": 0}, "Make it shorter"),
            ({"text": "Mine", "version": 3}, "changed in another window"),
        ):
            page = dev.post(to_story(found.devs), data)
            assert said in words_of(page)
            assert data["text"] in page.content.decode()
        assert Story.objects.count() == 0

    def test_markup_in_it_is_words(self, dev, found):
        write(found.devs, "</textarea><script>alert(1)</script>")
        assert "<script>alert" not in dev.get(to_story(found.devs)).content.decode()

    def test_is_for_those_who_said_yes(self, dev, found):
        found.devs.steps.filter(kind=Step.AGREED).update(done_on=None)
        assert dev.get(to_story(found.devs)).url == reverse("preparation", args=[found.devs.pk])

    def test_what_does_not_open_is_told_and_can_be_written_anew(self, dev, found, settings):
        write(found.devs)
        for path in settings.STORY_KEY_DIR.glob("*.key"):
            path.unlink()
        page = dev.get(to_story(found.devs))
        assert "What you wrote does not open" in words_of(page)
        dev.post(to_story(found.devs), {"text": "Again", "version": page.context["writing"].initial["version"]})
        assert stories.read(found.devs) == ("Again", 2)

    def test_after_the_round_it_is_read_and_deleted_only(self, dev, found, time_machine):
        write(found.devs)
        time_machine.move_to(found.round.ends_at, tick=False)
        dev.force_login(found.dev)
        page = dev.get(to_story(found.devs))
        assert "I held her hand" in words_of(page)
        assert buttons_of(page) == ["Share", "Save what you allow", "Delete now"]
        assert "read or delete it" in words_of(dev.get(reverse("preparation", args=[found.devs.pk])))


class TestACodeFirst:
    """Whoever signed in more than ten minutes ago shows again that it is them."""

    def test_the_teller_a_guest_without_second_factor_is_written_to(self, client, found, time_machine):
        write(found.olgas)
        client.force_login(found.olga)
        time_machine.move_to(NOON + 11 * MINUTE, tick=False)
        asked = client.get(to_story(found.olgas))
        assert "Show that it is you" in words_of(asked)
        assert "canary" not in asked.content.decode()
        client.post(to_story(found.olgas), {"prove-by": "write"})
        (letter,) = mail.outbox
        assert letter.to == [found.olga.email]
        assert "canary" not in letter.message().as_string()
        code = re.search(r"\b[A-Z0-9]{4}-?[A-Z0-9]{4}\b|\b\d{6}\b", letter.body).group()
        answer = client.post(to_story(found.olgas), {"prove-by": "letter", "prove-code": code})
        assert answer.status_code == 302
        assert "canary-of-dev" in client.get(answer.url).content.decode()

    def test_the_facilitator_too(self, ada, found, time_machine):
        time_machine.move_to(NOON + 11 * MINUTE, tick=False)
        page = ada.get(to_read(found.devs))
        assert "Show that it is you" in words_of(page)
        assert "canary" not in page.content.decode()
        assert CareEntry.objects.filter(what="story").count() == 0

    def test_what_was_written_meanwhile_is_kept_for_the_answer_and_nowhere_else(self, dev, found, time_machine):
        time_machine.move_to(NOON + 11 * MINUTE, tick=False)
        page = dev.post(to_story(found.devs), {"text": WORDS, "version": 0})
        assert f'name="text" value="{WORDS}"' in page.content.decode()
        assert "canary" not in str(dict(dev.session))
        assert Story.objects.count() == 0

    def test_to_take_something_back_nobody_is_asked(self, dev, found, time_machine):
        write(found.devs)
        share(found.devs, found.world.ada)
        time_machine.move_to(NOON + 11 * MINUTE, tick=False)
        reader = StoryReader.objects.get()
        dev.post(reverse("stop_sharing_story", args=[found.devs.pk, reader.pk]))
        assert StoryReader.objects.count() == 0
        dev.post(to_story(found.devs, "delete_story"))
        assert Story.objects.count() == 0


class TestSharing:
    def test_the_teller_chooses_and_takes_back(self, dev, found):
        second = TeamMemberFactory(round=found.round).person
        write(found.devs)
        page = dev.get(to_story(found.devs))
        assert [name for _, name in page.context["sharing"].fields["readers"].choices] == sorted(
            [str(found.world.ada), str(second)]
        )
        answer = dev.post(to_story(found.devs, "share_story"), {"readers": [str(found.world.ada.pk)]})
        page = dev.get(answer.url)
        assert "They can read it now." in words_of(page)
        assert buttons_of(page)[1:3] == ["Stop sharing with Ada Facilitator", "Share"]
        reader = StoryReader.objects.get()
        assert dev.get(reverse("stop_sharing_story", args=[found.devs.pk, reader.pk])).url == to_story(found.devs)
        assert StoryReader.objects.count() == 1
        dev.post(reverse("stop_sharing_story", args=[found.devs.pk, reader.pk]))
        assert StoryReader.objects.count() == 0

    def test_nobody_else_can_be_chosen(self, dev, found):
        write(found.devs)
        for chosen in ([], [str(found.hal.pk)], [str(found.dev.pk)], ["x"]):
            page = dev.post(to_story(found.devs, "share_story"), {"readers": chosen})
            assert page.context["sharing"].errors
        assert StoryReader.objects.count() == 0

    def test_the_chosen_read_what_is_there_now(self, ada, found):
        page = ada.get(to_read(found.devs))
        assert "I held her hand, and then the lift would not come. Nobody said a word." in words_of(page)
        assert tab_of(page) == "Preparation: Rounds portal"
        write(found.devs, "What I say instead")
        assert "What I say instead" in words_of(ada.get(to_read(found.devs)))
        write(found.devs, "Dr Patel came")
        assert '<mark class="rd-mark">Dr Patel' in ada.get(to_read(found.devs)).content.decode()
        assert "Read it" in words_of(ada.get(reverse("round_storyteller", args=[found.round.pk, found.devs.pk])))

    def test_is_for_the_chosen_and_for_nobody_else(self, client, found):
        """Facilitators whom the teller did not choose learn not even whether anything is written."""
        second = TeamMemberFactory(round=found.round).person
        everyone = found.everyone() | {"facilitator who was not chosen": second}
        write(found.devs)
        share(found.devs, found.world.ada)
        expected = dict.fromkeys(everyone, 404) | {
            "facilitator": 200,
            "facilitator who was not chosen": 403,
            "administrator": 403,
            "ICS lead": 404,
            "nobody": 302,
        }
        assert statuses(client, everyone, to_read(found.devs)) == expected
        assert statuses(client, {"not chosen": found.world.ada}, to_read(found.olgas)) == {"not chosen": 403}
        own = dict.fromkeys(everyone, 404) | {"storyteller": 200, "nobody": 302}
        assert statuses(client, everyone, to_story(found.devs)) == own
        for name in ("share_story", "delete_story", "allow_uses"):
            met = statuses(client, {k: v for k, v in everyone.items() if v}, to_story(found.devs, name), {})
            assert {who for who, status in met.items() if status != 404} == {"storyteller"}

    def test_that_it_was_opened_is_written_down_by_the_hour_and_not_which_words(self, ada, found):
        for _ in range(2):
            ada.get(to_read(found.devs))
        (entry,) = CareEntry.objects.filter(what="story")
        assert (entry.by, entry.about, entry.hour) == (found.world.ada.pk, found.round.pk, NOON)

    def test_what_its_teller_does_is_written_down_nowhere(self, dev, found, caplog):
        caplog.set_level("DEBUG")
        dev.post(to_story(found.devs), {"text": WORDS, "version": 0})
        dev.get(to_story(found.devs))
        dev.post(to_story(found.devs, "delete_story"))
        assert (CareEntry.objects.count(), SecurityEvent.objects.count()) == (0, 0)
        assert "canary" not in caplog.text

    def test_ends_with_the_part_in_the_team_and_does_not_come_back_with_it(self, ada, found):
        TeamMemberFactory(round=found.round)
        member = found.round.team.get(person=found.world.ada)
        team.take_off(round=found.round, member_id=member.pk, by=found.world.ada, now=NOON)
        assert ada.get(to_read(found.devs)).status_code == 404
        TeamMemberFactory(round=found.round, person=found.world.ada)
        assert ada.get(to_read(found.devs)).status_code == 403

    def test_ends_when_the_part_in_the_team_rests(self, ada, found):
        TeamMemberFactory(round=found.round)
        found.round.host_organisation = found.world.elmbridge
        found.round.save()
        leaving.let_go([(found.world.ada.pk, found.world.elmbridge.pk)], NOON)
        assert StoryReader.objects.count() == 0

    def test_with_the_text_go_its_readers(self, ada, found):
        stories.delete(storyteller=found.devs)
        assert ada.get(to_read(found.devs)).status_code == 403
        write(found.devs, "Begun anew")
        assert ada.get(to_read(found.devs)).status_code == 403


class TestConsent:
    def test_each_use_by_itself_and_each_can_be_taken_back(self, dev, found, time_machine):
        address = to_story(found.devs, "allow_uses")
        dev.post(address, {"uses": ["theme"]})
        time_machine.move_to(NOON + dt.timedelta(days=1), tick=False)
        dev.force_login(found.dev)
        dev.post(address, {"uses": ["theme", "training"]})
        days = dict(StoryConsent.objects.values_list("use", "given_on"))
        assert days == {"theme": NOON.date(), "training": NOON.date() + dt.timedelta(days=1)}
        dev.post(address, {"uses": ["training"]})
        assert list(StoryConsent.objects.values_list("use", flat=True)) == ["training"]
        dev.post(address, {"uses": ["everything"]})
        assert list(StoryConsent.objects.values_list("use", flat=True)) == ["training"]
        dev.post(address, {})
        assert StoryConsent.objects.count() == 0

    def test_takes_no_text_and_is_seen_by_the_facilitators_of_that_round(self, client, found):
        stories.allow(storyteller=found.devs, uses=["theme"], now=NOON)
        client.force_login(found.world.ada)
        page = client.get(reverse("round_storyteller", args=[found.round.pk, found.devs.pk]))
        assert "What they allow “A facilitator may keep the theme for later Rounds" in words_of(page)
        assert "since 3 March" in words_of(page)
        assert "What they wrote" not in words_of(page)

    def test_nothing_is_allowed_by_itself(self, dev, found):
        page = dev.get(to_story(found.devs))
        assert page.context["allowing"].initial == {"uses": []}
        dev.post(to_story(found.devs), {"text": WORDS, "version": 0})
        assert StoryConsent.objects.count() == 0

    def test_stepping_back_takes_it_along(self, found):
        stories.allow(storyteller=found.devs, uses=["theme", "training"], now=NOON)
        panel.step_back(storyteller=found.devs)
        assert StoryConsent.objects.count() == 0


def test_as_many_queries_for_three_readers_as_for_one(dev, found):
    write(found.devs)
    counts = []
    for _ in range(3):
        person = TeamMemberFactory(round=found.round).person
        share(found.devs, person)
        dev.get(to_story(found.devs))
        with CaptureQueriesContext(connection) as queries:
            dev.get(to_story(found.devs))
        counts.append(len(queries))
    assert counts[0] == counts[2]
    assert version_of(found.devs) == 1
