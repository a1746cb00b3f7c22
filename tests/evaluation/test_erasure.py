"""Erasing an account: what goes, what stays as a count, and that the name is found nowhere afterwards."""

import io
import zlib
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.test import Client

from evaluation.models import Attendance, Folded
from members.actions import correspondence, erasure, invitations, people, retention
from members.models import Delivery, Person, RoleGrant, SecurityEvent
from members.models.audit import Act
from members.registry import holdings
from rounds.models import Booking, Round, Storyteller, TeamMember
from rounds.states import BookingState
from rounds_site.kit.refusals import Refused
from tests.evaluation.whole_life import EMAIL, HOME, NAME, live
from tests.factories.members import PersonFactory, RoleGrantFactory
from tests.factories.rounds import RoundFactory, StorytellerFactory
from tests.rounds.pages import words_of
from tests.rounds.traces import places_naming
from tests.worlds import NOON, small_world

pytestmark = pytest.mark.django_db
PAGE = "/your-details/erase/"


@pytest.fixture(autouse=True)
def at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def world():
    return small_world()


@pytest.fixture
def life(world):
    return live(world)


def erase(person, by=None):
    erasure.erase(person=person, by=by or person, now=NOON)


def send():
    mail.outbox.clear()
    while correspondence.dispatch(now=NOON):
        pass
    return mail.outbox


def test_the_name_is_found_nowhere_in_either_database_nor_beside_them(client, world, life):
    """A session of theirs, letters on their way, a code that was asked for and a limit that was counted among them."""
    person, *_ = life
    Client().post("/account/login/code/", {"email": EMAIL})
    client.force_login(person)
    client.get("/your-details/")
    # Written to a further address of theirs, as to anybody's: the row knows no person.
    invitations.invite(organisation=world.elmbridge, email=HOME, by=world.ada, now=NOON)
    found = places_naming("zebedee", "quillon", EMAIL, HOME)
    assert len(found) > 5
    key = person.pk
    erase(person)
    [last] = [letter for letter in send() if letter.to == [EMAIL]]
    retention.forget("last_letters", now=NOON)
    assert last.subject == "Your account in the Rounds portal is erased"
    assert (NAME in last.body, "Quillon" in last.body) == (False, False)
    assert places_naming("zebedee", "quillon", EMAIL, HOME) == {}
    assert set(places_naming(key)) == {("default", "members_securityevent"), ("default", "members_careentry")}
    assert "zebedee" not in " ".join(map(str, files_and_caches()))


@pytest.mark.parametrize(
    ("kept", "stays"),
    [
        (lambda na: {"account_login": {"state": {"email": "anna@x.example"}}}, True),
        (lambda na: {"account_login": {"state": [{"email": "Na@x.example"}]}}, False),
        (lambda na: {"_messages": '[["__json_message",0,25,"We have sent a code to na@x.example.",""]]'}, False),
        (lambda na: {"_messages": '[["__json_message",0,25,"We have sent a code to anna@x.example.",""]]'}, True),
        (lambda na: {"_auth_user_id": str(na.pk)}, False),
    ],
)
def test_the_session_of_somebody_whose_address_ends_alike_stays(world, kept, stays):
    na = PersonFactory(email="na@x.example")
    session = SessionStore()
    session.update(kept(na))
    session.save()
    erase(na)
    assert SessionStore().exists(session.session_key) is stays


def files_and_caches():
    """What lies beside the databases: the queue, the mail folder, both caches."""
    yield str(caches["default"]._cache).lower()
    for folder in (settings.VAR_DIR / "queue", settings.MAIL_DIR, Path(caches["clock"]._dir)):
        yield from (opened(path).lower() for path in folder.rglob("*") if path.is_file())


def opened(path):
    """The cache keeps its files packed, behind the moment at which they end."""
    content = path.read_bytes()
    begins = content.find(b"\x78\x9c")
    return str(content + zlib.decompress(content[begins:])) if path.suffix == ".djcache" else str(content)


def test_the_place_goes_to_the_next_and_the_rest_leaves_no_row(world, life):
    person, _, past = life
    erase(person)
    places = Booking.objects.order_by("queue_number").values_list("round__title", "person__name", "state")
    assert list(places) == [("Ahead", world.ben.name, BookingState.OFFERED)]
    assert list(past.panel.values_list("person__name", flat=True)) == [world.cleo.name]
    assert set(TeamMember.objects.order_by().values_list("person", flat=True)) == {world.ada.pk}
    assert Round.objects.filter(planned_by=None).count() == 2
    assert RoleGrant.objects.filter(person__name=world.cleo.name).count() == 1


def test_the_ticks_of_an_open_register_stay_as_many(life):
    person, _, past = life
    erase(person)
    rows = Attendance.objects.filter(round=past, person=None)
    assert Attendance.objects.filter(round=past).count() == 2
    assert list(rows.values_list("name", "organisation", "staff_group", "first_round")) == [("", None, "", True)]


