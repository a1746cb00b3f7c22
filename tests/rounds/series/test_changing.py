"""This Round and all later ones of its series."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import Delivery
from rounds.actions import scheduling, series
from rounds.models import Round, TeamMember, Venue
from rounds.states import RoundState
from rounds_site.kit.refusals import Refused
from tests.factories.members import RoleGrantFactory
from tests.factories.rounds import StorytellerFactory
from tests.rounds.pages import words_of
from tests.rounds.planning.answering import LONDON
from tests.worlds import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def rounds(make_series):
    made = make_series()
    return list(made.rounds.order_by("starts_at"))


def address(round, what):
    return reverse("round_series_change", args=[round.pk, what])


def preview(client, round, what, **typed):
    return client.post(address(round, what), typed, follow=True)


def confirm(client, round, what, page, *, but=()):
    html = page.content.decode()
    token = re.search(r'name="typed" value="([^"]+)"', html).group(1)
    keys = re.findall(r'name="rounds"[^>]* value="([^"]+)"|value="([^"]+)"[^>]* name="rounds"', html)
    keys = [a or b for a, b in keys]
    skipped = {str(each.pk) for each in but}
    chosen = [key for key in keys if key.partition(":")[0] not in skipped]
    return client.post(address(round, what), {"typed": token, "rounds": chosen})


def clock(rounds):
    return [f"{each.starts_at.astimezone(LONDON):%H:%M}" for each in Round.objects.order_by("starts_at")]


class TestTimes:
    def test_whoever_goes_back_finds_which_rounds_change_until_they_have(self, ada, rounds):
        there = ada.post(address(rounds[1], "time"), {"starts": "5pm", "ends": "6pm"}).url
        page = ada.get(there)
        assert "From now on 5pm to 6pm" in words_of(page)
        assert words_of(ada.get(there)) == words_of(page)
        confirm(ada, rounds[1], "time", page)
        assert not ada.get(there).context["form"].is_bound

    def test_of_this_and_all_later_ones(self, ada, rounds):
        page = preview(ada, rounds[1], "time", starts="5pm", ends="6pm")
        assert "From now on 5pm to 6pm" in words_of(page)
        assert "Now 12:30pm to 1:30pm" in words_of(page)
        assert clock(rounds) == ["12:30"] * 4
        answer = confirm(ada, rounds[1], "time", page)
        assert answer.url == reverse("round_series", args=[rounds[1].pk])
        assert clock(rounds) == ["12:30", "17:00", "17:00", "17:00"]
        last = Round.objects.order_by("starts_at").last()
        assert last.booking_closes_at == dt.datetime(2027, 11, 8, 17, tzinfo=LONDON)
        assert "3 Rounds are changed. No invitation has gone, so only people" in words_of(ada.get(answer.url))

    def test_whoever_is_prepared_has_news_and_the_page_says_the_same_without_them(self, ada, rounds):
        said = "No invitation has gone, so only people whom its facilitators prepare hear of it."
        assert said in words_of(preview(ada, rounds[0], "time", starts="5pm", ends="6pm"))
        teller = StorytellerFactory(round=rounds[0])
        page = preview(ada, rounds[0], "time", starts="5pm", ends="6pm")
        assert said in words_of(page)
        answer = confirm(ada, rounds[0], "time", page)
        assert said in words_of(ada.get(answer.url))
        assert list(Delivery.objects.values_list("kind", "about")) == [("news", teller.pk)]

    def test_one_that_is_unticked_stays(self, ada, rounds):
        page = preview(ada, rounds[0], "time", starts="5pm", ends="6pm")
        confirm(ada, rounds[0], "time", page, but=[rounds[2]])
        assert clock(rounds) == ["17:00", "17:00", "12:30", "17:00"]

    def test_one_that_was_moved_keeps_its_day(self, ada, world, rounds):
        other = dt.datetime(2027, 9, 16, 12, 30, tzinfo=LONDON)
        changes = {"starts_at": other, "ends_at": other + dt.timedelta(hours=1)}
        scheduling.move(round=rounds[1], changes=changes, seen_version=1, by=world.ada, now=NOON)
        confirm(ada, rounds[0], "time", preview(ada, rounds[0], "time", starts="5pm", ends="6pm"))
        rounds[1].refresh_from_db()
        assert rounds[1].starts_at == dt.datetime(2027, 9, 16, 17, 0, tzinfo=LONDON)

    def test_one_that_is_published_is_never_touched(self, ada, world, rounds):
        scheduling.publish(round=rounds[1], by=world.ada, now=NOON)
        page = preview(ada, rounds[0], "time", starts="5pm", ends="6pm")
        assert "It is published, and people may have been told." in words_of(page)
        confirm(ada, rounds[0], "time", page)
        assert clock(rounds) == ["17:00", "12:30", "17:00", "17:00"]
        assert Delivery.objects.count() == 0

    def test_one_that_is_published_meanwhile_stops_all(self, ada, world, rounds):
        page = preview(ada, rounds[0], "time", starts="5pm", ends="6pm")
        scheduling.publish(round=rounds[3], by=world.ada, now=NOON)
        answer = confirm(ada, rounds[0], "time", page)
        assert "One of the Rounds has changed since you looked." in words_of(answer)
        assert clock(rounds) == ["12:30"] * 4

    def test_one_that_moved_meanwhile_stops_all(self, ada, world, rounds):
        page = preview(ada, rounds[0], "time", starts="5pm", ends="6pm")
        other = dt.datetime(2027, 9, 16, 12, 30, tzinfo=LONDON)
        changes = {"starts_at": other, "ends_at": other + dt.timedelta(hours=1)}
        scheduling.move(round=rounds[1], changes=changes, seen_version=1, by=world.ada, now=NOON)
        assert "has changed since you looked" in words_of(confirm(ada, rounds[0], "time", page))
        assert clock(rounds) == ["12:30"] * 4

    def test_what_would_change_nothing_says_so(self, ada, rounds):
        assert "Nothing would change." in words_of(preview(ada, rounds[0], "time", starts="12:30pm", ends="1:30pm"))

    def test_what_was_typed_is_of_this_person_round_and_change(self, ada, rounds):
        page = preview(ada, rounds[0], "time", starts="5pm", ends="6pm")
        token = re.search(r'name="typed" value="([^"]+)"', page.content.decode()).group(1)
        keys = [f"{each.pk}:1" for each in rounds]
        ada.post(address(rounds[1], "time"), {"typed": token, "rounds": keys})
        ada.post(address(rounds[0], "title"), {"typed": token, "rounds": keys})
        assert clock(rounds) == ["12:30"] * 4


def test_the_refusal_under_the_lock_changes_nothing(world, rounds):
    """As for two who press at once: the page of the second was right when it was drawn."""
    scheduling.publish(round=rounds[2], by=world.ada, now=NOON)
    with pytest.raises(Refused, match="Tuesday 12 October 2027: It has changed since you looked"):
        series.change_rest(rounds=rounds, change=series.Times(dt.time(17), dt.time(18)), by=world.ada, now=NOON)
    assert clock(rounds) == ["12:30"] * 4


def test_another_room_that_is_made_once(ada, world, rounds):
    new = {"room": "new", "new_name": "Chapel", "new_organisation": str(world.elmbridge.pk), "places": "30"}
    confirm(ada, rounds[2], "where", preview(ada, rounds[2], "where", **new))
    chapel = Venue.objects.get(name="Chapel")
    found = Round.objects.order_by("starts_at").values_list("venue", "places")
    assert list(found) == [(world.room.pk, 60)] * 2 + [(chapel.pk, 30)] * 2


def test_a_room_too_small_is_said_and_typing_kept(ada, rounds, world):
    page = preview(ada, rounds[0], "where", room=str(world.room.pk), places="90")
    assert "The room takes 80." in words_of(page)
    assert 'value="90"' in page.content.decode()


def test_the_title(ada, rounds):
    confirm(ada, rounds[2], "title", preview(ada, rounds[2], "title", title="What [month] asked of us"))
    titles = list(Round.objects.order_by("starts_at").values_list("title", flat=True))
    assert titles[1:3] == ["Schwartz Round in September", "What October asked of us"]
    rounds[0].series.refresh_from_db()
    assert rounds[0].series.title == "What [month] asked of us"


def test_who_facilitates_and_only_where_one_does(ada, world, rounds):
    scheduling.name_facilitators(round=rounds[3], facilitators=[world.ben], by=world.ada, now=NOON)
    both = [str(world.ada.pk), str(world.ben.pk)]
    page = preview(ada, rounds[0], "team", facilitators=both)
    confirm(ada, rounds[0], "team", page)
    teams = [TeamMember.objects.filter(round=each).count() for each in rounds]
    assert teams == [2, 2, 2, 1]


class TestPages:
    def test_lists_its_rounds_and_leads_to_each(self, ada, rounds):
        page = words_of(ada.get(reverse("round_series", args=[rounds[0].pk])))
        assert "The second Tuesday of every month, not in August, not on bank holidays" in page
        assert "Tuesday 14 September 2027 12:30pm to 1:30pm. Schwartz Round in September. Planned" in page
        for name in ("round_details", "round_change"):
            assert (
                reverse("round_series", args=[rounds[0].pk])
                in ada.get(reverse(name, args=[rounds[0].pk])).content.decode()
            )

    def test_of_a_round_without_a_series_there_is_none(self, ada, world, rounds):
        Round.objects.filter(pk=rounds[0].pk).update(series=None)
        assert ada.get(reverse("round_series", args=[rounds[0].pk])).status_code == 404
        assert ada.get(address(rounds[0], "time")).status_code == 404
        assert ada.get(address(rounds[1], "nonsense")).status_code == 404

    def test_staff_are_refused_and_administrators_name_no_team(self, client, world, rounds):
        Round.objects.update(state=RoundState.PUBLISHED, published_at=NOON)
        client.force_login(world.ben)
        assert client.get(reverse("round_series", args=[rounds[0].pk])).status_code == 403
        RoleGrantFactory(person=world.cleo, role="administrator", system=world.system)
        client.force_login(world.cleo)
        page = client.get(reverse("round_series", args=[rounds[0].pk]))
        assert page.status_code == 200
        assert "Who facilitates" not in words_of(page)
        assert client.get(address(rounds[0], "team")).status_code == 403

    def test_costs_the_same_for_three_rounds_as_for_one(self, ada, rounds):
        def cost():
            with CaptureQueriesContext(connection) as asked:
                ada.get(reverse("round_series", args=[rounds[0].pk]))
            return len(asked)

        many = cost()
        Round.objects.filter(pk__in=[each.pk for each in rounds[1:]]).update(series=None)
        assert cost() == many
