"""What organisers type and read when they change a Round."""

import datetime as dt
import html
import re
from zoneinfo import ZoneInfo

from django.urls import reverse

from tests.factories.rounds import RoundFactory

LONDON = ZoneInfo("Europe/London")
WEDNESDAY = dt.datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)
MARKUP = "<script>alert(1)</script>"


def make(world, **fields):
    usual = {"system": world.system, "facilitators": [world.ada], "partners": [world.elmbridge], "venue": world.room}
    return RoundFactory(**usual | {"starts_at": WEDNESDAY, "title": "Thrown in"} | fields)


def when(day="5 8 2027", starts="12:30pm", ends="1:30pm"):
    return dict(zip(["day_day", "day_month", "day_year"], day.split(), strict=True)) | {"starts": starts, "ends": ends}


def where(world, **changes):
    return {"room": str(world.room.pk), "places": "60"} | changes


def to(round, what, verb="round_change_to"):
    return reverse(verb, args=[round.pk, what])


def preview_in(answer):
    return html.unescape(re.search(r'name="preview" value="([^"]+)"', answer.content.decode()).group(1))


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def errors(answer):
    return [sentence for wrong in answer.context["form"].errors.values() for sentence in wrong]


def moved(client, round, what, typed):
    """Through the preview to the end, at once."""
    preview = preview_in(client.post(to(round, what), typed, follow=True))
    return client.post(to(round, what, "confirm_change"), {"preview": preview})