def test_of_a_round_that_stands_in_the_tallies_the_row_goes(life):
    person, _, past = life
    Folded.objects.create(round=past)
    erase(person)
    assert Attendance.objects.filter(round=past).count() == 1


def test_the_log_says_that_it_was_done_and_not_to_whom(life):
    person, *_ = life
    key = person.pk
    erase(person)
    rows = SecurityEvent.objects.filter(by=key).order_by("act")
    assert [row.act for row in rows] == [Act.ACCOUNT_ERASED, Act.ROLE_GIVEN, Act.ROLE_LAPSED]
    assert rows[0].about == str(key)
    assert not Person.objects.filter(pk=key).exists()


def test_of_plain_staff_no_more_is_logged_than_that_somebody_erased_an_account(world):
    erase(world.ben)
    assert list(SecurityEvent.objects.values_list("act", flat=True)) == [Act.ACCOUNT_ERASED]


def test_the_only_administrator_and_the_only_facilitator_are_asked_to_name_another_first(client, world):
    olu = RoleGrantFactory(person=PersonFactory(name="Olu"), role="administrator", system=world.system).person
    RoundFactory(title="Alone", system=world.system, facilitators=[olu])
    client.force_login(olu)
    told = words_of(client.get(PAGE))
    assert "You are the only administrator of North Vale" in told
    assert "Nobody else runs the Round “Alone”" in told
    with pytest.raises(Refused):
        erase(olu)
    client.post(PAGE, {"erase": "erase"})
    assert Person.objects.filter(pk=olu.pk).exists()


def test_a_guest_who_was_only_asked_to_tell_a_story_goes_whole(world):
    teller = StorytellerFactory(round=RoundFactory(system=world.system), person=PersonFactory(name="Tola Teller"))
    person = teller.person
    erase(person)
    assert (Storyteller.objects.count(), Person.objects.filter(pk=person.pk).exists()) == (0, False)
    assert [letter.to for letter in send()] == [[person.email]]


# --- The page -----------------------------------------------------------------------------------


def test_it_takes_the_word_and_signs_out_everywhere(client, world):
    client.force_login(world.ben)
    elsewhere = Client()
    elsewhere.force_login(world.ben)
    for word in ({}, {"erase": ""}, {"erase": "yes"}):
        assert client.post(PAGE, word).status_code == 200
    assert Person.objects.filter(pk=world.ben.pk).exists()
    answer = client.post(PAGE, {"erase": " Erase "}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "Your account is erased." in words_of(answer)
    assert not Person.objects.filter(pk=world.ben.pk).exists()
    for device in (client, elsewhere):
        assert device.get("/your-details/")["Location"].startswith("/account/login/code/")


@pytest.mark.postgres
def test_with_the_rights_of_the_web_server_all_is_shown_and_all_goes(client, life, as_web_role):
    """Under row-level security, too, where one forgotten word would leave rows behind."""
    person, _, past = life
    client.force_login(person)
    with as_web_role():
        shown = client.get("/your-details/all-we-hold/file/").json()
        done = client.post(PAGE, {"erase": "erase"})
    assert {each["name"] for each in shown["held"]} == {each.name for each in holdings}
    assert done["Location"] == "/"
    assert places_naming("zebedee", "quillon") == {("default", "members_delivery"): 1}
    assert Attendance.objects.filter(round=past).count() == 2


def test_the_preview_says_what_goes_and_what_stays(client, life):
    person, *_ = life
    client.force_login(person)
    told = words_of(client.get(PAGE))
    for words in ("Places and waiting lists: 2 entries", "Telling a story", "Counts and rounded figures", "backups"):
        assert words in told


def test_whoever_comes_again_is_a_stranger(world):
    key, email = world.ben.pk, world.ben.email
    erase(world.ben)
    again = people.add_person(email=email, name="Ben Booker", trusted=True)
    assert again.pk != key
    assert (again.memberships.count(), again.letters_to, EmailAddress.objects.filter(email=email).count()) == (0, "", 1)


def test_the_row_of_the_last_letter_goes_once_it_has_left(world):
    erase(world.ben)
    assert retention.forget("last_letters", now=NOON) == 0
    send()
    assert retention.forget("last_letters", now=NOON) == 1
    assert not Delivery.objects.exists()


# --- The command --------------------------------------------------------------------------------


def command(*arguments):
    out = io.StringIO()
    call_command("erase_person", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_shows_first_and_erases_only_for_good(world):
    email = world.ben.email
    assert "Nothing was erased. Add --for-good" in command(email)
    assert Person.objects.filter(email=email).exists()
    assert "Erased." in command(email, "--for-good")
    assert not Person.objects.filter(email=email).exists()
    assert SecurityEvent.objects.get().by is None
    with pytest.raises(CommandError, match="Nobody here has that address"):
        command(email)


def test_the_command_refuses_what_the_page_refuses(world):
    olu = RoleGrantFactory(role="administrator", system=world.system).person
    with pytest.raises(CommandError, match="the only administrator"):
        command(olu.email, "--for-good")
