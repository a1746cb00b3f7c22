"""Half an hour without a request ends a session, and so do twelve hours; the database learns no minute of it."""

import datetime as dt

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches

from members import current
from members.tasks import forget_sessions
from tests.factories.members import PersonFactory

pytestmark = pytest.mark.django_db

NINE = dt.datetime(2027, 3, 3, 9, 20, 31, tzinfo=dt.UTC)
SIGNED_OUT = "You were signed out, because nothing had happened for 30 minutes."


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NINE, tick=False)

    def later(**passed):
        time_machine.shift(dt.timedelta(**passed))

    return later


@pytest.fixture
def ben(client, clock):
    person = PersonFactory(name="Ben Booker")
    client.force_login(person)
    return person


def is_signed_in(client):
    return client.get("/your-details/").status_code == 200


def test_whoever_comes_back_within_half_an_hour_stays(client, ben, clock):
    for _ in range(3):
        clock(minutes=29, seconds=59)
        assert is_signed_in(client)


def test_after_half_an_hour_they_are_signed_out_and_told(client, ben, clock):
    clock(minutes=30)
    answer = client.get("/your-details/", follow=True)
    assert answer.redirect_chain == [("/account/login/code/?next=/your-details/", 302)]
    assert SIGNED_OUT in answer.content.decode()
    assert SIGNED_OUT not in client.get("/account/login/code/").content.decode()


def test_a_form_sent_too_late_is_said_to_be_lost(client, ben, clock):
    clock(minutes=31)
    client.post("/your-details/", {"name": "Benjamin Booker"})
    ben.refresh_from_db()
    assert ben.name == "Ben Booker"
    client.force_login(ben)
    assert "Nothing was saved" in client.get("/your-details/").content.decode()


def test_looking_how_long_is_left_puts_nothing_off(client, ben, clock):
    clock(minutes=20)
    assert client.get("/account/session/").json() == {"left": 600}
    clock(minutes=5)
    assert client.get("/account/session/").json() == {"left": 300}
    clock(minutes=5)
    assert client.get("/account/session/").json() == {"left": 0}
    assert not is_signed_in(client)


def test_staying_puts_the_end_off(client, ben, clock):
    clock(minutes=29)
    assert client.post("/account/session/").json() == {"left": 1800}
    clock(minutes=29)
    assert is_signed_in(client)


def test_what_follows_within_ten_seconds_is_not_noted_anew(client, ben, clock):
    clock(seconds=10)
    assert is_signed_in(client)
    assert client.get("/account/session/").json() == {"left": 1800}
    clock(seconds=9)
    assert is_signed_in(client)
    assert client.get("/account/session/").json() == {"left": 1791}
    clock(seconds=1)
    assert is_signed_in(client)
    assert client.get("/account/session/").json() == {"left": 1800}


def test_a_stranger_has_nothing_left(client):
    assert client.get("/account/session/").json() == {"left": 0}


def test_after_twelve_hours_one_signs_in_anew_however_busy(client, ben, clock):
    for _ in range(24):
        clock(minutes=29)
        client.get("/account/session/")
        client.post("/account/session/")
    assert is_signed_in(client)
    clock(minutes=29)
    assert not is_signed_in(client)


def test_the_end_stands_at_a_full_hour_and_no_time_in_what_is_kept(client, ben):
    session = Session.objects.get()
    assert session.expire_date == dt.datetime(2027, 3, 3, 21, 0, tzinfo=dt.UTC)
    kept = str(session.get_decoded())
    for trace in (str(int(NINE.timestamp())), "9:20", "account_authentication_methods"):
        assert trace not in kept


def test_an_emptied_cache_signs_everybody_out_and_harms_nothing(client, ben):
    caches["clock"].clear()
    assert not is_signed_in(client)


def test_what_the_cache_holds_names_nobody_and_ends_by_itself(client, ben, clock):
    client.get("/your-details/")
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    held = " ".join(path.name + path.read_bytes().decode("latin-1") for path in caches_files())
    assert key not in held
    assert str(ben.pk) not in held
    clock(hours=1)
    request = type("Request", (), {"session": client.session})()
    assert current.recall(request, "seen") is None


def caches_files():
    return list(settings.CACHES["clock"]["LOCATION"].glob("*"))


def test_the_page_carries_the_warning_for_whoever_is_signed_in(client, ben):
    assert 'data-rd-idle="/account/session/"' in client.get("/your-details/").content.decode()
    client.logout()
    assert "data-rd-idle" not in client.get("/support/").content.decode()


def test_of_a_session_that_has_ended_nothing_is_left(client, ben, clock):
    forget_sessions()
    assert Session.objects.count() == 1
    clock(hours=12)
    forget_sessions()
    assert Session.objects.count() == 0


def test_of_clocks_that_have_lapsed_no_file_is_left_and_the_others_stay(client, ben, clock):
    """Or Django takes some away by itself once there are very many: any, those of whoever is signed in among them."""
    clock(minutes=25)
    elsewhere = type(client)()
    elsewhere.force_login(ben)
    assert len(caches_files()) == 4
    clock(minutes=8)
    forget_sessions()
    assert len(caches_files()) == 2
    assert is_signed_in(elsewhere)


def test_signing_out_everywhere_ends_every_session(client, ben):
    elsewhere = type(client)()
    elsewhere.force_login(ben)
    client.get("/your-details/ways-in/end/")
    assert is_signed_in(elsewhere)
    client.post("/your-details/ways-in/end/")
    assert not is_signed_in(elsewhere)
    assert not is_signed_in(client)
