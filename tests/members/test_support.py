"""Someone to talk to: the national numbers, what the system adds and what the reader's own employer offers."""

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import Organisation, System
from rounds_site.kit.templatetags.support import lines_of_support
from tests.factories.members import MembershipFactory, OrganisationFactory, PersonFactory, SystemFactory
from tests.factories.rounds import BookingFactory, RoundFactory, StorytellerFactory
from tests.rounds.pages import words_of
from tests.worlds import small_world

pytestmark = pytest.mark.django_db
NATIONAL = ("116 123", "85258", "111, option 2", "999")


@pytest.fixture
def world():
    world = small_world()
    System.objects.update(support_text="Staff support: 01632 960 001, weekdays", short_name="North Vale")
    Organisation.objects.filter(pk=world.elmbridge.pk).update(
        support_text="The chaplain: ext. 12\nOur own line: 01632 960 077"
    )
    Organisation.objects.filter(pk=world.quarry_lane.pk).update(support_text="Somebody at the quarry")
    world.round = RoundFactory(system=world.system, partners=[world.elmbridge], host_organisation=world.quarry_lane)
    return world


def test_who_has_a_place_reads_what_their_own_employer_offers_and_never_another(client, world):
    BookingFactory(round=world.round, person=world.ben)
    client.force_login(world.ben)
    page = client.get(reverse("round_page", args=[world.round.pk]))
    words = words_of(page)
    for line in (*NATIONAL, "Staff support: 01632 960 001", "The chaplain: ext. 12", "01632 960 077"):
        assert line in words
    assert "quarry" not in words
    assert '<a href="tel:01632960077">01632 960 077</a>' in page.content.decode()


def test_who_is_not_signed_in_reads_what_stands_for_all(client, world):
    for name in ("what_happens", "support", "feedback", "feedback_given"):
        words = words_of(client.get(reverse(name)))
        for line in (*NATIONAL, "Staff support: 01632 960 001"):
            assert line in words, name
        assert "chaplain" not in words


def test_of_several_systems_each_reader_sees_their_own_and_a_round_its_own(client, world):
    far = SystemFactory(name="Far Dale", short_name="Far Dale", support_text="Dale line 01632 960 999")
    System.objects.filter(pk=far.pk).update(concern_text="The Dale lead", created_at=timezone.now())
    zoe = PersonFactory(works_for=OrganisationFactory(system=far))
    client.force_login(zoe)
    words = words_of(client.get(reverse("what_happens")))
    assert ["Dale line" in words, "Staff support: 01632 960 001" in words] == [True, False]
    MembershipFactory(person=zoe, organisation=world.elmbridge)
    words = words_of(client.get(reverse("what_happens")))
    assert ["Dale line" in words, "Staff support: 01632 960 001" in words] == [True, True]
    asked = StorytellerFactory(round=RoundFactory(system=far), person=world.ben)
    client.force_login(world.ben)
    words = words_of(client.get(reverse("preparation", args=[asked.pk])))
    assert ["Dale line" in words, "Ring: The Dale lead" in words, "01632 960 001" in words] == [True, True, False]


def test_the_thank_you_of_feedback_is_the_same_for_whoever_is_signed_in(client, world):
    before = words_of(client.get(reverse("feedback_given")))
    client.force_login(world.ben)
    assert words_of(client.get(reverse("feedback_given"))) == before


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("Chaplain: 01632 960 001, all day", 'Chaplain: <a href="tel:01632960001">01632 960 001</a>, all day'),
        ("+44 (0)1632 960001", '<a href="tel:+441632960001">+44 (0)1632 960001</a>'),
        ("Text SHOUT to 85258", "Text SHOUT to 85258"),
        ("extension 12, rooms 3 to 5", "extension 12, rooms 3 to 5"),
        (
            "https://help.example/1234567890",
            '<a href="https://help.example/1234567890" rel="nofollow">https://help.example/1234567890</a>',
        ),
        ("<b>Ring</b>", "&lt;b&gt;Ring&lt;/b&gt;"),
    ],
)
def test_numbers_can_be_tapped_and_nothing_is_markup(line, html):
    assert lines_of_support(f"\n{line}\r\n  \n") == [html]
