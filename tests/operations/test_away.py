"""What somebody reads when a part is away is honest and clear, and whoever runs the portal hears of it: no room on
the disk, no Redis."""

import socket
import sqlite3

import pytest
from django.db import OperationalError
from django.urls import path
from redis.exceptions import ConnectionError as RedisIsAway
from redis.exceptions import TimeoutError as RedisIsSilent

from rounds_site import settings as real_settings
from rounds_site.away import is_away
from rounds_site.caching import RedisCache
from rounds_site.urls import urlpatterns as portal_urls

CANNOT = "The portal cannot do that at the moment"


def no_room(request):
    raise OSError(28, "No space left on device")


def redis_is_away(request):
    raise RedisIsAway("Error 111 connecting to 127.0.0.1:6379")


def our_own_fault(request):
    raise ZeroDivisionError


handler500 = "rounds_site.away.fault"
urlpatterns = [path("full/", no_room), path("redis/", redis_is_away), path("fault/", our_own_fault), *portal_urls]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["/full/", "/redis/"])
def test_is_said_to_be_away_and_is_logged(client, address, caplog):
    client.raise_request_exception = False
    answer = client.get(address)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "no-store")
    assert CANNOT in answer.text
    assert [record.status_code for record in caplog.records if record.name == "django.request"] == [503]


@pytest.mark.urls(__name__)
def test_a_fault_of_our_own_is_no_absence(client):
    client.raise_request_exception = False
    answer = client.get("/fault/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


def test_a_misspelt_table_is_no_absence_and_a_full_disk_is(tmp_path):
    file = sqlite3.connect(tmp_path / "small.sqlite3")
    file.execute("CREATE TABLE words (said TEXT)")
    file.execute("PRAGMA max_page_count = 3")
    assert not is_away(raised_by(file, "SELECT * FROM wrods"))
    assert is_away(raised_by(file, f"INSERT INTO words VALUES ('{'x' * 90_000}')"))
    file.close()


def test_a_full_disk_of_postgresql_is_an_absence():
    assert is_away(OperationalError("could not extend file: No space left on device"))


def test_a_redis_that_takes_calls_and_says_nothing_is_away_before_anybody_waits_for_long():
    """As the settings of a real portal have it; without a limit this would wait for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        cache = RedisCache(where, {"OPTIONS": real_settings._redis_in_time})
        with pytest.raises(RedisIsSilent) as raised:
            cache.get("seen")
    assert is_away(raised.value)


def raised_by(file, statement):
    try:
        file.execute(statement)
    except sqlite3.OperationalError as error:
        raised = OperationalError(str(error))
        raised.__cause__ = error
        return raised
