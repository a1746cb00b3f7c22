"""`python -m tests.panel.saving STORYTELLER NAME TIMES`: a process of its own that saves a story again and again."""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from rounds.actions import stories  # noqa: E402
from rounds.models import Storyteller  # noqa: E402
from rounds_site.kit.refusals import Refused  # noqa: E402


def save(storyteller, text):
    """As somebody who opens the page again where another window was quicker."""
    while True:
        _, version = stories.read(storyteller)
        try:
            return stories.write(storyteller=storyteller, text=text, seen_version=version, now=timezone.now())
        except Refused:
            continue


if __name__ == "__main__":
    key, name, times = sys.argv[1:]
    teller = Storyteller.objects.select_related("person", "round").get(pk=key)
    for number in range(int(times)):
        save(teller, f"{name} {number} " + name * 500)
