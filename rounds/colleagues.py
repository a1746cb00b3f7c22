"""Whose name stands in a text: looked up where the text is read, for ``rounds.recognition``."""

from members.models import Membership
from rounds.recognition.people import words_of


def names_in(text, system, *, on) -> set[str]:
    """Full names of people who work in the system that day and of whose names at least one word stands in the text, for
    ``hints(text, names=…)``.

    They never leave the server, and no page, script, log or cache holds them. What leaves is the mark around words that
    whoever wrote the text has written, so nobody learns more of who works here than that.

    One query, which reads all names of the system: neither database knows that Zoë and Zoe are one. So ask once, for
    all the texts of a page.
    """
    here = words_of(text)
    if not here:
        return set()
    jobs = Membership.objects.within(system, on=on).in_force(on).exclude(person__name="")
    return {name for name in set(jobs.values_list("person__name", flat=True)) if not here.isdisjoint(words_of(name))}
