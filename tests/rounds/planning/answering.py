"""The questions of a plan, and a tab in which they are answered."""

from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from django.urls import reverse

LONDON = ZoneInfo("Europe/London")
MARKUP = "<script>alert(1)</script> & “quotes”"


def date(day, name="day"):
    return dict(zip([f"{name}_day", f"{name}_month", f"{name}_year"], day.split(), strict=True))


def answers(world, **steps):
    """What is typed on each page for a Round that can be saved; a step given is typed instead."""
    return {
        "about": {"title": "Thrown in at the deep end", "subject": "theme", "about": "The first shift alone."},
        "format": {"format": "in_person"},
        "when": {**date("4 8 2027"), "starts": "12:30pm", "ends": "1:30pm"},
        "where": {"room": str(world.room.pk)},
        "who": {"host": "system", "partners": [str(world.elmbridge.pk), str(world.quarry_lane.pk)]},
        "places": {"places": "60", "food": "Lunch from 12:15pm"},
        "booking": {
            **date("3 3 2027", "opens_day"),
            "opens": "9am",
            **date("3 8 2027", "closes_day"),
            "closes": "5pm",
            "reminders": ["7", "1"],
        },
        "team": {"facilitators": [str(world.ada.pk), str(world.ben.pk)]},
    } | steps


class Tab:
    """One tab of a browser in which a Round is planned; it follows redirects by hand, as far as asked."""

    def __init__(self, client):
        self.client, self.url = client, reverse("plan_round", args=["about"])

    def post(self, data):
        self.answer = self.client.post(self.url, data)
        if self.answer.status_code == 302:
            self.url = self.answer.url
        return self.answer

    def get(self):
        self.answer = self.client.get(self.url, follow=True)
        return self.answer

    @property
    def step(self):
        return urlsplit(self.url).path.split("/")[-2]

    @property
    def draft(self):
        return parse_qs(urlsplit(self.url).query)["draft"][0]

    def to(self, step, typed):
        """Answer every question before this one."""
        for name, data in typed.items():
            if name == step:
                break
            assert self.step == name, errors(self.answer)
            self.post(data)
        assert self.step == step, errors(self.answer)
        return self


def errors(answer):
    return [sentence for wrong in answer.context["form"].errors.values() for sentence in wrong]
