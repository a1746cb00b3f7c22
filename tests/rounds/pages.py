"""What a reader gets from a page: its words, its buttons, its tab; and Rounds as others left them."""

import re
from html import unescape

from django.urls import reverse

from rounds.actions import registration
from rounds.states import Way
from tests.factories.members import PersonFactory
from tests.worlds import NOON


def main_of(response):
    """The HTML between <main> and </main>: without the header, the bar and the foot."""
    return re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL).group()


def words_of(response):
    return plain(main_of(response))


def plain(html):
    """Without the room that a tag leaves before a comma."""
    bare = re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split()).replace(" ,", ",")


def buttons_of(response):
    return [plain(button) for button in re.findall(r"<button.*?</button>", main_of(response), re.DOTALL)]


def tab_of(response):
    return plain(re.search(r"<title>.*?</title>", response.content.decode(), re.DOTALL).group())


def headings_of(response):
    return [plain(heading) for heading in re.findall(r"<h[23].*?</h[23]>", main_of(response), re.DOTALL)]


def page_of(round, name="round_page"):
    return reverse(name, args=[round.pk])


def fill(round, people=1, way=Way.IN_PERSON):
    return [registration.book(round=round, person=PersonFactory(), way=way, now=NOON) for _ in range(people)]
