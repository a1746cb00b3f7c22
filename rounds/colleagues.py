"""Whose name stands in a text: looked up where the text is read, for ``rounds.recognition``."""

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from members.models import Membership, Person
from rounds.recognition.people import words_of

# Of names of plain letters PostgreSQL knows the words as well as we do, and has indices of both (a migration of
# members). Every other name is read and compared here: no database knows that Zoë and Zoe are one.
PLAIN_WORDS = "string_to_array(lower(translate(name, '.-', '  ')), ' ')"
NOT_PLAIN = "name ~ '[^A-Za-z .-]'"


def names_in(text, system, *, on) -> set[str]:
    """Full names of people who work in the system that day and of whose names at least one word stands in the text, for
    ``hints(text, names=…)``.

    They never leave the server, and no page, script, log or cache holds them. What leaves is the mark around words that
    whoever wrote the text has written, so nobody learns more of who works here than that.

    One query; ask once, for all the texts of a page.
    """
    here = words_of(text)
    if not here:
        return set()
    jobs = Membership.objects.within(system, on=on).in_force(on).exclude(person__name="")
    if connection.vendor == "postgresql":
        jobs = jobs.filter(person__in=_may_be_called(here))
    return {name for name in set(jobs.values_list("person__name", flat=True)) if not here.isdisjoint(words_of(name))}


def _may_be_called(words):
    """Everybody with one of these words in their name, and some others."""
    found = [(f"{PLAIN_WORDS} && %s", [sorted(words)]), (NOT_PLAIN, [])]
    # What stands in the statement is written above; the words are given to it as values.
    conditions = [RawSQL(*each, output_field=BooleanField()) for each in found]  # noqa: S611
    plain, others = map(Person.objects.filter, conditions)
    return plain.values("pk").union(others.values("pk"))
